/** The state of everything at a glance. Each figure links to the page that it comes from. */
import { Link } from "wouter";
import type { Queue, TaskStats } from "../../api/answers.ts";
import { answered, api, within } from "../../api/client.ts";
import { Card } from "../../parts/card.tsx";
import { Chip, StateBadge } from "../../parts/chip.tsx";
import { useGlide } from "../../parts/glide.ts";
import { Loaded } from "../../parts/loaded.tsx";
import { type Column, Table } from "../../parts/table/table.tsx";
import { Count, Percent } from "../../parts/text/numbers.tsx";
import { countText } from "../../parts/text/plural.ts";
import { Duration } from "../../parts/text/time.tsx";
import { Facts } from "../facts.tsx";
import { OpsPage } from "../ops-page.tsx";
import { useAttention, usePolled, useQueues, useTaskStats } from "../polled.ts";
import { taskStates } from "../tasks/filter.ts";
import { Attention } from "./attention.tsx";
import { HealthLine } from "./health-line.tsx";
import { MinuteBars } from "./minute-bars.tsx";
import { LiveTournaments } from "./tournaments.tsx";

const columns: readonly Column<Queue>[] = [
  {
    id: "queue",
    header: "Queue",
    cell: (row) => (
      <span className="row">
        <Link className="mono" href={`/ops/tasks?queue=${row.name}`}>
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
    header: "Consumers alive",
    title: "Seen in the last 10 s. Red when tasks wait and no consumer came for a minute",
    end: true,
    cell: (row) => (
      <span className={row.warning ? "bad" : ""}>
        <Count value={row.consumers_alive} />
      </span>
    ),
  },
  { id: "dead", header: "Dead letters", end: true, cell: (row) => <DeadLetters row={row} /> },
];
const LATE_SECONDS = 30;
/** Minutes. All are shown from the beginning, when nothing is known of a whole hour, so that none moves the others later. */
const SPANS = [1, 5, 60];

export default function OverviewPage() {
  const stats = useTaskStats();
  const queues = useQueues();
  // A new line of "Needs attention" moves what stands below it. That must glide, so this page renders with each new line.
  useAttention();
  const box = useGlide<HTMLDivElement>();
  const health = usePolled(["health"], (signal) => answered(api.health.$get({}, within(signal))));
  return (
    <OpsPage
      title="Control room"
      polled={{ data: stats.data, stale: stats.stale || queues.stale || health.stale, refetch: stats.refetch }}
      sub={<HealthLine asked={health} />}
    >
      <div className="stack loose" ref={box}>
        <Attention />
        <Loaded from={stats} what="The figures did not load.">
          {({ recent, states, throughput, history, prevented }) => (
            <div className="ops-grid" data-glide>
              <Card title={`The newest ${countText(recent.tasks, "task")} that ended`}>
                <Outcomes recent={recent} />
                <h3 className="small soft kept" title="Successes stay for a day, failures for a week">
                  All tasks that are stored
                </h3>
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
                    ...SPANS.map((span) => ({
                      name: span === 1 ? "Last minute" : `Last ${span} min`,
                      value: <Rate of={throughput.find(({ minutes }) => minutes === span)} />,
                    })),
                    {
                      name: "Wait, p50",
                      value: <Duration measured seconds={recent.wait_p50} />,
                      title: "From being due to the start",
                    },
                    {
                      name: "Wait, p95",
                      value: <Duration measured seconds={recent.wait_p95} />,
                      title: "From being due to the start",
                    },
                    {
                      name: "Run, p50",
                      value: <Duration measured seconds={recent.run_p50} />,
                      title: "From the start to the end",
                    },
                    {
                      name: "Run, p95",
                      value: <Duration measured seconds={recent.run_p95} />,
                      title: "From the start to the end",
                    },
                    {
                      name: "Duplicates prevented",
                      value: <Count value={prevented} />,
                      title:
                        "Answers that came late, twice or from a stale object, and differed from the stored one: since ever",
                    },
                  ]}
                />
                <MinuteBars minutes={history} />
              </Card>
            </div>
          )}
        </Loaded>
        <div data-glide>
          <Card title="Queues" flush>
            <Loaded from={queues} what="The queues did not load.">
              {({ items }) => <Table label="Queues" rows={items} columns={columns} rowKey={(row) => row.name} />}
            </Loaded>
          </Card>
        </div>
        <div data-glide>
          <LiveTournaments />
        </div>
      </div>
    </OpsPage>
  );
}

function Rate({ of }: { readonly of: TaskStats["throughput"][number] | undefined }) {
  const rate = of?.per_minute ?? null;
  return (
    <span title={of ? `${of.finished.toLocaleString("en")} in ${of.over_seconds} s` : undefined}>
      <Count value={rate === null ? null : Math.round(rate)} />
      <span className="small soft"> /min</span>
    </span>
  );
}

function Outcomes({ recent }: { readonly recent: TaskStats["recent"] }) {
  const { tasks, success, failure, missed, revoked } = recent;
  if (tasks === 0) return <p className="soft">No task has ended yet. Start a tournament, or run a schedule now.</p>;
  const rate = (n: number) => n / tasks;
  return (
    <div className="stack">
      <div className="split" aria-hidden="true">
        <span className="bar SUCCESS" style={{ width: `${rate(success) * 100}%` }} />
        <span className="bar FAILURE" style={{ width: `${rate(failure) * 100}%` }} />
        <span className="bar MISSED" style={{ width: `${rate(missed) * 100}%` }} />
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
          {
            name: "Not answered",
            value: <Percent value={rate(missed)} />,
            title: "Tasks whose agents from outside did not answer in time. Their rounds went on without them",
          },
          { name: "Revoked", value: <Percent value={rate(revoked)} /> },
        ]}
      />
    </div>
  );
}

function DeadLetters({ row: { dead_letters } }: { readonly row: Queue }) {
  const open = dead_letters.to_redrive + dead_letters.unreadable;
  return (
    <Link className={open > 0 ? "bad" : "plain"} href="/ops/dead-letters">
      <Count value={dead_letters.total} />
    </Link>
  );
}
