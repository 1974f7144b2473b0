/** Dead letters once more: a dry run says what would be sent. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { api } from "../api/client.ts";
import { Button } from "../parts/button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { ErrorState, SkeletonRows } from "../parts/states.tsx";
import { RelativeTime } from "../parts/time.tsx";
import { say } from "../parts/toasts.tsx";

interface DryRun {
  readonly letters: number;
  readonly counts: readonly { readonly type: string; readonly letters: number; readonly oldest_at: string }[];
  readonly unreadable: number;
}
interface RedriveProps {
  readonly queue: string;
  readonly open: boolean;
  readonly onClose: () => void;
}

export function RedriveDialog({ queue, open, onClose }: RedriveProps) {
  const client = useQueryClient();
  const dry = useMutation({ mutationFn: () => api.post<DryRun>(`/queues/${queue}/redrive`, {}) });
  const redrive = useMutation({
    mutationFn: () => api.post<{ resent: number }>(`/queues/${queue}/redrive`, { dry_run: false }),
    onSuccess: ({ resent }) => {
      say(`${resent} dead letters of ${queue} are sent once more.`);
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: ["ops"] }),
  });
  const { mutate } = dry;
  useEffect(() => {
    if (open) mutate();
  }, [open, mutate]);
  const plan = dry.data;
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={`Redrive the dead letters of ${queue}`}
      ends={
        <>
          <Button onClick={onClose}>Leave them</Button>
          <Button
            kind="solid"
            disabled={!plan || plan.letters === 0}
            busy={redrive.isPending}
            onClick={() => redrive.mutate()}
          >
            {plan && plan.letters > 0 ? `Send ${plan.letters} once more` : "Send once more"}
          </Button>
        </>
      }
    >
      <p className="soft">
        Each message goes once. Whatever it asks for is checked against the rows when it arrives: what is done already
        is not done twice.
      </p>
      {dry.error ? <ErrorState error={dry.error} what="The dry run failed." retry={() => mutate()} /> : null}
      {redrive.error ? <ErrorState error={redrive.error} what="Not sent." /> : null}
      {dry.isPending ? <SkeletonRows rows={2} /> : null}
      {plan?.letters === 0 ? <p>There is nothing to send.</p> : null}
      {plan?.counts.map(({ type, letters, oldest_at }) => (
        <p key={type} className="row between">
          <span className="mono">{type}</span>
          <span>
            <span className="num">{letters}</span>, the oldest <RelativeTime at={oldest_at} />
          </span>
        </p>
      ))}
      {plan && plan.unreadable > 0 ? (
        <p className="note-bar">{plan.unreadable} can't be read by this version, and stay for whoever looks.</p>
      ) : null}
    </Dialog>
  );
}
