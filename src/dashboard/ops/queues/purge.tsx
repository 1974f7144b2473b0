/** Purges a queue: a dry run counts what it would revoke, and its token then revokes exactly that. */
import { useState } from "react";
import { answered, api, formWith } from "../../api/client.ts";
import { Checkbox } from "../../parts/field.tsx";
import { countText } from "../../parts/text/plural.ts";
import { DryRunDialog } from "../bulk/dry-run-dialog.tsx";

interface PurgeProps {
  readonly queue: string;
  readonly open: boolean;
  readonly onClose: () => void;
}

export function PurgeDialog({ queue, open, onClose }: PurgeProps) {
  const [scheduled, setScheduled] = useState(false);
  const purge = (json: { readonly scheduled: boolean } | { readonly token: string }) =>
    answered(api.queues[":name"].purge.$post({ param: { name: queue }, json }));
  return (
    <DryRunDialog
      title={`Purge ${queue}`}
      open={open}
      onClose={onClose}
      asks={scheduled}
      dryRun={async (later) => formWith(await purge({ scheduled: later }), "token")}
      run={async ({ token }) => {
        const { purged, left } = formWith(await purge({ token }), "purged");
        const done = `${countText(purged, "task")} of ${queue} ${purged === 1 ? "is" : "are"} revoked`;
        return `${done}${left > 0 ? `; ${left.toLocaleString("en")} left: purge once more` : ""}.`;
      }}
      failedTitle="Not purged."
      count={({ tasks }) => tasks}
      yesText={(tasks) => (tasks === null ? "Revoke" : `Revoke ${countText(tasks, "task")}`)}
      noText="Keep them"
      danger
      nothingText="Nothing waits here."
      showPlan={({ counts }) => (
        <ul className="stack tight">
          {counts.map(({ name, state, tasks }) => (
            <li key={`${name} ${state}`} className="row between">
              <span className="mono">
                {name} · {state}
              </span>
              <span className="num">{tasks.toLocaleString("en")}</span>
            </li>
          ))}
        </ul>
      )}
    >
      <p className="soft">
        Waiting tasks are revoked and never run. Running tasks are left alone. The count is of this moment: what comes
        later is not touched.
      </p>
      <Checkbox
        label="Also what waits for its time: countdowns, etas, retries"
        checked={scheduled}
        onChecked={setScheduled}
      />
    </DryRunDialog>
  );
}
