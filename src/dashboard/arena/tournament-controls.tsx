/** What an operator may do with a tournament in its state. What ends it asks first. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { Tournament } from "../api/answers.ts";
import { answered, api } from "../api/client.ts";
import { useSession } from "../api/session.ts";
import { tournamentQuery } from "../live/tournament-queries.ts";
import { Button } from "../parts/button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { say, sayError } from "../parts/toasts.tsx";

type Action = "start" | "pause" | "resume" | "cancel";

const actions: Readonly<Record<string, readonly Action[]>> = {
  upcoming: ["start", "cancel"],
  live: ["pause", "cancel"],
  paused: ["resume", "cancel"],
};
const words: Readonly<Record<Action, readonly [string, string]>> = {
  start: ["Start", "It is live."],
  pause: ["Pause", "Paused: the round under way is finished."],
  resume: ["Go on", "It goes on; rounds missed meanwhile are skipped."],
  cancel: ["Cancel", "Cancelled."],
};

export function TournamentControls({ tournament }: { readonly tournament: Tournament }) {
  const { operator } = useSession();
  const client = useQueryClient();
  const [busy, setBusy] = useState<Action | null>(null);
  const [asking, setAsking] = useState(false);
  const possible = actions[tournament.status] ?? [];
  const shown = useRef(false);
  // Whoever ended it has pressed a button that is gone: the focus goes where a new page puts it.
  useEffect(() => {
    if (shown.current && possible.length === 0 && document.activeElement === document.body)
      document.querySelector("main")?.focus({ preventScroll: true });
    shown.current = possible.length > 0;
  });
  if (!operator || possible.length === 0) return null;

  const act = async (action: Action) => {
    setBusy(action);
    try {
      const next = await answered(api.tournaments[":id"][action].$post({ param: { id: tournament.id } }));
      client.setQueryData(tournamentQuery(tournament.id).queryKey, next);
      void client.invalidateQueries({ queryKey: ["tournaments"] });
      say(words[action][1]);
    } catch (error) {
      sayError(`Not done.`, error);
    } finally {
      setBusy(null);
      setAsking(false);
    }
  };
  return (
    <>
      {possible.map((action) => (
        <Button
          // One button that changes its deed, so that it keeps the focus.
          key={action === "cancel" ? action : "go"}
          kind={action === "cancel" ? "danger" : action === "start" ? "solid" : "line"}
          busy={busy === action}
          onClick={() => (action === "cancel" ? setAsking(true) : void act(action))}
        >
          {words[action][0]}
        </Button>
      ))}
      <Dialog
        open={asking}
        onClose={() => setAsking(false)}
        title={`Cancel ${tournament.name}?`}
        ends={
          <>
            <Button onClick={() => setAsking(false)}>Let it run</Button>
            <Button kind="danger" busy={busy === "cancel"} onClick={() => void act("cancel")}>
              Cancel the tournament
            </Button>
          </>
        }
      >
        <p className="prose">
          It ends for good: the round under way is skipped and its open orders are dropped. What has been settled stays.
        </p>
      </Dialog>
    </>
  );
}
