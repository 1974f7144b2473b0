/** Failures by what went wrong: one line a signature, and a retry of all of its tasks. */
import { useState } from "react";
import { Link, useLocation } from "wouter";
import type { TaskError } from "../api/answers.ts";
import { answered, api, within } from "../api/client.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Segmented } from "../parts/segmented.tsx";
import { EmptyState } from "../parts/states.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { RelativeTime } from "../parts/time.tsx";
import { withQuery } from "../parts/with-query.ts";
import { BulkDialog } from "./bulk-dialog.tsx";
import { OpsPage } from "./ops-page.tsx";
import { PagedFoot, usePages } from "./pages.tsx";

const HOUR_MS = 3_600_000;
const spans = [
  { value: "1", label: "1 h" },
  { value: "24", label: "24 h" },
  { value: "168", label: "7 d" },
  { value: "all", label: "All" },
] as const;

const spanOf = (hours: string) => spans.find(({ value }) => value === hours)?.label ?? "";

export default function ErrorsPage() {
  const [, navigate] = useLocation();
  const [hours, setHours] = useState<(typeof spans)[number]["value"]>("all");
  const [since, setSince] = useState<string | null>(null);
  const [retry, setRetry] = useState<TaskError | null>(null);
  const groups = usePages(["errors", since], (cursor, signal) =>
    answered(api.errors.$get({ query: { since: since ?? undefined, cursor } }, within(signal))),
  );
  const columns: readonly Column<TaskError>[] = [
    {
      id: "signature",
      header: "What went wrong",
      cell: (row) => (
        <span className="two-lines">
          <span className="said signature">{row.signature}</span>
          <span className="soft small mono">{row.code ?? "no code"}</span>
        </span>
      ),
    },
    {
      id: "count",
      header: "Failures",
      end: true,
      sortBy: (row) => row.count,
      cell: (row) => <span className="num">{row.count.toLocaleString("en")}</span>,
    },
    { id: "names", header: "Tasks", cell: (row) => <span className="mono">{row.names.join(", ")}</span> },
    {
      id: "first",
      header: "First seen",
      sortBy: (row) => row.first_seen,
      cell: (row) => <RelativeTime at={row.first_seen} />,
    },
    {
      id: "last",
      header: "Last seen",
      sortBy: (row) => row.last_seen,
      cell: (row) => <RelativeTime at={row.last_seen} />,
    },
    {
      id: "newest",
      header: "Newest",
      cell: (row) => (row.task_ids[0] ? <Link href={`/ops/tasks/${row.task_ids[0]}`}>its task</Link> : null),
    },
    {
      id: "act",
      header: "Actions",
      cell: (row) => (
        <Button tiny onClick={() => setRetry(row)}>
          Retry all
        </Button>
      ),
    },
  ];
  // The same failures that were counted.
  const filterOf = ({ signature }: TaskError) => ({
    state: "FAILURE",
    signature,
    ...(since === null ? {} : { finished_since: since }),
  });
  const choose = (value: typeof hours) => {
    setHours(value);
    setSince(value === "all" ? null : new Date(Date.now() - Number(value) * HOUR_MS).toISOString());
  };
  return (
    <OpsPage
      title="Errors"
      sub="Failed tasks, grouped by their error with numbers, ids and names taken out of it."
      polled={groups}
    >
      <div className="row wrap">
        <Segmented label="Since" value={hours} options={spans} onValue={choose} />
      </div>
      <Card flush>
        <Loaded from={groups} what="The errors did not load.">
          {(rows) => (
            <Table
              label="Errors"
              rows={rows}
              columns={columns}
              rowKey={(row) => row.signature}
              onOpen={(row) => navigate(withQuery("/ops/tasks", filterOf(row)))}
              empty={
                <EmptyState title="Nothing has failed">
                  A failure stays here for seven days, or until it is retried.
                </EmptyState>
              }
              foot={<PagedFoot pages={groups} />}
            />
          )}
        </Loaded>
      </Card>
      {retry ? (
        <BulkDialog
          action="retry"
          selection={{ filter: filterOf(retry) }}
          chosen={
            since === null ? "all failures of this kind" : `all failures of this kind in the last ${spanOf(hours)}`
          }
          onClose={() => setRetry(null)}
        />
      ) : null}
    </OpsPage>
  );
}
