/** An operator's actions on a task: retry, cancel, edit while it waits, run again with other arguments. */
import { useState } from "react";
import { useLocation } from "wouter";
import type { Task } from "../../api/answers.ts";
import { answered, api } from "../../api/client.ts";
import { sentenceOf } from "../../api/problem.ts";
import { Button } from "../../parts/button.tsx";
import { ConfirmButton } from "../../parts/confirm.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { Field, TextInput } from "../../parts/field.tsx";
import { useFaultFocus } from "../../parts/keyboard/fault-focus.ts";
import { useAction } from "../polled.ts";
import { waits } from "./runtime.tsx";

interface TaskActionsProps {
  readonly task: Task;
  /** It failed for good: a retry would end the same way. */
  readonly isFinal: boolean;
}

export function TaskActions({ task, isFinal }: TaskActionsProps) {
  const [asks, setAsks] = useState<"retry" | "edit" | null>(null);
  const cancel = useAction(
    () => answered(api.tasks[":id"].cancel.$post({ param: { id: task.task_id } })),
    "Cancelled, or about to be.",
    "Not cancelled.",
  );
  const ended = task.finished_at !== null;
  return (
    <>
      {ended ? (
        <>
          {isFinal ? null : (
            <Button kind={task.state === "FAILURE" ? "solid" : "line"} onClick={() => setAsks("retry")}>
              {task.state === "FAILURE" ? "Retry" : "Run it again"}
            </Button>
          )}
          <Button onClick={() => setAsks("edit")}>Edit and run again</Button>
        </>
      ) : (
        <>
          {waits(task) ? <Button onClick={() => setAsks("edit")}>Edit</Button> : null}
          <ConfirmButton
            label="Cancel the task"
            kind="danger"
            busy={cancel.isPending}
            title="Cancel this task?"
            effect={
              task.state === "STARTED"
                ? "It is told at its next heartbeat, within 5 s, and ends as REVOKED unless it finishes before."
                : "It is revoked at once and never runs. A retry can start it over."
            }
            yes="Cancel it"
            no="Leave it"
            onYes={() => cancel.mutate(undefined)}
          />
        </>
      )}
      {asks === "retry" ? <RetryDialog task={task} onClose={() => setAsks(null)} /> : null}
      {asks === "edit" ? <EditDialog task={task} onClose={() => setAsks(null)} /> : null}
    </>
  );
}

interface TaskDialogProps {
  readonly task: Task;
  readonly onClose: () => void;
}

function RetryDialog({ task, onClose }: TaskDialogProps) {
  const [text, setText] = useState("");
  const seconds = text.trim() === "" ? 0 : Number(text);
  const retry = useAction(
    () => answered(api.tasks[":id"].retry.$post({ param: { id: task.task_id }, json: { countdown: seconds } })),
    "The task starts over.",
    "Not retried.",
  );
  useFaultFocus(retry.error);
  return (
    <Dialog
      open
      onClose={onClose}
      title="Retry this task"
      ends={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind="solid"
            disabled={!Number.isFinite(seconds)}
            busy={retry.isPending}
            onClick={() => retry.mutate(undefined, { onSuccess: onClose })}
          >
            Retry
          </Button>
        </>
      }
    >
      <p className="soft">The task starts over with the same arguments and all of its attempts. Its history goes on.</p>
      <Field
        label="Countdown, in seconds"
        hint="Empty: at once."
        faults={
          retry.error ? [sentenceOf(retry.error)] : Number.isFinite(seconds) ? [] : ["Must be a number of seconds."]
        }
      >
        {(wiring) => <TextInput {...wiring} mono inputMode="decimal" value={text} onValue={setText} />}
      </Field>
    </Dialog>
  );
}

type Args = Record<string, unknown>;
const isArgs = (value: unknown): value is Args => typeof value === "object" && value !== null && !Array.isArray(value);

function parseArgs(text: string): { readonly args: Args; readonly fault: string | null } {
  try {
    const args: unknown = JSON.parse(text);
    return isArgs(args) ? { args, fault: null } : { args: {}, fault: "Must be a JSON object." };
  } catch (error) {
    return { args: {}, fault: `Not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** Changes a waiting task, or runs a finished one again as a new task. */
function EditDialog({ task, onClose }: TaskDialogProps) {
  const [, navigate] = useLocation();
  // Fixed when the dialog opens: the task may begin meanwhile.
  const [waiting] = useState(waits(task));
  const before = JSON.stringify(task.args, null, 2);
  const [text, setText] = useState(before);
  const [later, setLater] = useState("");
  const { args, fault } = parseArgs(text);
  const seconds = later.trim() === "" ? null : Number(later);
  const late = seconds === null || Number.isFinite(seconds) ? [] : ["Must be a number of seconds."];
  const param = { id: task.task_id };
  const changes = { ...(text === before ? {} : { args }), ...(seconds === null ? {} : { countdown: seconds }) };
  const edit = useAction(
    async (): Promise<{ readonly task_id: string }> =>
      waiting
        ? await answered(api.tasks[":id"].$patch({ param, json: changes }))
        : await answered(api.tasks[":id"].retry.$post({ param, json: { args } })),
    waiting ? "The task is changed." : "A new task runs with these arguments.",
    waiting ? "Not changed." : "Not run.",
  );
  useFaultFocus(edit.error);
  const faults = edit.error ? [sentenceOf(edit.error)] : [];
  return (
    <Dialog
      open
      onClose={onClose}
      wide
      title={waiting ? `Edit ${task.name} while it waits` : `Run ${task.name} with other arguments`}
      ends={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind="solid"
            disabled={fault !== null || late.length > 0 || (waiting && Object.keys(changes).length === 0)}
            busy={edit.isPending}
            onClick={() =>
              edit.mutate(undefined, {
                onSuccess: ({ task_id }) => (waiting ? onClose() : navigate(`/ops/tasks/${task_id}`)),
              })
            }
          >
            {waiting ? "Change it" : "Run"}
          </Button>
        </>
      }
    >
      <p className="soft">
        {waiting
          ? "The task keeps its id and its attempts. If it begins meanwhile, nothing is changed."
          : "This makes a new task, whose parent is this one."}
      </p>
      <Field label="Arguments" faults={fault ? [fault] : faults}>
        {(wiring) => (
          <textarea
            {...wiring}
            className="input mono json-edit"
            rows={12}
            spellCheck={false}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        )}
      </Field>
      {waiting ? (
        <Field label="Countdown, in seconds" hint="From now. Empty: its time stays as it is." faults={late}>
          {(wiring) => <TextInput {...wiring} mono inputMode="decimal" value={later} onValue={setLater} />}
        </Field>
      ) : null}
    </Dialog>
  );
}
