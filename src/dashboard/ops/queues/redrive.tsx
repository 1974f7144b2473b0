/** Redrives a queue's dead letters: a dry run counts them, then each is sent once more. */
import { answered, api, formWith } from "../../api/client.ts";
import { countText } from "../../parts/text/plural.ts";
import { RelativeTime } from "../../parts/text/time.tsx";
import { DryRunDialog } from "../bulk/dry-run-dialog.tsx";

interface RedriveProps {
  readonly queue: string;
  readonly open: boolean;
  readonly onClose: () => void;
}

export function RedriveDialog({ queue, open, onClose }: RedriveProps) {
  const redrive = (dry_run: boolean) =>
    answered(api.queues[":name"].redrive.$post({ param: { name: queue }, json: { dry_run } }));
  return (
    <DryRunDialog
      title={`Redrive the dead letters of ${queue}`}
      open={open}
      onClose={onClose}
      asks={queue}
      dryRun={async () => formWith(await redrive(true), "counts")}
      run={async () => {
        const { resent } = formWith(await redrive(false), "resent");
        return `${countText(resent, "dead letter")} of ${queue} ${resent === 1 ? "is" : "are"} sent once more.`;
      }}
      failedTitle="Not sent."
      count={({ letters }) => letters}
      yesText={(letters) => (letters === null ? "Send once more" : `Send ${letters} once more`)}
      noText="Leave them"
      nothingText="There is nothing to send."
      showPlan={({ counts, unreadable }) => (
        <>
          {counts.map(({ type, letters, oldest_at }) => (
            <p key={type} className="row between">
              <span className="mono">{type}</span>
              <span>
                <span className="num">{letters}</span>, the oldest <RelativeTime at={oldest_at} />
              </span>
            </p>
          ))}
          {unreadable > 0 ? (
            <p className="note-bar">{unreadable} can't be read by this version and stay here.</p>
          ) : null}
        </>
      )}
    >
      <p className="soft">
        Each message goes once. When it arrives, its work is checked against the rows: work that is done already is not
        done twice.
      </p>
    </DryRunDialog>
  );
}
