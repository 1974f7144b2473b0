/** How everything is, at a glance; each figure leads to where it comes from. */
import { Link } from "wouter";
import type { Queue, TaskStats } from "../api/answers.ts";
import { answered, api, within } from "../api/client.ts";
import { Card } from "../parts/card.tsx";
import { Chip, StateBadge } from "../parts/chip.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Count, Percent } from "../parts/numbers.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { Duration } from "../parts/time.tsx";
import { Facts } from "./facts.tsx";
import { HealthLine } from "./health-line.tsx";
import { MinuteBars } from "./minute-bars.tsx";
import { OpsPage } from "./ops-page.tsx";
import { LiveTournaments } from "./overview-tournaments.tsx";
import { usePolled, useQueues, useTaskStats } from "./polled.ts";
import { taskStates } from "./task-filter.ts";

const columns: readonly Column<Queue>[] = [
  {
    id: "queue",
    header: "Queue",
    cell: (row) => (
      <span className="row">
        <Link className="mono" href="/ops/queues">
          {row.name}
        </Link>
        {row.paused ? <Chip tone="wait">paused</Chip> : null}
      </span>
    ),
  },
  { id: "waiting", header: "Waiting", end: true, cell: (row) => <Count value={row.waiting} /> },
  {
    id: "oldest",
    header: "Oldest waits",
    end: true,
    cell: (row) => (
      <span className={(row.oldest_waiting_seconds ?? 0) > LATE_SECONDS ? "bad" : ""}>
        <Duration seconds={row.oldest_waiting_seconds} />
      </span>
    ),
  },
  { id: "running", header: "In flight", end: true, cell: (row) => <Count value={row.running} /> },
  { id: "scheduled", header: "Scheduled", end: true, cell: (row) => <Count value={row.scheduled} /> },
  {
    id: "consumers",
    header: "Consumers",
    end: true,
    cell: (row) => (
      <span className={row.consumers_seen === 0 ? "bad" : ""}>
        <Count value={row.consumers_seen} />
      </span>
    ),
  },
  { id: "dead", header: "Dead letters", end: true, cell: (row) => <Count value={row.dead_letters.total} /> },
];
const LATE_SECONDS = 30;

export default function OverviewPage() {
  const stats = useTaskStats();
  const queues = useQueues();
  const health = usePolled(["health"], (signal) => answered(api.health.$get({}, within(signal))));
  return (
    <OpsPage
      title="Control room"
      polled={{ data: stats.data, stale: stats.stale || queues.stale || health.stale, refetch: stats.refetch }}
      sub={<HealthLine asked={health} />}
    >
      <Loaded from={stats} what="The figures did not load.">
        {({ recent, states, throughput, history, prevented }) => (
          <>
            <div className="ops-grid">
              <Card title="The newest tasks">
                <Outcomes recent={recent} />
                <h3 className="small soft kept">Kept now</h3>
                <div className="row wrap gaps">
                  {taskStates.map((state) => (
                    <Link key={state} className="plain row" href={`/ops/tasks?state=${state}`}>
                      <StateBadge state={state} />
                      <Count value={states[state] ?? 0} />
                    </Link>
                  ))}
                </div>
              </Card>
              <Card title="Throughput">
                <Facts
                  facts={[
                    ...throughput.map(({ minutes, per_minute }) => ({
                      name: minutes === 1 ? "Last minute" : `Last ${minutes} min`,
                      value: (
                        <>
                          <Count value={per_minute === null ? null : Math.round(per_minute)} />
                          <span className="small soft"> /min</span>
                        </>
                      ),
                    })),
                    {
                      name: "Wait, p50",
                      value: <Duration seconds={recent.wait_p50} />,
                      title: "From being due to the start",
                    },
                    {
                      name: "Wait, p95",
                      value: <Duration seconds={recent.wait_p95} />,
                      title: "From being due to the start",
                    },
                    {
                      name: "Run, p50",
                      value: <Duration seconds={recent.run_p50} />,
                      title: "From the start to the end",
                    },
                    {
                      name: "Run, p95",
                      value: <Duration seconds={recent.run_p95} />,
                      title: "From the start to the end",
                    },
                    { name: "Duplicates prevented", value: <Count value={prevented} /> },
                  ]}
                />
                <MinuteBars minutes={history} />
              </Card>
            </div>
          </>
        )}
      </Loaded>
      <Card title="Queues" flush>
        <Loaded from={queues} what="The queues did not load.">
          {({ items }) => <Table label="Queues" rows={items} columns={columns} rowKey={(row) => row.name} />}
        </Loaded>
      </Card>
      <LiveTournaments />
    </OpsPage>
  );
}

function Outcomes({ recent }: { readonly recent: TaskStats["recent"] }) {
  const { tasks, success, failure, revoked } = recent;
  if (tasks === 0) return <p className="soft">No task has ended yet. Start a tournament, or run a schedule now.</p>;
  const rate = (n: number) => n / tasks;
  return (
    <div className="stack">
      <div className="split" aria-hidden="true">
        <span className="bar SUCCESS" style={{ width: `${rate(success) * 100}%` }} />
        <span className="bar FAILURE" style={{ width: `${rate(failure) * 100}%` }} />
        <span className="bar" style={{ width: `${rate(revoked) * 100}%` }} />
      </div>
      <Facts
        facts={[
          { name: "Success", value: <Percent value={rate(success)} /> },
          {
            name: "Failure",
            value: (
              <Link href="/ops/errors" className={failure > 0 ? "bad" : "plain"}>
                <Percent value={rate(failure)} />
              </Link>
            ),
          },
          { name: "Revoked", value: <Percent value={rate(revoked)} /> },
          { name: "Looked at", value: <Count value={tasks} /> },
        ]}
      />
    </div>
  );
}
