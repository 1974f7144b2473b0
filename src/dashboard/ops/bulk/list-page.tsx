/** The bulk jobs: who asked for each, on which tasks, and how far it is. */
import { Link, useLocation, useSearchParams } from "wouter";
import type { BulkJob } from "../../api/answers.ts";
import { answered, api, within } from "../../api/client.ts";
import { Card } from "../../parts/card.tsx";
import { Chip, type Tone } from "../../parts/chip.tsx";
import { Checkbox } from "../../parts/field.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { EmptyState } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table/table.tsx";
import { Count } from "../../parts/text/numbers.tsx";
import { countText } from "../../parts/text/plural.ts";
import { Moment } from "../../parts/text/time.tsx";
import { OpsPage } from "../ops-page.tsx";
import { NewerButton, PagedFoot, usePages } from "../paged-list.tsx";

const tones: Readonly<Record<BulkJob["state"], Tone>> = {
  dry_run: "plain",
  running: "link",
  done: "good",
  aborted: "bad",
};

export function BulkState({ job }: { readonly job: BulkJob }) {
  const words = job.state === "dry_run" ? (job.confirmable ? "dry run" : "dry run, not confirmed") : endOf(job);
  return (
    <Chip tone={job.state === "done" && job.failed > 0 ? "bad" : tones[job.state]} dot beats={job.state === "running"}>
      {words}
    </Chip>
  );
}

/** A job that did nothing, or not all, says so. */
function endOf({ state, done, skipped, failed, frozen }: BulkJob): string {
  if (state !== "done" || done === frozen) return state;
  if (failed > 0) return `done, ${failed.toLocaleString("en")} failed`;
  return done === 0 ? "done, all skipped" : `done, ${skipped.toLocaleString("en")} skipped`;
}

export function filterText(filter: BulkJob["filter"]): string {
  const parts = Object.entries(filter).map(([name, value]) =>
    name === "ids"
      ? `${String(value)} selected`
      : `${name.replaceAll("_", " ")} ${Array.isArray(value) ? value.join(", ") : typeof value === "object" ? JSON.stringify(value) : String(value)}`,
  );
  return parts.join(", ");
}

const columns: readonly Column<BulkJob>[] = [
  {
    id: "action",
    header: "Job",
    cell: (row) => (
      <Link href={`/ops/bulk/${row.bulk_id}`} title={row.bulk_id}>
        {row.action} {countText(row.frozen, "task")}
      </Link>
    ),
  },
  { id: "state", header: "State", cell: (row) => <BulkState job={row} /> },
  { id: "filter", header: "On", cell: (row) => <span className="said">{filterText(row.filter)}</span> },
  { id: "done", header: "Done", end: true, cell: (row) => <Count value={row.done} /> },
  { id: "skipped", header: "Skipped", end: true, cell: (row) => <Count value={row.skipped} /> },
  { id: "failed", header: "Failed", end: true, cell: (row) => <Count value={row.failed} /> },
  { id: "by", header: "By", cell: (row) => row.by },
  { id: "created", header: "Asked for", cell: (row) => <Moment at={row.created_at} /> },
];

export default function BulkListPage() {
  const [, navigate] = useLocation();
  const [search, setSearch] = useSearchParams();
  const dryRuns = search.get("dry_runs") === "true";
  const jobs = usePages(
    ["bulk", dryRuns],
    (cursor, signal) =>
      answered(api.bulk.$get({ query: { dry_runs: dryRuns ? "true" : undefined, cursor } }, within(signal))),
    { calm: ({ bulk_id }) => bulk_id },
  );
  return (
    <OpsPage
      title="Bulk jobs"
      sub="Retry, cancel and delete of many tasks. Each is a durable job: it goes on after a restart."
      polled={jobs}
    >
      <div className="row wrap between">
        <Checkbox
          label="Dry runs that were never confirmed too"
          checked={dryRuns}
          onChecked={(next) => setSearch(next ? { dry_runs: "true" } : {}, { replace: true })}
        />
        <NewerButton pages={jobs} />
      </div>
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
