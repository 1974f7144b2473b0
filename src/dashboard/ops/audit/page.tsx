/** Every write of an operator, recorded before it was done, and whether it was refused. */
import { useState } from "react";
import { Link } from "wouter";
import type { AuditRecord } from "../../api/answers.ts";
import { answered, api, within } from "../../api/client.ts";
import { Button } from "../../parts/button.tsx";
import { Card } from "../../parts/card.tsx";
import { Chip } from "../../parts/chip.tsx";
import { CopyId } from "../../parts/copy/copy-id.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { JsonView } from "../../parts/json-view.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { EmptyState } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table/table.tsx";
import { Nothing } from "../../parts/text/numbers.tsx";
import { Moment } from "../../parts/text/time.tsx";
import { OpsPage } from "../ops-page.tsx";
import { NewerButton, PagedFoot, usePages } from "../paged-list.tsx";
import { auditThings, auditWords, type Names } from "./words.ts";

const columnsOf = (names: Names): readonly Column<AuditRecord>[] => [
  {
    id: "what",
    header: "What was done",
    cell: (row) => (
      <span className="two-lines">
        <span className="said">{auditWords(row, names)}</span>
        <span className="small soft mono">{row.action}</span>
      </span>
    ),
  },
  { id: "at", header: "When", cell: (row) => <Moment at={row.at} /> },
  { id: "actor", header: "Who", cell: (row) => row.actor },
  { id: "on", header: "On", cell: (row) => <Target row={row} names={names} /> },
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
];

/** Links to the things, and the id of what has one to copy. */
function Target({ row, names }: { readonly row: AuditRecord; readonly names: Names }) {
  const things = auditThings(row, names);
  if (things.length === 0) return <Nothing />;
  return (
    <span className="row wrap">
      {things.map(({ name, href, id }) => (
        <span key={`${name} ${id}`} className="row">
          {href ? (
            <Link className="cut" href={href} title={id ?? undefined}>
              {name ?? "the job"}
            </Link>
          ) : name === null ? null : (
            <span className="cut">{name}</span>
          )}
          {id === null ? null : <CopyId id={id} what="id" />}
        </span>
      ))}
    </span>
  );
}

export default function AuditPage() {
  const [open, setOpen] = useState<AuditRecord | null>(null);
  const rows = usePages(
    ["audit"],
    async (cursor, signal) => {
      const page = await answered(api.audit.$get({ query: { cursor } }, within(signal)));
      const named = new Map(page.names.map((each) => [each.id, each]));
      return { ...page, items: page.items.map((row) => ({ ...row, named })) };
    },
    { calm: ({ id }) => id },
  );
  const names: Names = new Map(rows.data?.flatMap(({ named }) => [...named]));
  return (
    <OpsPage
      title="Audit"
      sub="Every write of an operator is recorded before it begins. Nothing here can be changed."
      polled={rows}
    >
      <Card flush title="Writes" actions={<NewerButton pages={rows} />}>
        <Loaded from={rows} what="The audit did not load.">
          {(items) => (
            <Table
              label="Audit"
              rows={items}
              columns={columnsOf(names)}
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
        title={open ? auditWords(open, names) : "Audit"}
        wide
        ends={<Button onClick={() => setOpen(null)}>Close</Button>}
      >
        {open?.correlation_id ? (
          <p className="small soft">
            Correlation id, as in the log: <CopyId id={open.correlation_id} what="correlation id" shown={36} />
          </p>
        ) : null}
        <JsonView value={open?.details} label="The record" />
      </Dialog>
    </OpsPage>
  );
}
