/** A dialog for an action on many rows: a dry run shows what it would touch, and a button then does it. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { ErrorState, SkeletonRows } from "../../parts/states.tsx";
import { showToast } from "../../parts/toasts.tsx";

interface DryRunProps<Ask, Plan> {
  readonly title: string;
  readonly open: boolean;
  readonly onClose: () => void;
  /** The dry run's input. A change starts another dry run. */
  readonly asks: Ask;
  readonly dryRun: (asks: Ask) => Promise<Plan>;
  /** Resolves with the sentence that is then shown. */
  readonly run: (plan: Plan) => Promise<string>;
  readonly failedTitle: string;
  /** How much the plan touches; at zero there is nothing to do. */
  readonly count: (plan: Plan) => number;
  readonly yesText: (count: number | null) => string;
  readonly noText: string;
  readonly danger?: boolean;
  readonly nothingText: string;
  readonly children: ReactNode;
  readonly showPlan: (plan: Plan) => ReactNode;
}

export function DryRunDialog<Ask extends string | boolean, Plan>(props: DryRunProps<Ask, Plan>) {
  const { title, open, onClose, asks, count, danger = false, children, showPlan } = props;
  const client = useQueryClient();
  const dry = useMutation({ mutationFn: props.dryRun });
  const run = useMutation({
    mutationFn: props.run,
    onSuccess: (done) => {
      showToast(done);
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: ["ops"] }),
  });
  const { mutate } = dry;
  useEffect(() => {
    if (open) mutate(asks);
  }, [open, asks, mutate]);
  const plan = dry.data;
  const many = plan === undefined ? 0 : count(plan);
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={title}
      ends={
        <>
          <Button onClick={onClose}>{props.noText}</Button>
          <Button
            kind={danger ? "danger" : "solid"}
            disabled={many === 0 || dry.isPending || dry.isError}
            busy={run.isPending}
            onClick={() => plan !== undefined && run.mutate(plan)}
          >
            {props.yesText(many > 0 ? many : null)}
          </Button>
        </>
      }
    >
      {children}
      {dry.error ? <ErrorState error={dry.error} what="The dry run failed." retry={() => mutate(asks)} /> : null}
      {run.error ? <ErrorState error={run.error} what={props.failedTitle} /> : null}
      {dry.isPending ? <SkeletonRows rows={2} /> : null}
      {plan !== undefined && many === 0 ? <p>{props.nothingText}</p> : null}
      {plan !== undefined ? showPlan(plan) : null}
    </Dialog>
  );
}
