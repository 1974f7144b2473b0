/** What operators did: every write, before it was done, and what was refused. */
import { useState } from "react";
import type { AuditRecord } from "../api/answers.ts";
import { answered, api, within } from "../api/client.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { Chip } from "../parts/chip.tsx";
import { CopyId } from "../parts/copy-id.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { JsonView } from "../parts/json-view.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { EmptyState } from "../parts/states.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { DateTime, RelativeTime } from "../parts/time.tsx";
import { OpsPage } from "./ops-page.tsx";
import { PagedFoot, usePages } from "./pages.tsx";

const columns: readonly Column<AuditRecord>[] = [
  { id: "at", header: "When", cell: (row) => <DateTime at={row.at} /> },
  { id: "ago", header: "Age", cell: (row) => <RelativeTime at={row.at} /> },
  { id: "actor", header: "Who", cell: (row) => row.actor },
  { id: "action", header: "What", cell: (row) => <span className="mono">{row.action}</span> },
  {
    id: "target",
    header: "On",
    cell: (row) => (row.target ? <CopyId id={row.target} what="target" shown={18} /> : null),
  },
  {
    id: "refused",
    header: "Outcome",
    cell: (row) =>
      row.refused ? (
        <Chip tone="bad">refused: {String(row.refused.code ?? row.refused.status)}</Chip>
      ) : (
        <Chip tone="good">done</Chip>
      ),
  },
  {
    id: "correlation",
    header: "Correlation",
    cell: (row) => (row.correlation_id ? <CopyId id={row.correlation_id} what="correlation id" /> : null),
  },
];

export default function AuditPage() {
  const [open, setOpen] = useState<AuditRecord | null>(null);
  const rows = usePages(["audit"], (cursor, signal) => answered(api.audit.$get({ query: { cursor } }, within(signal))));
  return (
    <OpsPage
      title="Audit"
      sub="Every write of an operator is recorded before it begins. Nothing here can be changed."
      polled={rows}
    >
      <Card flush>
        <Loaded from={rows} what="The audit did not load.">
          {(items) => (
            <Table
              label="Audit"
              rows={items}
              columns={columns}
              rowKey={(row) => row.id}
              onOpen={setOpen}
              empty={
                <EmptyState title="No operator has written anything yet">Each write leaves a line here.</EmptyState>
              }
              foot={<PagedFoot pages={rows} />}
            />
          )}
        </Loaded>
      </Card>
      <Dialog
        open={open !== null}
        onClose={() => setOpen(null)}
        title="Audit"
        wide
        ends={<Button onClick={() => setOpen(null)}>Close</Button>}
      >
        <JsonView value={open} label="The record" />
      </Dialog>
    </OpsPage>
  );
}
