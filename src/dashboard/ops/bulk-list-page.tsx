/** What was done to many tasks at once: by whom, to what, how far. */
import { useLocation } from "wouter";
import type { BulkJob } from "../api/answers.ts";
import { answered, api, within } from "../api/client.ts";
import { Card } from "../parts/card.tsx";
import { Chip, type Tone } from "../parts/chip.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Count } from "../parts/numbers.tsx";
import { EmptyState } from "../parts/states.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { RelativeTime } from "../parts/time.tsx";
import { OpsPage } from "./ops-page.tsx";
import { PagedFoot, usePages } from "./pages.tsx";

const tones: Readonly<Record<BulkJob["state"], Tone>> = {
  dry_run: "plain",
  running: "link",
  done: "good",
  aborted: "bad",
};

export function BulkState({ job }: { readonly job: BulkJob }) {
  const words = job.state === "dry_run" ? (job.confirmable ? "dry run" : "dry run, not confirmed") : job.state;
  return (
    <Chip tone={tones[job.state]} dot beats={job.state === "running"}>
      {words}
    </Chip>
  );
}

export function filterText(filter: BulkJob["filter"]): string {
  const parts = Object.entries(filter).map(([name, value]) =>
    name === "ids"
      ? `${String(value)} selected`
      : `${name} = ${Array.isArray(value) ? value.join(", ") : typeof value === "object" ? JSON.stringify(value) : String(value)}`,
  );
  return parts.join("; ");
}

const columns: readonly Column<BulkJob>[] = [
  { id: "action", header: "Action", cell: (row) => row.action },
  { id: "state", header: "State", cell: (row) => <BulkState job={row} /> },
  { id: "filter", header: "On", cell: (row) => <span className="said">{filterText(row.filter)}</span> },
  { id: "frozen", header: "Frozen", end: true, cell: (row) => <Count value={row.frozen} /> },
  { id: "done", header: "Done", end: true, cell: (row) => <Count value={row.done} /> },
  { id: "skipped", header: "Skipped", end: true, cell: (row) => <Count value={row.skipped} /> },
  { id: "failed", header: "Failed", end: true, cell: (row) => <Count value={row.failed} /> },
  { id: "by", header: "By", cell: (row) => row.by },
  { id: "created", header: "Asked for", cell: (row) => <RelativeTime at={row.created_at} /> },
];

export default function BulkListPage() {
  const [, navigate] = useLocation();
  const jobs = usePages(["bulk"], (cursor, signal) => answered(api.bulk.$get({ query: { cursor } }, within(signal))));
  return (
    <OpsPage
      title="Bulk jobs"
      sub="Retry, cancel and delete of many tasks. Each is a durable job: a restart goes on with it."
      polled={jobs}
    >
      <Card flush>
        <Loaded from={jobs} what="The bulk jobs did not load.">
          {(rows) => (
            <Table
              label="Bulk jobs"
              rows={rows}
              columns={columns}
              rowKey={(row) => row.bulk_id}
              onOpen={(row) => navigate(`/ops/bulk/${row.bulk_id}`)}
              empty={
                <EmptyState title="No bulk job yet">
                  Select tasks, or filter them, on the page of tasks, and choose what to do with them.
                </EmptyState>
              }
              foot={<PagedFoot pages={jobs} />}
            />
          )}
        </Loaded>
      </Card>
    </OpsPage>
  );
}
