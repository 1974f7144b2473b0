/** The columns of the list of recoveries. */
import { Link } from "wouter";
import type { Recovery } from "../../api/answers.ts";
import { Chip } from "../../parts/chip.tsx";
import type { Column } from "../../parts/table/table.tsx";
import { Count } from "../../parts/text/numbers.tsx";
import { Duration, Moment } from "../../parts/text/time.tsx";
import { measuredText } from "../../parts/text/time-text.ts";
import { causeWords, fateWords } from "./words.ts";

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
    cell: (row) => <Cause row={row} />,
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

function Cause({ row }: { readonly row: Recovery }) {
  const { label, title } = causeWords(row);
  return <span title={title}>{label}</span>;
}

function Fate({ row }: { readonly row: Recovery }) {
  const { tone, label, more } = fateWords(row);
  return (
    <span className="row recovery-fate">
      <Chip tone={tone} dot>
        {label}
      </Chip>
      <span className="small soft">{row.missed ? <span className="mono">{row.missed}</span> : more}</span>
    </span>
  );
}
