/** Retry, cancel, run again with other arguments. */
import { useState } from "react";
import { useLocation } from "wouter";
import { api } from "../api/client.ts";
import { sentenceOf } from "../api/problem.ts";
import { Button } from "../parts/button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Field, TextInput } from "../parts/field.tsx";
import { useAction } from "./polled.ts";
import type { Task } from "./tasks-page.tsx";

export function TaskActions({ task }: { readonly task: Task }) {
  const [asks, setAsks] = useState<"retry" | "edit" | null>(null);
  const path = `/tasks/${task.task_id}`;
  const cancel = useAction(() => api.post(`${path}/cancel`, {}), "Cancelled, or about to be.", "Not cancelled.");
  const ended = task.finished_at !== null;
  return (
    <>
      {ended ? (
        <>
          <Button kind="solid" onClick={() => setAsks("retry")}>
            Retry
          </Button>
          <Button onClick={() => setAsks("edit")}>Edit and run again</Button>
        </>
      ) : (
        <Button kind="danger" busy={cancel.isPending} onClick={() => cancel.mutate(undefined)}>
          Cancel the task
        </Button>
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
    () => api.post(`/tasks/${task.task_id}/retry`, { countdown: seconds }),
    "It starts over.",
    "Not retried.",
  );
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
      <p className="soft">It starts over with the same arguments and all of its attempts; its history goes on.</p>
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

function parseArgs(text: string): { readonly args: unknown; readonly fault: string | null } {
  try {
    const args: unknown = JSON.parse(text);
    const fits = typeof args === "object" && args !== null && !Array.isArray(args);
    return { args, fault: fits ? null : "Must be a JSON object." };
  } catch (error) {
    return { args: null, fault: `Not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function EditDialog({ task, onClose }: TaskDialogProps) {
  const [, navigate] = useLocation();
  const [text, setText] = useState(JSON.stringify(task.args, null, 2));
  const { args, fault } = parseArgs(text);
  const run = useAction(
    () => api.post<{ task_id: string }>(`/tasks/${task.task_id}/retry`, { args }),
    "A new task runs with these arguments.",
    "Not run.",
  );
  return (
    <Dialog
      open
      onClose={onClose}
      wide
      title={`Run ${task.name} with other arguments`}
      ends={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind="solid"
            disabled={fault !== null}
            busy={run.isPending}
            onClick={() => run.mutate(undefined, { onSuccess: ({ task_id }) => navigate(`/ops/tasks/${task_id}`) })}
          >
            Run
          </Button>
        </>
      }
    >
      <p className="soft">A new task, whose parent this one is.</p>
      <Field label="Arguments" faults={fault ? [fault] : run.error ? [sentenceOf(run.error)] : []}>
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
    </Dialog>
  );
}
