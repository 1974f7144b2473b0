/** What this version of the code can run: its tasks, with what they take and how they are tried again. */
import { Link } from "wouter";
import type { RegisteredTask } from "../api/answers.ts";
import { answered, api, within } from "../api/client.ts";
import { Card } from "../parts/card.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Count } from "../parts/numbers.tsx";
import { EmptyState } from "../parts/states.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { Duration } from "../parts/time.tsx";
import { usePolled } from "./polled.ts";

const POLL_MS = 60_000;

/** Names of its arguments; those that may be left out end in a question mark. */
function argumentsOf({ args }: RegisteredTask): string {
  const required = new Set(args.required ?? []);
  return Object.keys(args.properties ?? {})
    .map((name) => (required.has(name) ? name : `${name}?`))
    .join(", ");
}

const columns: readonly Column<RegisteredTask>[] = [
  {
    id: "task",
    header: "Task",
    sortBy: (row) => row.name,
    cell: (row) => (
      <span className="stack tight">
        <Link className="mono" href={`/ops/tasks?name=${row.name}`}>
          {row.name}
        </Link>
        <span className="soft small">{row.description}</span>
      </span>
    ),
  },
  {
    id: "queue",
    header: "Queue",
    sortBy: (row) => row.queue,
    cell: (row) => <span className="mono">{row.queue}</span>,
  },
  {
    id: "arguments",
    header: "Arguments",
    title: "A question mark: may be left out",
    cell: (row) => <span className="said mono small">{argumentsOf(row) || "none"}</span>,
  },
  {
    id: "attempts",
    header: "Attempts",
    end: true,
    sortBy: (row) => row.retry.max_attempts,
    cell: (row) => <Count value={row.retry.max_attempts} />,
  },
  {
    id: "backoff",
    header: "First retry",
    title: "After the first failure; later ones wait longer, up to a cap",
    end: true,
    cell: (row) => <Duration seconds={row.retry.retries > 0 ? row.retry.base_seconds : null} />,
  },
  {
    id: "soft",
    header: "Soft limit",
    title: "Then it is asked to stop, and tried again",
    end: true,
    cell: (row) => <Duration seconds={row.soft_limit_seconds} />,
  },
  {
    id: "hard",
    header: "Hard limit",
    title: "Then it is cut off, and has failed",
    end: true,
    cell: (row) => <Duration seconds={row.hard_limit_seconds} />,
  },
  {
    id: "unique",
    header: "Unique",
    title: "A second one with the same key is the first one",
    cell: (row) => (row.unique ? "by its key" : "no"),
  },
];

export function RegisteredTasks() {
  const registered = usePolled(
    ["inspect", "registered"],
    (signal) => answered(api.inspect.registered.$get({}, within(signal))),
    POLL_MS,
  );
  return (
    <Card title="Registered tasks" flush>
      <Loaded from={registered} what="The registered tasks did not load.">
        {({ items }) => (
          <Table
            label="Registered tasks"
            rows={items}
            columns={columns}
            rowKey={(row) => row.name}
            empty={<EmptyState title="This Worker was made without tasks" />}
          />
        )}
      </Loaded>
    </Card>
  );
}
