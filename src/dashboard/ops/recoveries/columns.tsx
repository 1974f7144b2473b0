/** The columns of the list of recoveries. */
import { Link } from "wouter";
import type { Recovery } from "../../api/answers.ts";
import { Chip, type Tone } from "../../parts/chip.tsx";
import type { Column } from "../../parts/table/table.tsx";
import { Count } from "../../parts/text/numbers.tsx";
import { Duration, Moment } from "../../parts/text/time.tsx";
import { measuredText } from "../../parts/text/time-text.ts";

export const causes = [
  { value: "all", label: "All", title: "Every recovery" },
  {
    value: "lease",
    label: "Lost consumer",
    title: "Whoever ran a decision gave no sign of life: its lease ran out, and another one ran it",
  },
  { value: "resent", label: "Lost message", title: "The message of a decision was lost, and was sent again" },
  { value: "alarm", label: "Silent", title: "The agent's own object found that it had been silent for two intervals" },
  {
    value: "stale",
    label: "Silent for long",
    title: "The task recover_crashed_agents found the agent silent for ten minutes",
  },
  { value: "operator", label: "By hand", title: "An operator asked for it" },
] as const;

export const columns: readonly Column<Recovery>[] = [
  {
    id: "agent",
    header: "Agent",
    cell: (row) => (
      <span className="two-lines">
        <Link className="cut" href={`/t/${row.tournament_id}/${row.agent_id}`} title={`${row.agent}\n${row.agent_id}`}>
          {row.agent}
        </Link>
        <span className="small soft row">
          <Link className="plain cut" href={`/t/${row.tournament_id}`} title={row.tournament_id}>
            {row.tournament}
          </Link>
          {row.round === null ? null : (
            <span className="nowrap">
              round <span className="num">{row.round.toLocaleString("en")}</span>
            </span>
          )}
        </span>
      </span>
    ),
  },
  { id: "detected", header: "Detected", cell: (row) => <Moment at={row.detected_at} /> },
  {
    id: "cause",
    header: "Cause",
    cell: (row) => <Cause cause={row.cause} />,
  },
  { id: "fate", header: "What came of it", card: "wide", cell: (row) => <Fate row={row} /> },
  {
    id: "away",
    header: "Away",
    title:
      "From the last sign of life to the stored decision, less the agent's own thinking. Where no sign of life is known: from the detection",
    end: true,
    cell: (row) => <Away row={row} />,
  },
  {
    id: "prevented",
    header: "Duplicates prevented",
    title: "Answers for that round that came late or again, and were refused",
    end: true,
    cell: (row) => <Count value={row.duplicates_prevented} />,
  },
  {
    id: "task",
    header: "Task",
    cell: (row) => (row.task_id ? <Link href={`/ops/tasks/${row.task_id}`}>its task</Link> : null),
  },
];

/** The time that the agent was away, and the part of it since we knew. */
function Away({ row }: { readonly row: Recovery }) {
  const done = row.seconds;
  if (done === null) return <span className="soft recovery-away">–</span>;
  const interrupted =
    row.interrupted_at === null ? null : (Date.parse(row.detected_at) - Date.parse(row.interrupted_at)) / 1000 + done;
  return (
    <span className="two-lines end recovery-away">
      <Duration measured seconds={interrupted ?? done} />
      <span className="small soft">
        {interrupted === null ? "since detected" : <>{measuredText(done)} since detected</>}
      </span>
    </span>
  );
}

function Cause({ cause }: { readonly cause: Recovery["cause"] }) {
  const known = causes.find(({ value }) => value === cause);
  return <span title={known?.title}>{known?.label ?? cause}</span>;
}

const fates: Readonly<
  Record<Recovery["fate"], { readonly tone: Tone; readonly label: string; readonly more: string }>
> = {
  under_way: { tone: "wait", label: "under way", more: "its round is open" },
  back: { tone: "good", label: "mended", more: "the agent is back" },
  lost: { tone: "bad", label: "lost", more: "the platform lost the decision" },
  own: { tone: "plain", label: "the agent's own", more: "too slow or failed: not counted" },
  let_go: { tone: "plain", label: "no longer owed", more: "its round ended: not counted" },
};

function Fate({ row }: { readonly row: Recovery }) {
  const { tone, label, more } = fates[row.fate];
  return (
    <span className="row recovery-fate">
      <Chip tone={tone} dot>
        {label}
      </Chip>
      <span className="small soft">{row.missed ? <span className="mono">{row.missed}</span> : more}</span>
    </span>
  );
}
