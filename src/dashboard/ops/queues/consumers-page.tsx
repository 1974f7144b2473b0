/** The isolates that take batches. They come and go with the platform; a row is a trace, not a lease. */
import { Link } from "wouter";
import type { Consumer } from "../../api/answers.ts";
import { answered, api, within } from "../../api/client.ts";
import { Card } from "../../parts/card.tsx";
import { Chip } from "../../parts/chip.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { EmptyState } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table/table.tsx";
import { Count } from "../../parts/text/numbers.tsx";
import { Moment } from "../../parts/text/time.tsx";
import { exactText, spanText } from "../../parts/text/time-text.ts";
import { OpsPage } from "../ops-page.tsx";
import { usePolled } from "../polled.ts";

const columns: readonly Column<Consumer>[] = [
  { id: "id", header: "Consumer", sortBy: (row) => row.id, cell: (row) => <span className="mono">{row.id}</span> },
  {
    id: "status",
    header: "Status",
    sortBy: (row) => row.last_seen_age_seconds,
    cell: (row) => <ConsumerStatus consumer={row} />,
  },
  {
    id: "first",
    header: "First seen",
    sortBy: (row) => row.first_seen_at,
    cell: (row) => <Moment at={row.first_seen_at} />,
  },
  {
    id: "running",
    header: "Running",
    end: true,
    sortBy: (row) => row.running,
    cell: (row) => <Count value={row.running} />,
  },
  {
    id: "tasks",
    header: "Tasks",
    title: "Tasks that it has ended since it was first seen",
    end: true,
    sortBy: (row) => row.tasks,
    cell: (row) => <Count value={row.tasks} />,
  },
  {
    id: "batches",
    header: "Batches",
    card: "wide",
    cell: (row) => (
      <span className="num batches">
        {Object.entries(row.batches)
          .map(([queue, batches]) => `${queue} ${batches.toLocaleString("en")}`)
          .join(" · ")}
      </span>
    ),
  },
  {
    id: "version",
    header: "Code version",
    card: "wide",
    sortBy: (row) => row.code_version,
    cell: (row) => (
      <span className="row">
        <span className="mono">{row.code_version}</span>
        {row.current_version ? null : (
          <Chip
            tone={row.status === "alive" ? "wait" : "plain"}
            title="The Worker that answers this page has other code"
          >
            other code
          </Chip>
        )}
      </span>
    ),
  },
];

function ConsumerStatus({ consumer }: { readonly consumer: Consumer }) {
  const { status, running, last_seen_age_seconds, last_seen_at } = consumer;
  const alive = status === "alive";
  return (
    <Chip tone={alive ? "good" : running > 0 ? "bad" : "plain"} dot title={`Last seen ${exactText(last_seen_at)}`}>
      {alive ? "alive" : `silent ${spanText(Math.floor(last_seen_age_seconds))}`}
    </Chip>
  );
}

export default function ConsumersPage() {
  const consumers = usePolled(["consumers"], (signal) => answered(api.consumers.$get({}, within(signal))));
  return (
    <OpsPage
      title="Consumers"
      sub={
        <>
          Isolates that took batches in the last day, those that are alive first. Alive means a report in the last 10 s.
          A silent one is idle or dead: only what it still holds tells.{" "}
          <Link href="/ops/registered">What they can run</Link>
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
                  A consumer shows here when it takes its first batch. If tasks wait and no consumer comes, check that
                  the queues have this Worker as their consumer: npx wrangler queues info agonus-production-agents
                </EmptyState>
              }
            />
          )}
        </Loaded>
      </Card>
    </OpsPage>
  );
}
