/** Every recovery, and how they stand to the objective. */
import { useState } from "react";
import { Link } from "wouter";
import type { Recovery, RecoverySummary } from "../api/answers.ts";
import { answered, api, within } from "../api/client.ts";
import { Card } from "../parts/card.tsx";
import { Chip } from "../parts/chip.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Count, Percent } from "../parts/numbers.tsx";
import { Segmented } from "../parts/segmented.tsx";
import { EmptyState } from "../parts/states.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { DateTime, Duration, RelativeTime } from "../parts/time.tsx";
import { Facts } from "./facts.tsx";
import { OpsPage } from "./ops-page.tsx";
import { PagedFoot, usePages } from "./pages.tsx";
import { usePolled } from "./polled.ts";

const causes = [
  { value: "all", label: "All", title: "Every recovery" },
  { value: "lease", label: "Lease", title: "An attempt whose lease ran out was given back" },
  { value: "resent", label: "Sent again", title: "A decision that nobody had taken was sent again" },
  { value: "alarm", label: "Own alarm", title: "The agent's object found that it was silent" },
  { value: "stale", label: "Stale", title: "recover_crashed_agents found it silent" },
  { value: "operator", label: "By hand", title: "An operator asked for it" },
] as const;

const columns: readonly Column<Recovery>[] = [
  { id: "detected", header: "Detected", cell: (row) => <DateTime at={row.detected_at} /> },
  { id: "ago", header: "Age", cell: (row) => <RelativeTime at={row.detected_at} /> },
  {
    id: "agent",
    header: "Agent",
    cell: (row) => (
      <Link className="cut" href={`/t/${row.tournament_id}/${row.agent_id}`}>
        {row.agent}
      </Link>
    ),
  },
  { id: "cause", header: "Cause", cell: (row) => causes.find(({ value }) => value === row.cause)?.label ?? row.cause },
  { id: "round", header: "Round", end: true, cell: (row) => <Count value={row.round} /> },
  {
    id: "interrupted",
    header: "Interrupted",
    title: "The last sign of life of what was lost, where that is known",
    cell: (row) => <RelativeTime at={row.interrupted_at} />,
  },
  { id: "restored", header: "Restored", cell: (row) => <RelativeTime at={row.restored_at} /> },
  {
    id: "resumed",
    header: "Resumed",
    title: "When the owed decision was stored",
    cell: (row) => <RelativeTime at={row.resumed_at} />,
  },
  {
    id: "seconds",
    header: "Time to recover",
    end: true,
    sortBy: (row) => row.seconds,
    cell: (row) => (row.seconds === null ? <Chip tone="wait">under way</Chip> : <Duration seconds={row.seconds} />),
  },
  {
    id: "version",
    header: "Version",
    end: true,
    cell: (row) =>
      row.from_version === null ? null : <span className="num">{`${row.from_version} → ${row.to_version}`}</span>,
  },
  {
    id: "lost",
    header: "Lost",
    title: "Owed decisions that it did not bring home",
    end: true,
    cell: (row) => (
      <span className={row.decisions_lost > 0 ? "bad" : ""}>
        <Count value={row.decisions_lost} />
      </span>
    ),
  },
  {
    id: "prevented",
    header: "Duplicates prevented",
    end: true,
    cell: (row) => <Count value={row.duplicates_prevented} />,
  },
  {
    id: "task",
    header: "Task",
    cell: (row) => (row.task_id ? <Link href={`/ops/tasks/${row.task_id}`}>its task</Link> : null),
  },
];

export default function RecoveriesPage() {
  const [cause, setCause] = useState<(typeof causes)[number]["value"]>("all");
  const rows = usePages(["recoveries", cause], (cursor, signal) => {
    const query = { cause: cause === "all" ? undefined : cause, cursor };
    return answered(api.recoveries.$get({ query }, within(signal)));
  });
  const whole = usePolled(["recoveries"], (signal) =>
    answered(api.recoveries.$get({ query: { limit: "1" } }, within(signal))),
  );
  return (
    <OpsPage title="Recoveries" sub="Whatever breaks, the owed decision is to be stored within a minute." polled={rows}>
      <Loaded from={whole} what="The objective did not load.">
        {({ summary }) => <Objective summary={summary} />}
      </Loaded>
      <Card
        flush
        title="Recoveries"
        actions={<Segmented label="Cause" value={cause} options={causes} onValue={setCause} />}
      >
        <Loaded from={rows} what="The recoveries did not load.">
          {(items) => (
            <Table
              label="Recoveries"
              rows={items}
              columns={columns}
              rowKey={(row) => row.id}
              height="60vh"
              empty={
                <EmptyState title="Nothing had to be recovered">
                  A lost attempt, a silent agent, a recovery by hand: each leaves a line here, kept for 30 days.
                </EmptyState>
              }
              foot={<PagedFoot pages={rows} />}
            />
          )}
        </Loaded>
      </Card>
    </OpsPage>
  );
}

function Objective({ summary }: { readonly summary: RecoverySummary }) {
  const { objective } = summary;
  const burn = (value: number) => (
    <span className={value > 1 ? "bad" : value > 0.5 ? "wait" : ""}>
      <Percent value={value} />
    </span>
  );
  return (
    <Card title={`Objective: ${objective.target * 100} % of recoveries within ${objective.seconds} s`}>
      <Facts
        facts={[
          { name: "Within it", value: <Percent value={objective.share} /> },
          { name: "Met", value: <Count value={objective.met} /> },
          { name: "Missed", value: <Count value={objective.missed} /> },
          { name: "p50", value: <Duration seconds={summary.seconds.p50} />, title: "From the detection" },
          { name: "p95", value: <Duration seconds={summary.seconds.p95} />, title: "From the detection" },
          { name: "Longest", value: <Duration seconds={summary.seconds.max} />, title: "From the detection" },
          {
            name: "p95, away",
            value: <Duration seconds={summary.since_interruption.p95} />,
            title: "From the last sign of life, where that is known",
          },
          { name: "Decisions lost", value: <Count value={summary.decisions_lost} /> },
          { name: "Duplicates prevented", value: <Count value={summary.duplicates_prevented} /> },
          {
            name: "Budget used, 24 h",
            value: burn(objective.burn["24h"]),
            title: "Of the error budget: the share that missed, by the share that may; 100 % is all of it",
          },
          { name: "Budget used, 7 d", value: burn(objective.burn["7d"]), title: "The same over seven days" },
        ]}
      />
    </Card>
  );
}
