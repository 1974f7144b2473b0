/** An operator's actions on an entry: run it, recover it. Each is a task, which the page follows to its end. */
import { useQueryClient } from "@tanstack/react-query";
import { HeartPulse, Play } from "lucide-react";
import { useState } from "react";
import type { Entry, Task, Tournament } from "../../api/answers.ts";
import { answered, api } from "../../api/client.ts";
import { useSession } from "../../api/session.ts";
import { Button } from "../../parts/button.tsx";
import { ConfirmButton } from "../../parts/confirm.tsx";
import { showError, showToast } from "../../parts/toasts.tsx";
import { isOver } from "../tournament/view.tsx";
import { RECOVER_EFFECT } from "./recover-effect.ts";

interface ControlProps {
  readonly tournament: Tournament;
  readonly agentId: string;
  readonly agent: string;
  readonly kind: Entry["kind"];
}

/** Seconds that one request waits for the task's end. */
const WAIT = "30";

export function EntryControls({ tournament, agentId, agent, kind }: ControlProps) {
  const { operator } = useSession();
  const client = useQueryClient();
  const [busy, setBusy] = useState<"run" | "recover" | null>(null);
  if (!operator || isOver(tournament)) return null;

  const act = async (action: "run" | "recover") => {
    setBusy(action);
    try {
      const which = { param: { id: agentId }, query: { tournament_id: tournament.id } };
      const { task_id } = await answered(api.agents[":id"][action].$post(which));
      const task = await answered(api.tasks[":id"].$get({ param: { id: task_id }, query: { wait: WAIT } }));
      if (task.state === "SUCCESS")
        showToast(action === "run" ? ran(task) : "Recovered: the agent's object holds the stored state.");
      else if (task.state === "FAILURE") showError("The task failed.", task.error?.message ?? task.error?.code ?? "");
      else showToast(`The task goes on (${task.state}): task ${task_id}.`);
      void client.invalidateQueries({ queryKey: ["entry", tournament.id, agentId] });
    } catch (error) {
      showError("Not done.", error);
    } finally {
      setBusy(null);
    }
  };
  return (
    <>
      {runsHere(kind) ? (
        <Button busy={busy === "run"} onClick={() => void act("run")}>
          <Play aria-hidden /> Run now
        </Button>
      ) : null}
      <ConfirmButton
        label={
          <>
            <HeartPulse aria-hidden /> Recover
          </>
        }
        busy={busy === "recover"}
        title={`Recover ${agent}?`}
        effect={RECOVER_EFFECT}
        yes="Recover it"
        no="Leave it"
        onYes={() => void act("recover")}
      />
    </>
  );
}

/** The others decide by their own program, in rounds alone. */
const runsHere = (kind: Entry["kind"]) => kind === "house" || kind === "llm";

function ran({ result }: Task): string {
  const round = result?.round === undefined ? "" : ` of round ${result.round}`;
  if (result?.outcome === "rehearsal") return "That was a rehearsal between rounds. It placed no orders.";
  if (result?.outcome === "exists") return `The agent had already decided. That decision${round} stands.`;
  return `It has decided: that is its decision${round}.`;
}
