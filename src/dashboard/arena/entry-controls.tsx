/** What an operator may do with an entry: run it, recover it. Each is a task, followed until it has ended. */
import { useQueryClient } from "@tanstack/react-query";
import { HeartPulse, Play } from "lucide-react";
import { useState } from "react";
import type { Task, Tournament } from "../api/answers.ts";
import { answered, api } from "../api/client.ts";
import { useSession } from "../api/session.ts";
import { Button } from "../parts/button.tsx";
import { ConfirmButton } from "../parts/confirm.tsx";
import { say, sayError } from "../parts/toasts.tsx";
import { isOver } from "./tournament-view.tsx";
import { RECOVER_EFFECT } from "./words.ts";

interface ControlProps {
  readonly tournament: Tournament;
  readonly agentId: string;
  readonly agent: string;
}

/** Seconds that one look waits for the task's end. */
const WAIT = "30";

export function EntryControls({ tournament, agentId, agent }: ControlProps) {
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
      if (task.state === "SUCCESS") say(action === "run" ? ran(task) : "Recovered: its object holds what is stored.");
      else if (task.state === "FAILURE") sayError("The task failed.", task.error?.message ?? task.error?.code ?? "");
      else say(`The task goes on (${task.state}): task ${task_id}.`);
      void client.invalidateQueries({ queryKey: ["entry", tournament.id, agentId] });
    } catch (error) {
      sayError("Not done.", error);
    } finally {
      setBusy(null);
    }
  };
  return (
    <>
      <Button busy={busy === "run"} onClick={() => void act("run")}>
        <Play aria-hidden /> Run now
      </Button>
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

function ran({ result }: Task): string {
  const round = result?.round === undefined ? "" : ` of round ${result.round}`;
  if (result?.outcome === "rehearsal") return "A rehearsal between rounds: it placed nothing.";
  if (result?.outcome === "exists") return `It had decided already: that is its decision${round}.`;
  return `It has decided: that is its decision${round}.`;
}
