/** All tasks: a search by state, names, text and arguments, and bulk actions on chosen tasks or on all that match. */
import { useEffect, useMemo, useState } from "react";
import { Link, useLocation } from "wouter";
import type { ListedTask } from "../../api/answers.ts";
import { answered, api, within } from "../../api/client.ts";
import { Problem, sentenceOf } from "../../api/problem.ts";
import { Button } from "../../parts/button.tsx";
import { Card } from "../../parts/card.tsx";
import { ForOperators } from "../../parts/for-operators.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { EmptyState } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table/table.tsx";
import { countText } from "../../parts/text/plural.ts";
import { zoneText } from "../../parts/text/time-text.ts";
import { type BulkAction, BulkDialog } from "../bulk/dialog.tsx";
import { OpsPage } from "../ops-page.tsx";
import { NewerButton, PagedFoot, usePages } from "../paged-list.tsx";
import { taskColumns } from "./columns.tsx";
import { filterWords, type TaskSort, useTaskView } from "./filter.ts";
import { StateChips, TaskSearch } from "./search.tsx";

const PAGE = "100";
const actions: readonly { readonly action: BulkAction; readonly label: string }[] = [
  { action: "retry", label: "Retry" },
  { action: "cancel", label: "Cancel" },
  { action: "delete", label: "Delete" },
];

const orderOf = (sort: TaskSort) => ({ id: sort.replace("-", ""), desc: sort.startsWith("-") });
const sortOf = ({ id, desc }: { readonly id: string; readonly desc: boolean }): TaskSort => {
  const of = id === "runtime" ? "runtime" : "received";
  return desc ? `-${of}` : of;
};

export default function TasksPage() {
  const { filter, sort, setFilter, setSort } = useTaskView();
  const viewText = JSON.stringify([filter, sort]);
  const [, navigate] = useLocation();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [bulk, setBulk] = useState<{ readonly action: BulkAction; readonly whole: boolean } | null>(null);
  const tasks = usePages(
    ["tasks", filter, sort],
    (cursor, signal) =>
      answered(
        api.tasks.$get({ query: { limit: PAGE, sort, ...filter, ...(cursor ? { cursor } : {}) } }, within(signal)),
      ),
    { calm: ({ task_id }) => task_id },
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: tasks chosen under another filter are out of sight
  useEffect(() => setChosen(new Set()), [viewText]);
  const shown = tasks.data ?? [];
  const counts = tasks.first?.counts ?? null;
  const filtered = Object.keys(filter).length > 0;
  const refused = tasks.error instanceof Problem && tasks.error.status === 422 ? sentenceOf(tasks.error) : null;
  const all = shown.length > 0 && shown.every(({ task_id }) => chosen.has(task_id));
  const columns = useMemo((): readonly Column<ListedTask>[] => {
    const toggle = (id: string) =>
      setChosen((before) => {
        const next = new Set(before);
        if (!next.delete(id)) next.add(id);
        return next;
      });
    const pick: Column<ListedTask> = {
      id: "chosen",
      header: "Pick",
      card: "lead",
      cell: (row) => (
        <input
          type="checkbox"
          aria-label={`Choose ${row.name} ${row.task_id}`}
          checked={chosen.has(row.task_id)}
          onChange={() => toggle(row.task_id)}
        />
      ),
    };
    return [pick, ...taskColumns];
  }, [chosen]);
  return (
    <OpsPage title="Tasks" polled={tasks} sub={`Times are in ${zoneText()}.`}>
      <div className="stack tight">
        <StateChips filter={filter} counts={counts} onFilter={setFilter} />
        <TaskSearch filter={filter} onFilter={setFilter} tasks={shown} refused={refused} />
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
        actions={
          <>
            <NewerButton pages={tasks} />
            <ForOperators>
              {actions.map(({ action, label }) => (
                <span key={action} className="row">
                  {chosen.size > 0 ? (
                    <Button tiny onClick={() => setBulk({ action, whole: false })}>
                      {label} {chosen.size}
                    </Button>
                  ) : (
                    <Button
                      tiny
                      disabled={!filtered || shown.length === 0}
                      title={filtered ? undefined : "Choose or filter tasks first. There is no action on all tasks."}
                      onClick={() => setBulk({ action, whole: true })}
                    >
                      {label} all that match
                    </Button>
                  )}
                </span>
              ))}
            </ForOperators>
          </>
        }
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
              order={orderOf(sort)}
              onOrder={(order) => setSort(sortOf(order))}
              empty={
                <EmptyState
                  title={filtered ? "No task matches" : "No tasks yet"}
                  actions={filtered ? <Button onClick={() => setFilter({})}>Clear the filter</Button> : null}
                >
                  {filtered
                    ? "Successes are kept for a day and failures for a week. Older tasks are gone."
                    : "Start a tournament: each decision, trade and recovery is a task."}
                </EmptyState>
              }
              foot={<PagedFoot pages={tasks} />}
            />
          )}
        </Loaded>
      </Card>
      {sort.endsWith("runtime") ? (
        <p className="small soft">
          By runtime: tasks that ran and ended. <Link href="/ops/tasks?state=STARTED">Those that run now</Link> are not
          among them.
        </p>
      ) : null}
      {bulk ? (
        <BulkDialog
          action={bulk.action}
          selection={bulk.whole ? { filter } : { ids: [...chosen] }}
          chosen={bulk.whole ? "all tasks that match" : countText(chosen.size, "chosen task")}
          which={bulk.whole ? filterWords(filter) : null}
          onClose={() => setBulk(null)}
        />
      ) : null}
    </OpsPage>
  );
}
