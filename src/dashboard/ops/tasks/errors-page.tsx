/** Failures grouped by what went wrong: one line a signature, with its trend, what to do, and a retry where one can help. */
import { useState } from "react";
import { Link, useLocation, useSearchParams } from "wouter";
import type { TaskError } from "../../api/answers.ts";
import { answered, api, within } from "../../api/client.ts";
import { Button } from "../../parts/button.tsx";
import { Card } from "../../parts/card.tsx";
import { ForOperators } from "../../parts/for-operators.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { Segmented } from "../../parts/segmented.tsx";
import { EmptyState } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table/table.tsx";
import { countText } from "../../parts/text/plural.ts";
import { RelativeTime } from "../../parts/text/time.tsx";
import { withQuery } from "../../parts/with-query.ts";
import { BulkDialog } from "../bulk/dialog.tsx";
import { OpsPage } from "../ops-page.tsx";
import { Sparkline } from "../overview/sparkline.tsx";
import { NewerButton, PagedFoot, usePages } from "../paged-list.tsx";

const HOUR_MS = 3_600_000;
const spans = [
  { value: "1", label: "1 h" },
  { value: "24", label: "24 h" },
  { value: "168", label: "7 d" },
  { value: "all", label: "All" },
] as const;
type Hours = (typeof spans)[number]["value"];

const spanOf = (hours: Hours) => spans.find(({ value }) => value === hours)?.label ?? "";

/** Rounds that stand still or could not be settled come before failed tasks. */
const roundsFirst = (rows: readonly TaskError[]) => [
  ...rows.filter(({ rounds }) => rounds),
  ...rows.filter(({ rounds }) => !rounds),
];
const pathOf = ({ tournament_id }: NonNullable<TaskError["rounds"]>[number]) => `/t/${tournament_id}`;

/** The span and the one group that the address asks for. */
function useErrorView() {
  const [search, setSearch] = useSearchParams();
  const asked = search.get("hours");
  const hours: Hours = spans.find(({ value }) => value === asked)?.value ?? "all";
  // Fixed while the span stays the same, so that the list and a bulk job count from one moment.
  const [from, setFrom] = useState({ hours, at: Date.now() });
  if (from.hours !== hours) setFrom({ hours, at: Date.now() });
  const since = hours === "all" ? null : new Date(from.at - Number(hours) * HOUR_MS).toISOString();
  const signature = search.get("signature");
  const show = (next: Hours, only: string | null) =>
    setSearch(
      { ...(next === "all" ? {} : { hours: next }), ...(only === null ? {} : { signature: only }) },
      { replace: true },
    );
  return {
    hours,
    since,
    signature,
    setHours: (next: Hours) => show(next, signature),
    showAll: () => show(hours, null),
  };
}

export default function ErrorsPage() {
  const [, navigate] = useLocation();
  const { hours, since, signature, setHours, showAll } = useErrorView();
  const [retry, setRetry] = useState<TaskError | null>(null);
  const groups = usePages(
    ["errors", since, signature],
    async (cursor, signal) => {
      const query = { since: since ?? undefined, signature: signature ?? undefined, cursor };
      const page = await answered(api.errors.$get({ query }, within(signal)));
      return { ...page, items: roundsFirst(page.items) };
    },
    { calm: (row) => row.signature },
  );
  // Selects the same failures that were counted.
  const filterOf = (group: TaskError) => ({
    state: "FAILURE",
    signature: group.signature,
    ...(since === null ? {} : { finished_since: since }),
  });
  const tasksOf = (row: TaskError) =>
    row.rounds?.[0] ? pathOf(row.rounds[0]) : withQuery("/ops/tasks", filterOf(row));
  const columns: readonly Column<TaskError>[] = [
    {
      id: "signature",
      header: "What went wrong",
      card: "title",
      cell: (row) => (
        <span className="two-lines">
          <span className="said signature">{row.signature}</span>
          <span className="small soft wraps said">{row.mend}</span>
        </span>
      ),
    },
    {
      id: "count",
      header: "Failures",
      end: true,
      cell: (row) => (
        <Link className="num" href={tasksOf(row)} aria-label={countText(row.count, "failure")}>
          {row.count.toLocaleString("en")}
        </Link>
      ),
    },
    {
      id: "trend",
      header: "Trend",
      title: "Failures over the time that is chosen above, or since the oldest one",
      // Failures of one moment are no trend: their peak would stand at the left, as if it were long ago.
      cell: (row) => (row.trend.filter((count) => count > 0).length > 1 ? <Sparkline values={row.trend} /> : null),
    },
    {
      id: "names",
      header: "Tasks",
      cell: (row) =>
        row.rounds?.[0] ? (
          <Link href={pathOf(row.rounds[0])}>{row.rounds[0].tournament}</Link>
        ) : (
          <span className="mono">{row.names.join(", ")}</span>
        ),
    },
    { id: "first", header: "First seen", cell: (row) => <RelativeTime at={row.first_seen} /> },
    {
      id: "last",
      header: "Last seen",
      cell: (row) =>
        row.task_ids[0] ? (
          <Link href={`/ops/tasks/${row.task_ids[0]}`}>
            <span className="hidden-text">The newest task, </span>
            <RelativeTime at={row.last_seen} />
          </Link>
        ) : (
          <RelativeTime at={row.last_seen} />
        ),
    },
    {
      id: "act",
      header: "Actions",
      card: "wide",
      cell: (row) =>
        row.task_ids.length > 0 ? (
          <ForOperators>
            <Button
              tiny
              disabled={row.again === "no"}
              title={row.again === "no" ? row.mend : undefined}
              onClick={() => setRetry(row)}
            >
              {row.again === "no"
                ? "Final"
                : `Retry ${row.count === 1 ? "it" : `all ${row.count.toLocaleString("en")}`}`}
            </Button>
          </ForOperators>
        ) : null,
    },
  ];
  return (
    <OpsPage
      title="Errors"
      sub="Failed tasks, grouped by their error without its numbers, ids and names. Also rounds that do not move or could not be settled. What agents from outside missed is no error."
      polled={groups}
    >
      <div className="row wrap">
        <Segmented label="Since" value={hours} options={spans} onValue={setHours} />
        {signature === null ? null : (
          <>
            <span className="small soft">One group only.</span>
            <Button tiny onClick={showAll}>
              Show all groups
            </Button>
          </>
        )}
        <NewerButton pages={groups} />
      </div>
      <Card flush>
        <Loaded from={groups} what="The errors did not load.">
          {(rows) => (
            <Table
              label="Errors"
              rows={rows}
              columns={columns}
              rowKey={(row) => row.signature}
              onOpen={(row) => navigate(tasksOf(row))}
              empty={
                <EmptyState title="Nothing has failed">
                  A failure stays here for seven days, or until it is retried. Decisions that agents from outside missed
                  are in <Link href="/ops/tasks?state=FAILURE">the failed tasks</Link> alone.
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
          which={retry.signature}
          onClose={() => setRetry(null)}
        />
      ) : null}
    </OpsPage>
  );
}
