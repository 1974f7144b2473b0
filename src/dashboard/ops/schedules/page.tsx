/** One schedule: its policies, and its recorded ticks. */
import { Link, useParams } from "wouter";
import type { Tick } from "../../api/answers.ts";
import { answered, api, within } from "../../api/client.ts";
import { Card } from "../../parts/card.tsx";
import { StateBadge } from "../../parts/chip.tsx";
import { ForOperators } from "../../parts/for-operators.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { Segmented } from "../../parts/segmented.tsx";
import { EmptyState, Skeleton } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table/table.tsx";
import { Duration, Moment, RelativeTime } from "../../parts/text/time.tsx";
import { useChoice } from "../choice.ts";
import { Facts } from "../facts.tsx";
import { OpsPage } from "../ops-page.tsx";
import { NewerButton, PagedFoot, usePages } from "../paged-list.tsx";
import { delaySeconds } from "./delay.ts";
import { missedText, overlapText, ScheduleActions, useSchedules } from "./list-page.tsx";
import { TickOutcome } from "./tick.tsx";

const outcomes = [
  { value: "all", label: "All" },
  { value: "fired", label: "Fired" },
  { value: "late", label: "Late" },
  { value: "coalesced", label: "Coalesced" },
  { value: "skipped", label: "Skipped" },
] as const;

const columns: readonly Column<Tick>[] = [
  { id: "due", header: "Due", cell: (row) => <Moment at={row.due_at} /> },
  {
    id: "outcome",
    header: "Outcome",
    cell: (row) => <TickOutcome outcome={row.outcome} dueAt={row.due_at} firedAt={row.fired_at} />,
  },
  { id: "why", header: "Why", cell: (row) => (row.reason ? <span className="said">{row.reason}</span> : null) },
  { id: "by", header: "Fired by", cell: (row) => row.fired_by },
  {
    id: "after",
    header: "After",
    end: true,
    title: "From its due time to its firing",
    cell: (row) => <Duration measured seconds={delaySeconds(row.due_at, row.fired_at)} />,
  },
  {
    id: "task",
    header: "Task",
    cell: (row) =>
      row.task_id ? (
        <Link href={`/ops/tasks/${row.task_id}`}>
          {row.task_state ? <StateBadge state={row.task_state} /> : "gone"}
        </Link>
      ) : null,
  },
];

export default function SchedulePage() {
  const { name = "" } = useParams();
  const [outcome, setOutcome] = useChoice("outcome", outcomes);
  const schedules = useSchedules();
  const ticks = usePages(
    ["ticks", name, outcome],
    (cursor, signal) => {
      const query = { outcome: outcome === "all" ? undefined : outcome, cursor };
      const param = { name: encodeURIComponent(name) };
      return answered(api.schedules[":name"].ticks.$get({ param, query }, within(signal)));
    },
    { calm: ({ due_at }) => due_at },
  );
  const schedule = schedules.data?.items.find((each) => each.name === name);
  return (
    <OpsPage
      title={name}
      heading={<span className="mono">{name}</span>}
      crumbs={<Link href="/ops/schedules">Schedules</Link>}
      sub={schedules.data ? schedule?.description : <Skeleton width="20rem" />}
      actions={
        schedule ? (
          <ForOperators>
            <ScheduleActions schedule={schedule} />
          </ForOperators>
        ) : schedules.data ? null : (
          <Skeleton width="8rem" height="1.75rem" />
        )
      }
      polled={ticks}
    >
      {schedules.data || schedules.error ? null : (
        <Card>
          <div className="schedule-facts bones">
            <Skeleton height="1.75rem" />
          </div>
        </Card>
      )}
      {schedule ? (
        <Card>
          {schedule.paused ? (
            <p className="note-bar">
              <span>
                Paused by {schedule.paused.by} <RelativeTime at={schedule.paused.since} />
              </span>
              <span className="said">{schedule.paused.reason}</span>
            </p>
          ) : null}
          <div className="schedule-facts">
            <Facts
              facts={[
                { name: "When", value: schedule.in_words, small: true },
                { name: "Next", value: <Moment at={schedule.next_due_at} />, small: true },
                { name: "If it still runs", value: overlapText(schedule), small: true },
                { name: "Missed ticks", value: missedText(schedule), small: true },
                { name: "Driven by", value: schedule.driven_by, small: true },
              ]}
            />
          </div>
        </Card>
      ) : null}
      <Card
        flush
        title="Ticks"
        actions={
          <>
            <NewerButton pages={ticks} />
            <Segmented label="Outcome" value={outcome} options={outcomes} onValue={setOutcome} />
          </>
        }
      >
        <Loaded from={ticks} what="The ticks did not load.">
          {(rows) => (
            <Table
              label="Ticks"
              rows={rows}
              columns={columns}
              rowKey={(row) => row.due_at}
              empty={
                <EmptyState title="No such ticks">Every tick leaves a line here, whatever became of it.</EmptyState>
              }
              foot={<PagedFoot pages={ticks} />}
            />
          )}
        </Loaded>
      </Card>
    </OpsPage>
  );
}
