/** One schedule: its policies, and the ledger of its ticks. */
import { useState } from "react";
import { Link, useParams } from "wouter";
import type { Tick } from "../api/answers.ts";
import { answered, api, within } from "../api/client.ts";
import { Card } from "../parts/card.tsx";
import { StateBadge } from "../parts/chip.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Segmented } from "../parts/segmented.tsx";
import { EmptyState } from "../parts/states.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { DateTime, Duration, RelativeTime } from "../parts/time.tsx";
import { Facts } from "./facts.tsx";
import { OpsPage } from "./ops-page.tsx";
import { PagedFoot, usePages } from "./pages.tsx";
import { missedText, ScheduleActions, useSchedules } from "./schedules-page.tsx";

const outcomes = [
  { value: "all", label: "All" },
  { value: "fired", label: "Fired" },
  { value: "late", label: "Late" },
  { value: "coalesced", label: "Coalesced" },
  { value: "skipped", label: "Skipped" },
] as const;

const columns: readonly Column<Tick>[] = [
  { id: "due", header: "Due", cell: (row) => <DateTime at={row.due_at} /> },
  { id: "ago", header: "Age", cell: (row) => <RelativeTime at={row.due_at} /> },
  { id: "outcome", header: "Outcome", cell: (row) => <StateBadge state={row.outcome} /> },
  { id: "why", header: "Why", cell: (row) => <span className="said">{row.reason ?? ""}</span> },
  { id: "by", header: "Fired by", cell: (row) => row.fired_by },
  {
    id: "after",
    header: "After",
    end: true,
    title: "From its due time to its firing",
    cell: (row) => <Duration seconds={Math.max(0, (Date.parse(row.fired_at) - Date.parse(row.due_at)) / 1000)} />,
  },
  {
    id: "task",
    header: "Task",
    cell: (row) =>
      row.task_id ? <Link href={`/ops/tasks/${row.task_id}`}>{row.task_state ?? "cleaned up"}</Link> : "",
  },
];

export default function SchedulePage() {
  const { name = "" } = useParams();
  const [outcome, setOutcome] = useState<(typeof outcomes)[number]["value"]>("all");
  const schedules = useSchedules();
  const ticks = usePages(["ticks", name, outcome], (cursor, signal) => {
    const query = { outcome: outcome === "all" ? undefined : outcome, cursor };
    const param = { name: encodeURIComponent(name) };
    return answered(api.schedules[":name"].ticks.$get({ param, query }, within(signal)));
  });
  const schedule = schedules.data?.items.find((each) => each.name === name);
  return (
    <OpsPage
      title={name}
      heading={<span className="mono">{name}</span>}
      crumbs={<Link href="/ops/schedules">Schedules</Link>}
      sub={schedule?.description}
      actions={schedule ? <ScheduleActions schedule={schedule} /> : null}
      polled={ticks}
    >
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
          <Facts
            facts={[
              { name: "When", value: schedule.in_words, small: true },
              { name: "Next", value: <RelativeTime at={schedule.next_due_at} />, small: true },
              { name: "If it still runs", value: schedule.overlap.replaceAll("_", " "), small: true },
              { name: "Missed ticks", value: missedText(schedule), small: true },
              { name: "Driven by", value: schedule.driven_by, small: true },
            ]}
          />
        </Card>
      ) : null}
      <Card
        flush
        title="Ticks"
        actions={<Segmented label="Outcome" value={outcome} options={outcomes} onValue={setOutcome} />}
      >
        <Loaded from={ticks} what="The ticks did not load.">
          {(rows) => (
            <Table
              label="Ticks"
              rows={rows}
              columns={columns}
              rowKey={(row) => row.due_at}
              empty={
                <EmptyState title="No such ticks">
                  Every due time leaves a line here, whatever becomes of it.
                </EmptyState>
              }
              foot={<PagedFoot pages={ticks} />}
            />
          )}
        </Loaded>
      </Card>
    </OpsPage>
  );
}
