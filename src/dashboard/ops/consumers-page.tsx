/** The isolates that take batches. They come and go with the platform; a row is a trace, not a lease. */
import { Link } from "wouter";
import type { Consumer } from "../api/answers.ts";
import { answered, api, within } from "../api/client.ts";
import { Card } from "../parts/card.tsx";
import { Chip } from "../parts/chip.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Count } from "../parts/numbers.tsx";
import { EmptyState } from "../parts/states.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { Duration, RelativeTime } from "../parts/time.tsx";
import { exactText } from "../parts/time-text.ts";
import { OpsPage } from "./ops-page.tsx";
import { usePolled } from "./polled.ts";

const columns: readonly Column<Consumer>[] = [
  { id: "id", header: "Consumer", sortBy: (row) => row.id, cell: (row) => <span className="mono">{row.id}</span> },
  {
    id: "status",
    header: "Status",
    sortBy: (row) => row.status,
    cell: (row) => (
      <Chip tone={row.status === "active" ? "good" : "plain"} dot>
        {row.status}
      </Chip>
    ),
  },
  {
    id: "seen",
    header: "Last seen",
    sortBy: (row) => row.last_seen_age_seconds,
    cell: (row) => (
      <span title={exactText(row.last_seen_at)}>
        <Duration seconds={Math.round(row.last_seen_age_seconds)} /> ago
      </span>
    ),
  },
  {
    id: "first",
    header: "First seen",
    sortBy: (row) => row.first_seen_at,
    cell: (row) => <RelativeTime at={row.first_seen_at} />,
  },
  {
    id: "running",
    header: "Running",
    end: true,
    sortBy: (row) => row.running,
    cell: (row) => <Count value={row.running} />,
  },
  { id: "tasks", header: "Tasks", end: true, sortBy: (row) => row.tasks, cell: (row) => <Count value={row.tasks} /> },
  {
    id: "batches",
    header: "Batches",
    cell: (row) => (
      <span className="num">
        {Object.entries(row.batches)
          .map(([queue, batches]) => `${queue} ${batches.toLocaleString("en")}`)
          .join(" · ")}
      </span>
    ),
  },
  {
    id: "version",
    header: "Code version",
    sortBy: (row) => row.code_version,
    cell: (row) => (
      <span className="row">
        <span className="mono">{row.code_version}</span>
        {row.current_version ? null : <Chip tone="wait">another version</Chip>}
      </span>
    ),
  },
];

export default function ConsumersPage() {
  const consumers = usePolled(["consumers"], (signal) => answered(api.consumers.$get({}, within(signal))));
  return (
    <OpsPage
      title="Consumers"
      sub={
        <>
          Isolates that took batches in the last day, whoever was seen last first. What they can run:{" "}
          <Link href="/ops/registered">the registered tasks</Link>.
        </>
      }
      polled={consumers}
    >
      <Card flush>
        <Loaded from={consumers} what="The consumers did not load.">
          {({ items }) => (
            <Table
              label="Consumers"
              rows={items}
              columns={columns}
              rowKey={(row) => row.id}
              height="70vh"
              empty={
                <EmptyState title="No consumer was seen in the last day">
                  A consumer says so when it takes its first batch. If tasks wait and none comes, check that the queues
                  have this Worker as their consumer: npx wrangler queues info agonus-production-agents
                </EmptyState>
              }
            />
          )}
        </Loaded>
      </Card>
    </OpsPage>
  );
}
