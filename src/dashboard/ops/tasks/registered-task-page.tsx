/** One registered task: its arguments, how often it is tried, how long it may run. */
import type { ReactNode } from "react";
import { Link, useParams } from "wouter";
import { errorCodes } from "../../../core/error-codes.ts";
import { fieldsOf, type NamedField, typeWords } from "../../../core/text/schema-words.ts";
import type { RegisteredTask } from "../../api/answers.ts";
import { Card } from "../../parts/card.tsx";
import { JsonView } from "../../parts/json-view.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { EmptyState, Skeleton } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table/table.tsx";
import { Count } from "../../parts/text/numbers.tsx";
import { spanText } from "../../parts/text/time-text.ts";
import { withQuery } from "../../parts/with-query.ts";
import { Facts } from "../facts.tsx";
import { OpsPage } from "../ops-page.tsx";
import { delaysText, useRegistered } from "./registered-page.tsx";
import { RunForm } from "./run-form.tsx";

const fields: readonly Column<NamedField>[] = [
  { id: "name", header: "Name", cell: (row) => <span className="mono">{row.name}</span> },
  { id: "type", header: "Type", cell: (row) => typeWords(row) },
  { id: "default", header: "Default", cell: (row) => <span className="mono">{defaultText(row)}</span> },
];

function defaultText(field: NamedField): string {
  if (field.required) return "required";
  return field.default === undefined ? "may be left out" : JSON.stringify(field.default);
}

export default function RegisteredTaskPage() {
  const { name = "" } = useParams();
  const tasks = useRegistered();
  const task = tasks.data?.items.find((each) => each.name === name);
  return (
    <OpsPage
      title={name}
      heading={<span className="mono">{name}</span>}
      crumbs={<Link href="/ops/registered">Registered tasks</Link>}
      sub={tasks.data ? task?.description : <Skeleton width="20rem" />}
      actions={
        task || !tasks.data ? (
          <Link className="btn" href={withQuery("/ops/tasks", { name })}>
            Its tasks
          </Link>
        ) : null
      }
      polled={tasks}
    >
      <Loaded from={tasks} what="The registered tasks did not load.">
        {() =>
          task ? (
            <Definition key={task.name} task={task} />
          ) : (
            <EmptyState
              title="This version of the code knows no such task"
              actions={<Link href="/ops/registered">To the registered tasks</Link>}
            />
          )
        }
      </Loaded>
    </OpsPage>
  );
}

/** The codes that end a task at once. Almost all codes of the table do, so those that do not are named. */
function neverWords(never: readonly string[]): ReactNode {
  const codes = Object.keys(errorCodes);
  const retried = codes.filter((code) => !never.includes(code));
  const [all, list] = never.length > codes.length / 2 ? [true, retried] : [false, never];
  return (
    <>
      {all ? "Any code of the table of errors but " : ""}
      <span className="mono">{list.join(" · ")}</span>
      {all ? "." : ""}
    </>
  );
}

function Definition({ task }: { readonly task: RegisteredTask }) {
  const { retry } = task;
  const chance =
    retry.jitter_fraction > 0 ? `, each up to ${Math.round(retry.jitter_fraction * 100)} % more by chance` : "";
  return (
    <>
      <Card title="How it runs">
        <Facts
          facts={[
            { name: "Queue", value: <Link href="/ops/queues">{task.queue}</Link>, small: true },
            { name: "Attempts", value: <Count value={retry.max_attempts} />, title: "The first one and its retries" },
            { name: "Retried after", value: `${delaysText(retry)}${retry.retries > 0 ? chance : ""}`, small: true },
            { name: "Soft limit", value: spanText(task.soft_limit_seconds), small: true, title: "Warned after" },
            { name: "Hard limit", value: spanText(task.hard_limit_seconds), small: true, title: "Cut off after" },
          ]}
        />
        <p className="small below">
          <span className="soft">Unique key:</span> {task.key_in_words?.replaceAll("`", "") ?? "none of its own."}
        </p>
      </Card>
      <Card title="Arguments" flush>
        <Table
          label="Arguments"
          rows={fieldsOf(task.args)}
          columns={fields}
          rowKey={(row) => row.name}
          empty={<EmptyState title="It takes no arguments" />}
        />
      </Card>
      <RunForm task={task} />
      <div className="ops-grid">
        <Card title="Arguments, as JSON Schema">
          <JsonView value={task.args} label="Arguments as JSON Schema" />
        </Card>
        <Card title="Result, as JSON Schema">
          <JsonView value={task.result} label="Result as JSON Schema" />
        </Card>
      </div>
      <Card title="Never retried after">
        <p className="small">{neverWords(retry.never)}</p>
      </Card>
    </>
  );
}
