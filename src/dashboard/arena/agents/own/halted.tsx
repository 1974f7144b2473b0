/** Says that an entry is asked no more, and lets it go on. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { AgentEntryItem } from "../../../api/answers.ts";
import { answered, api } from "../../../api/client.ts";
import { Button } from "../../../parts/button.tsx";
import { RelativeTime } from "../../../parts/text/time.tsx";
import { showError, showToast } from "../../../parts/toasts.tsx";

interface HaltedProps {
  readonly entry: AgentEntryItem;
  readonly mayResume: boolean;
}

export function Halted({ entry: { agent_id: id, tournament_id, tournament, halted_at }, mayResume }: HaltedProps) {
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const resume = async () => {
    setBusy(true);
    try {
      await answered(api.agents[":id"].resume.$post({ param: { id }, query: { tournament_id } }));
      showToast("It is asked again from the next round on.");
      await client.invalidateQueries({ queryKey: ["agent", id] });
    } catch (error) {
      showError("Not resumed.", error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="note-bar bad" role="status">
      <span>
        Halted in {tournament} <RelativeTime at={halted_at} />: five rounds in a row passed without a valid answer, so
        it is asked no more. The rounds below say why.
      </span>
      {mayResume ? (
        <Button tiny busy={busy} onClick={() => void resume()}>
          Resume
        </Button>
      ) : null}
    </div>
  );
}
