/** A bulk action. The dry run freezes the tasks and shows them; its token starts the action. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useLocation } from "wouter";
import { answered, api, formWith } from "../../api/client.ts";
import { Button } from "../../parts/button.tsx";
import { StateBadge } from "../../parts/chip.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { Field, TextInput } from "../../parts/field.tsx";
import { ErrorState, SkeletonRows } from "../../parts/states.tsx";
import { countText } from "../../parts/text/plural.ts";
import type { TaskFilter } from "../tasks/filter.ts";

export type BulkAction = "retry" | "cancel" | "delete";
/** By ids, or by a filter of GET /tasks. */
export type BulkSelection = { readonly ids: string[] } | { readonly filter: TaskFilter };

interface BulkDialogProps {
  readonly action: BulkAction;
  readonly selection: BulkSelection;
  /** What was chosen, in words: "3 selected tasks". */
  readonly chosen: string;
  /** The filter in words. Null for tasks that were chosen one by one. */
  readonly which: string | null;
  readonly onClose: () => void;
}

const effects: Readonly<Record<BulkAction, string>> = {
  retry:
    "Finished tasks start over with the arguments that they had. Tasks that are not finished are skipped, and so are those that no retry can help.",
  cancel:
    "Waiting tasks are revoked and never run. A running task is told at its next heartbeat. Finished tasks are skipped.",
  delete:
    "Finished tasks are removed with their results. Tasks that are not finished are skipped. This can't be undone.",
};
const verbs: Readonly<Record<BulkAction, string>> = { retry: "Retry", cancel: "Cancel", delete: "Delete" };

export function BulkDialog({ action, selection, chosen, which, onClose }: BulkDialogProps) {
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const [countdown, setCountdown] = useState("");
  const seconds = countdown.trim() === "" ? null : Number(countdown);
  const dry = useMutation({
    mutationFn: async (later: number | null) => {
      const args = later === null ? {} : { args: { countdown: later } };
      return formWith(await answered(api.bulk.$post({ json: { action, ...selection, ...args } })), "token");
    },
  });
  const run = useMutation({
    mutationFn: (token: string) => answered(api.bulk.$post({ json: { token } })),
    onSuccess: ({ bulk_id }) => {
      void client.invalidateQueries({ queryKey: ["ops"] });
      navigate(`/ops/bulk/${bulk_id}`);
    },
  });
  const { mutate } = dry;
  useEffect(() => mutate(null), [mutate]);
  const plan = dry.data;
  const left = plan ? plan.frozen - plan.final : 0;
  return (
    <Dialog
      open
      onClose={onClose}
      wide
      title={`${verbs[action]} ${chosen}`}
      ends={
        <>
          <Button onClick={onClose}>Do nothing</Button>
          {action === "retry" ? (
            <Button busy={dry.isPending} disabled={Number.isNaN(seconds)} onClick={() => mutate(seconds)}>
              Dry run again
            </Button>
          ) : null}
          <Button
            kind={action === "retry" ? "solid" : "danger"}
            disabled={left === 0 || dry.isPending || dry.isError}
            busy={run.isPending}
            onClick={() => plan && run.mutate(plan.token)}
          >
            {plan ? `${verbs[action]} ${countText(left, "task")}` : verbs[action]}
          </Button>
        </>
      }
    >
      {which === null ? null : (
        <p>
          <span className="soft">Which:</span> <span className="said">{which}</span>
        </p>
      )}
      <p className="soft">{effects[action]}</p>
      {action === "retry" ? (
        <Field label="Countdown, in seconds" hint="Empty: at once. A change needs a new dry run.">
          {(wiring) => <TextInput {...wiring} mono inputMode="decimal" value={countdown} onValue={setCountdown} />}
        </Field>
      ) : null}
      {dry.error ? <ErrorState error={dry.error} what="The dry run failed." retry={() => mutate(seconds)} /> : null}
      {run.error ? <ErrorState error={run.error} what="Not started." /> : null}
      {dry.isPending ? <SkeletonRows rows={3} /> : null}
      {plan && !dry.isError ? (
        <div className="stack tight">
          <p>
            <strong>{countText(plan.frozen, "task")}</strong> {plan.frozen === 1 ? "is" : "are"} frozen: what comes
            later is not touched. Nothing is done yet.
          </p>
          {plan.final > 0 ? (
            <p className="note-bar">
              {left === 0 ? "A retry can't help any of them" : `${countText(plan.final, "task")} will be skipped`}: the
              round is over, or the error would come again.
            </p>
          ) : null}
          <p className="row wrap">
            {Object.entries(plan.by_state).map(([state, tasks]) => (
              <span key={state} className="row">
                <StateBadge state={state} /> <span className="num">{tasks.toLocaleString("en")}</span>
              </span>
            ))}
          </p>
          <ul className="stack tight">
            {plan.sample.map(({ task_id, name, state }) => (
              <li key={task_id} className="row between">
                <span className="mono cut">
                  {name} · {task_id}
                </span>
                <StateBadge state={state} />
              </li>
            ))}
          </ul>
          {plan.frozen > plan.sample.length ? (
            <p className="small soft">The newest {plan.sample.length} of them.</p>
          ) : null}
        </div>
      ) : null}
    </Dialog>
  );
}
