/** The messages that the platform gave up on, and what became of each. */
import { useState } from "react";
import { Link } from "wouter";
import type { DeadLetter } from "../../api/answers.ts";
import { answered, api, within } from "../../api/client.ts";
import { Button } from "../../parts/button.tsx";
import { Card } from "../../parts/card.tsx";
import { Chip } from "../../parts/chip.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { JsonView } from "../../parts/json-view.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { Segmented } from "../../parts/segmented.tsx";
import { EmptyState } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table/table.tsx";
import { Moment, RelativeTime } from "../../parts/text/time.tsx";
import { useChoice } from "../choice.ts";
import { OpsPage } from "../ops-page.tsx";
import { NewerButton, PagedFoot, usePages } from "../paged-list.tsx";

const queues = [
  { value: "all", label: "All" },
  { value: "agents", label: "agents" },
  { value: "trading", label: "trading" },
  { value: "recovery", label: "recovery" },
] as const;

const columns: readonly Column<DeadLetter>[] = [
  { id: "received", header: "Received", cell: (row) => <Moment at={row.received_at} /> },
  { id: "queue", header: "Queue", cell: (row) => <span className="mono">{row.queue}</span> },
  { id: "message", header: "Message", cell: (row) => <span className="mono">{row.message_id}</span> },
  { id: "deliveries", header: "Deliveries", end: true, cell: (row) => <span className="num">{row.deliveries}</span> },
  {
    id: "outcome",
    header: "What became of it",
    cell: (row) =>
      row.redriven_at ? (
        <span>
          sent once more <RelativeTime at={row.redriven_at} />
        </span>
      ) : row.outcome === "kept" ? (
        <Chip tone="bad">unreadable, kept</Chip>
      ) : (
        "its tasks were sent again by their rows"
      ),
  },
];

export default function DeadLettersPage() {
  const [queue, setQueue] = useChoice("queue", queues);
  const [open, setOpen] = useState<DeadLetter | null>(null);
  const pages = usePages(
    ["dead-letters", queue],
    (cursor, signal) => {
      const query = { queue: queue === "all" ? undefined : queue, cursor };
      return answered(api["dead-letters"].$get({ query }, within(signal)));
    },
    { calm: ({ id }) => id },
  );
  return (
    <OpsPage
      title="Dead letters"
      sub="Messages whose deliveries all failed. A message carries no work of its own: its work is in rows, and was sent again from the rows."
      actions={
        <Link className="btn" href="/ops/queues">
          Redrive by queue
        </Link>
      }
      polled={pages}
    >
      <div className="row wrap">
        <Segmented label="Queue" value={queue} options={queues} onValue={setQueue} />
        <NewerButton pages={pages} />
      </div>
      <Card flush>
        <Loaded from={pages} what="The dead letters did not load.">
          {(rows) => (
            <Table
              label="Dead letters"
              rows={rows}
              columns={columns}
              rowKey={(row) => row.id}
              onOpen={setOpen}
              empty={
                <EmptyState title="No dead letters">
                  No message was given up on. A message comes here when six deliveries of it have failed.
                </EmptyState>
              }
              foot={<PagedFoot pages={pages} />}
            />
          )}
        </Loaded>
      </Card>
      <Dialog
        open={open !== null}
        onClose={() => setOpen(null)}
        title="Dead letter"
        wide
        ends={<Button onClick={() => setOpen(null)}>Close</Button>}
      >
        <JsonView value={open} label="The message" />
      </Dialog>
    </OpsPage>
  );
}
