import { useState } from "react";
import type { Queue } from "../../api/answers.ts";
import { answered, api } from "../../api/client.ts";
import { faultsByField } from "../../api/problem.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { Field, TextInput } from "../../parts/field.tsx";
import { useFaultFocus } from "../../parts/keyboard/fault-focus.ts";
import { useAction } from "../polled.ts";

interface LimitProps {
  readonly queue: Queue;
  readonly open: boolean;
  readonly onClose: () => void;
}

/** How many of a queue's tasks run at once. */
export function LimitDialog({ queue, open, onClose }: LimitProps) {
  const [text, setText] = useState(queue.max_running === null ? "" : String(queue.max_running));
  const limit = text.trim() === "" ? null : Number(text);
  const save = useAction(
    () => answered(api.queues[":name"].$patch({ param: { name: queue.name }, json: { max_running: limit } })),
    `The limit of ${queue.name} is set.`,
    "The limit was not set.",
  );
  const { fields, rest } = faultsByField(save.error, ["max_running"]);
  useFaultFocus(save.error);
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={`Limit of ${queue.name}`}
      ends={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind="solid"
            disabled={Number.isNaN(limit)}
            busy={save.isPending}
            onClick={() => save.mutate(undefined, { onSuccess: onClose })}
          >
            Set the limit
          </Button>
        </>
      }
    >
      <Field
        label="Tasks at once"
        hint="Over all consumers, 1 to 10,000. Empty: no limit of ours."
        faults={Number.isNaN(limit) ? ["Must be a number of tasks."] : [...(fields.max_running ?? []), ...rest]}
      >
        {(wiring) => <TextInput {...wiring} mono inputMode="numeric" value={text} onValue={setText} />}
      </Field>
    </Dialog>
  );
}
