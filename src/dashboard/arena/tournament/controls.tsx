/** The actions that an operator has in a tournament's state. Cancelling asks for a confirmation. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { Tournament } from "../../api/answers.ts";
import { answered, api } from "../../api/client.ts";
import { useSession } from "../../api/session.ts";
import { tournamentQuery } from "../../live/tournament-queries.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { showError, showToast } from "../../parts/toasts.tsx";

type Action = "start" | "pause" | "resume" | "cancel";

const actions: Readonly<Record<string, readonly Action[]>> = {
  upcoming: ["start", "cancel"],
  live: ["pause", "cancel"],
  paused: ["resume", "cancel"],
};
const words: Readonly<Record<Action, readonly [string, string]>> = {
  start: ["Start", "It is live."],
  pause: ["Pause", "Paused: the round under way is finished."],
  resume: ["Resume", "The tournament goes on. Rounds missed meanwhile are skipped."],
  cancel: ["Cancel", "Cancelled."],
};

/** What the tournament does when it is not cancelled. */
const stays: Readonly<Record<string, string>> = {
  upcoming: "Keep it",
  live: "Let it run",
  paused: "Leave it paused",
};

export function TournamentControls({ tournament }: { readonly tournament: Tournament }) {
  const { operator } = useSession();
  const client = useQueryClient();
  const [busy, setBusy] = useState<Action | null>(null);
  const [asking, setAsking] = useState(false);
  const possible = actions[tournament.status] ?? [];
  const shown = useRef(false);
  // The button that ended the tournament is gone, so the focus moves to where a new page puts it.
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
      showToast(words[action][1]);
    } catch (error) {
      showError(`Not done.`, error);
    } finally {
      setBusy(null);
      setAsking(false);
    }
  };
  return (
    <>
      {possible.map((action) => (
        <Button
          // One button for start, pause and resume, so that it keeps the focus when its action changes.
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
            <Button onClick={() => setAsking(false)}>{stays[tournament.status] ?? "Leave it"}</Button>
            <Button kind="danger" busy={busy === "cancel"} onClick={() => void act("cancel")}>
              Cancel the tournament
            </Button>
          </>
        }
      >
        <p className="prose">
          The tournament ends for good: the round under way is skipped and its open orders are dropped. Settled rounds
          stay.
        </p>
      </Dialog>
    </>
  );
}
