/** The columns of the list of tasks. */
import { Link } from "wouter";
import type { ListedTask } from "../../api/answers.ts";
import { StateBadge } from "../../parts/chip.tsx";
import { CopyId } from "../../parts/copy/copy-id.tsx";
import type { Column } from "../../parts/table/table.tsx";
import { Moment } from "../../parts/text/time.tsx";
import { AboutLinks } from "./about.tsx";
import { resultWords } from "./result-words.ts";
import { Runtime } from "./runtime.tsx";

function argsText(args: unknown): string {
  const text = JSON.stringify(args) ?? "";
  return text === "{}" ? "" : text.length > 120 ? `${text.slice(0, 120)}…` : text;
}

/** The task's name, and below it whom it is about, or its arguments. */
function What({ row }: { readonly row: ListedTask }) {
  const { agent, tournament } = row.about;
  return (
    <span className="two-lines">
      <span className="row">
        <Link className="mono" href={`/ops/tasks/${row.task_id}`} title={row.task_id}>
          {row.name}
        </Link>
        <CopyId id={row.task_id} what="task id" />
      </span>
      <span className="small">
        {agent || tournament ? (
          <AboutLinks about={row.about} />
        ) : (
          <span className="mono soft cut args-cut" title={argsText(row.args)}>
            {argsText(row.args)}
          </span>
        )}
      </span>
    </span>
  );
}

export const taskColumns: readonly Column<ListedTask>[] = [
  { id: "what", header: "Task", card: "title", cell: (row) => <What row={row} /> },
  {
    id: "state",
    header: "State",
    cell: (row) => (
      <span className="task-state">
        <StateBadge state={row.state} />
      </span>
    ),
  },
  {
    id: "result",
    header: "Result",
    card: "wide",
    cell: (row) => {
      const words = resultWords(row);
      return (
        <span className={`small cut result-cut ${row.state === "FAILURE" ? "bad" : ""}`} title={words}>
          {words}
        </span>
      );
    },
  },
  { id: "queue", header: "Queue", cell: (row) => row.queue },
  { id: "received", header: "Received", ordered: true, cell: (row) => <Moment at={row.created_at} /> },
  {
    id: "runtime",
    header: "Runtime",
    title: "From the first start to the end",
    end: true,
    ordered: true,
    cell: (row) => (
      <span className="task-runtime">
        <Runtime task={row} />
      </span>
    ),
  },
  {
    id: "attempt",
    header: "Attempt",
    end: true,
    cell: (row) => <span className="num">{`${row.attempt}/${row.max_attempts}`}</span>,
  },
];
