/** Purging a queue: a dry run counts what it would revoke, and its token is what revokes it. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api } from "../api/client.ts";
import { Button } from "../parts/button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Checkbox } from "../parts/field.tsx";
import { ErrorState, SkeletonRows } from "../parts/states.tsx";
import { say } from "../parts/toasts.tsx";

interface DryRun {
  readonly tasks: number;
  readonly counts: readonly { readonly name: string; readonly state: string; readonly tasks: number }[];
  readonly token: string;
}
interface PurgeProps {
  readonly queue: string;
  readonly open: boolean;
  readonly onClose: () => void;
}

export function PurgeDialog({ queue, open, onClose }: PurgeProps) {
  const client = useQueryClient();
  const [scheduled, setScheduled] = useState(false);
  const dry = useMutation({
    mutationFn: (later: boolean) => api.post<DryRun>(`/queues/${queue}/purge`, { scheduled: later }),
  });
  const purge = useMutation({
    mutationFn: (token: string) => api.post<{ purged: number; left: number }>(`/queues/${queue}/purge`, { token }),
    onSuccess: ({ purged, left }) => {
      say(`${purged} tasks of ${queue} are revoked${left > 0 ? `; ${left} are left: purge once more` : ""}.`);
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: ["ops"] }),
  });
  const { mutate } = dry;
  useEffect(() => {
    if (open) mutate(scheduled);
  }, [open, scheduled, mutate]);
  const plan = dry.data;
  const nothing = plan?.tasks === 0;
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={`Purge ${queue}`}
      ends={
        <>
          <Button onClick={onClose}>Keep them</Button>
          <Button
            kind="danger"
            disabled={!plan || nothing || dry.isPending}
            busy={purge.isPending}
            onClick={() => plan && purge.mutate(plan.token)}
          >
            {plan && !nothing ? `Revoke ${plan.tasks} tasks` : "Revoke"}
          </Button>
        </>
      }
    >
      <p className="soft">
        Waiting tasks are revoked and never run. What runs is left alone. The count is of this moment; what comes later
        is not touched.
      </p>
      <Checkbox
        label="Also what waits for its time: countdowns, etas, retries"
        checked={scheduled}
        onChecked={setScheduled}
      />
      {dry.error ? <ErrorState error={dry.error} what="The dry run failed." retry={() => mutate(scheduled)} /> : null}
      {purge.error ? <ErrorState error={purge.error} what="Not purged." /> : null}
      {dry.isPending ? <SkeletonRows rows={2} /> : null}
      {nothing ? <p>Nothing waits here.</p> : null}
      {plan && !nothing ? (
        <ul className="stack tight">
          {plan.counts.map(({ name, state, tasks }) => (
            <li key={`${name} ${state}`} className="row between">
              <span className="mono">
                {name} · {state}
              </span>
              <span className="num">{tasks.toLocaleString("en")}</span>
            </li>
          ))}
        </ul>
      ) : null}
    </Dialog>
  );
}
