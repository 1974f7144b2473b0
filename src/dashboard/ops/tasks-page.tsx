/** All tasks: found by state, text and arguments; chosen by hand or by the whole filter for what is done to many. */
import { useEffect, useState } from "react";
import { Link, useLocation } from "wouter";
import type { Task } from "../api/answers.ts";
import { answered, api, within } from "../api/client.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { StateBadge } from "../parts/chip.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { EmptyState } from "../parts/states.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { Duration, RelativeTime, useNow } from "../parts/time.tsx";
import { type BulkAction, BulkDialog } from "./bulk-dialog.tsx";
import { OpsPage } from "./ops-page.tsx";
import { PagedFoot, usePages } from "./pages.tsx";
import { useTaskFilter } from "./task-filter.ts";
import { StateChips, TaskSearch } from "./task-search.tsx";

const PAGE = "100";
const actions: readonly { readonly action: BulkAction; readonly label: string }[] = [
  { action: "retry", label: "Retry" },
  { action: "cancel", label: "Cancel" },
  { action: "delete", label: "Delete" },
];

export const waits = ({ state }: Task): boolean => state === "PENDING" || state === "RETRY";

/** Seconds of its last attempt: of one that runs, until `now`; without it, null. */
export function runtimeOf({ state, started_at, finished_at }: Task, now: number | null = null): number | null {
  const end = finished_at !== null ? Date.parse(finished_at) : state === "STARTED" ? now : null;
  return started_at === null || end === null ? null : Math.max(0, (end - Date.parse(started_at)) / 1000);
}

/** Counts up while it runs. */
export function Runtime({ task }: { readonly task: Task }) {
  return <Duration seconds={runtimeOf(task, useNow())} />;
}

function short(value: unknown): string {
  if (value === null || value === undefined) return "";
  const text = JSON.stringify(value);
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}

export default function TasksPage() {
  const [filter, setFilter] = useTaskFilter();
  const filterText = JSON.stringify(filter);
  const [, navigate] = useLocation();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [bulk, setBulk] = useState<{ readonly action: BulkAction; readonly whole: boolean } | null>(null);
  const tasks = usePages(["tasks", filter], (cursor, signal) =>
    answered(api.tasks.$get({ query: { limit: PAGE, ...filter, ...(cursor ? { cursor } : {}) } }, within(signal))),
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was chosen under another filter is out of sight
  useEffect(() => setChosen(new Set()), [filterText]);
  const shown = tasks.data ?? [];
  const counts = tasks.first?.counts ?? null;
  const filtered = Object.keys(filter).length > 0;
  const toggle = (id: string) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    setChosen(next);
  };
  const all = shown.length > 0 && shown.every(({ task_id }) => chosen.has(task_id));
  const columns: readonly Column<Task>[] = [
    {
      id: "chosen",
      header: "Pick",
      cell: (row) => (
        <input
          type="checkbox"
          aria-label={`Choose ${row.name} ${row.task_id}`}
          checked={chosen.has(row.task_id)}
          onChange={() => toggle(row.task_id)}
        />
      ),
    },
    {
      id: "name",
      header: "Task",
      sortBy: (row) => row.name,
      cell: (row) => (
        <Link className="mono" href={`/ops/tasks/${row.task_id}`}>
          {row.name}
        </Link>
      ),
    },
    {
      id: "id",
      header: "Id",
      cell: (row) => (
        <span className="mono soft" title={row.task_id}>
          …{row.task_id.slice(-8)}
        </span>
      ),
    },
    { id: "state", header: "State", sortBy: (row) => row.state, cell: (row) => <StateBadge state={row.state} /> },
    {
      id: "args",
      header: "Arguments",
      cell: (row) => <span className="mono small cut json-cut">{short(row.args)}</span>,
    },
    {
      id: "result",
      header: "Result",
      cell: (row) =>
        row.error ? (
          <span className="small cut json-cut bad">{errorText(row.error)}</span>
        ) : (
          <span className="mono small cut json-cut">{short(row.result)}</span>
        ),
    },
    { id: "queue", header: "Queue", sortBy: (row) => row.queue, cell: (row) => row.queue },
    {
      id: "received",
      header: "Received",
      sortBy: (row) => row.created_at,
      cell: (row) => <RelativeTime at={row.created_at} />,
    },
    {
      id: "started",
      header: "Started",
      sortBy: (row) => row.started_at,
      cell: (row) => <RelativeTime at={row.started_at} />,
    },
    {
      id: "runtime",
      header: "Runtime",
      end: true,
      sortBy: (row) => runtimeOf(row, Date.now()),
      cell: (row) => <Runtime task={row} />,
    },
    {
      id: "attempt",
      header: "Attempt",
      sortBy: (row) => row.attempt,
      end: true,
      cell: (row) => (
        <span className="num">
          {row.attempt}/{row.max_attempts}
        </span>
      ),
    },
  ];
  return (
    <OpsPage title="Tasks" polled={tasks}>
      <div className="stack tight">
        <StateChips filter={filter} counts={counts} onFilter={setFilter} />
        <TaskSearch filter={filter} onFilter={setFilter} />
      </div>
      <Card
        flush
        title={
          <label className="check">
            <input
              type="checkbox"
              aria-label="Choose all that are shown"
              checked={all}
              onChange={() => setChosen(all ? new Set() : new Set(shown.map(({ task_id }) => task_id)))}
            />
            <span>{chosen.size > 0 ? `${chosen.size} chosen` : `${shown.length} shown`}</span>
          </label>
        }
        actions={actions.map(({ action, label }) => (
          <span key={action} className="row">
            {chosen.size > 0 ? (
              <Button tiny onClick={() => setBulk({ action, whole: false })}>
                {label} {chosen.size}
              </Button>
            ) : (
              <Button
                tiny
                disabled={!filtered || shown.length === 0}
                title={filtered ? undefined : "Choose tasks, or filter them first: there is no action on everything."}
                onClick={() => setBulk({ action, whole: true })}
              >
                {label} all that match
              </Button>
            )}
          </span>
        ))}
      >
        <Loaded from={tasks} what="The tasks did not load.">
          {(rows) => (
            <Table
              label="Tasks"
              rows={rows}
              columns={columns}
              rowKey={(row) => row.task_id}
              onOpen={(row) => navigate(`/ops/tasks/${row.task_id}`)}
              height="68vh"
              empty={
                <EmptyState
                  title={filtered ? "No task matches" : "No tasks yet"}
                  actions={filtered ? <Button onClick={() => setFilter({})}>Clear the filter</Button> : null}
                >
                  {filtered
                    ? "Successes are kept for a day and failures for a week: what is older is gone."
                    : "Start a tournament: each decision, trade and recovery is a task."}
                </EmptyState>
              }
              foot={
                <PagedFoot pages={tasks}>
                  Sorted are the {rows.length} that are loaded; the newest come first from the server.
                </PagedFoot>
              }
            />
          )}
        </Loaded>
      </Card>
      {bulk ? (
        <BulkDialog
          action={bulk.action}
          selection={bulk.whole ? { filter } : { ids: [...chosen] }}
          chosen={bulk.whole ? "all tasks that match the filter" : `${chosen.size} chosen tasks`}
          onClose={() => setBulk(null)}
        />
      ) : null}
    </OpsPage>
  );
}

function errorText(error: unknown): string {
  if (typeof error !== "object" || error === null) return String(error);
  const { code, message } = { code: "", message: "", ...error };
  return [code, message].filter(Boolean).join(": ");
}
