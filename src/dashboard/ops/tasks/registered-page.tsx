/** The tasks that this version of the code can run: what Celery's inspect calls registered. */
import { Link, useLocation } from "wouter";
import type { RegisteredTask } from "../../api/answers.ts";
import { answered, api, within } from "../../api/client.ts";
import { Card } from "../../parts/card.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { EmptyState } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table/table.tsx";
import { Count } from "../../parts/text/numbers.tsx";
import { spanText } from "../../parts/text/time-text.ts";
import { OpsPage } from "../ops-page.tsx";
import { usePolled } from "../polled.ts";

/** Registered tasks change only with a deployment. */
const POLL_MS = 60_000;

export const useRegistered = () =>
  usePolled(["registered"], (signal) => answered(api.inspect.registered.$get({}, within(signal))), POLL_MS);

const columns: readonly Column<RegisteredTask>[] = [
  {
    id: "name",
    header: "Task",
    sortBy: (row) => row.name,
    cell: (row) => (
      <span className="two-lines">
        <Link className="mono" href={`/ops/registered/${row.name}`}>
          {row.name}
        </Link>
        <span className="soft small wraps">{row.description}</span>
      </span>
    ),
  },
  { id: "queue", header: "Queue", sortBy: (row) => row.queue, cell: (row) => row.queue },
  {
    id: "attempts",
    header: "Attempts",
    end: true,
    sortBy: (row) => row.retry.max_attempts,
    cell: (row) => <Count value={row.retry.max_attempts} />,
  },
  { id: "delays", header: "Retried after", cell: (row) => <span className="num">{delaysText(row.retry)}</span> },
  {
    id: "soft",
    header: "Soft limit",
    title: "Warned after",
    end: true,
    sortBy: (row) => row.soft_limit_seconds,
    cell: (row) => <span className="num">{spanText(row.soft_limit_seconds)}</span>,
  },
  {
    id: "hard",
    header: "Hard limit",
    title: "Cut off after",
    end: true,
    sortBy: (row) => row.hard_limit_seconds,
    cell: (row) => <span className="num">{spanText(row.hard_limit_seconds)}</span>,
  },
];

export function delaysText({ delays_seconds }: RegisteredTask["retry"]): string {
  return delays_seconds.length === 0 ? "never" : delays_seconds.map(spanText).join(", ");
}

export default function RegisteredPage() {
  const [, navigate] = useLocation();
  const tasks = useRegistered();
  return (
    <OpsPage
      title="Registered tasks"
      sub="The tasks that this version of the code can run: their arguments, retries and limits."
      polled={tasks}
    >
      <Card flush>
        <Loaded from={tasks} what="The registered tasks did not load.">
          {({ items }) => (
            <Table
              label="Registered tasks"
              rows={items}
              columns={columns}
              rowKey={(row) => row.name}
              onOpen={(row) => navigate(`/ops/registered/${row.name}`)}
              empty={
                <EmptyState title="No task is registered">
                  A task is one file in src/tasks and one line in its registry.ts.
                </EmptyState>
              }
            />
          )}
        </Loaded>
      </Card>
    </OpsPage>
  );
}
