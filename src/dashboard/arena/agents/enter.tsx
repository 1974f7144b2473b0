/** Enters an agent into a tournament that still takes entries. The entry is made by a task, which the card follows to its end. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import type { Agent, Task, Tournament } from "../../api/answers.ts";
import { answered, api, getAll, within } from "../../api/client.ts";
import { Button } from "../../parts/button.tsx";
import { Card } from "../../parts/card.tsx";
import { Field, Select } from "../../parts/field.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { EmptyState } from "../../parts/states.tsx";
import { showError, showToast } from "../../parts/toasts.tsx";
import { intervalText } from "../words.ts";
import { missingSymbol } from "./symbol.ts";

/** So many tournaments of each state are offered. */
const OFFERED = 100;
/** Seconds that one request waits for the task's end. */
const WAIT = "30";
const OPEN = ["live", "upcoming", "paused"] as const;

interface EnterProps {
  readonly agent: Agent;
  /** Where it has an entry already. Null while that is read. */
  readonly entered: readonly string[] | null;
}

export function EnterCard({ agent, entered }: EnterProps) {
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const [picked, setPicked] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const asked = useQuery({
    queryKey: ["tournaments", "open"],
    queryFn: async ({ signal }) => {
      const lists = OPEN.map((status) =>
        getAll(OFFERED, (page) => answered(api.tournaments.$get({ query: { ...page, status } }, within(signal)))),
      );
      return (await Promise.all(lists)).flat();
    },
    refetchOnMount: "always",
  });

  const enter = async (tournament: Tournament) => {
    setBusy(true);
    try {
      const made = api.tournaments[":id"].initialize.$post({
        param: { id: tournament.id },
        json: { agent_ids: [agent.id] },
      });
      const { task_id } = await answered(made);
      const task = await answered(api.tasks[":id"].$get({ param: { id: task_id }, query: { wait: WAIT } }));
      const refusal = refusalOf(task, agent.name, tournament.name);
      if (refusal !== null) return showError("Not entered.", refusal);
      void client.invalidateQueries({ queryKey: ["agent", agent.id] });
      void client.invalidateQueries({ queryKey: ["tournament", tournament.id] });
      showToast(`${agent.name} plays in ${tournament.name} from its next round on.`);
      navigate(`/t/${tournament.id}/${agent.id}`);
    } catch (error) {
      showError("Not entered.", error);
    } finally {
      setBusy(false);
    }
  };

  return (
    <Card title="Enter a tournament">
      <Loaded
        from={{ ...asked, data: entered === null ? undefined : asked.data }}
        what="The tournaments did not load."
        bones={4}
      >
        {(tournaments) => {
          const offered = tournaments.filter(({ id }) => !entered?.includes(id));
          const chosen = offered.find(({ id }) => id === picked) ?? offered[0];
          const make = (
            <Link className="btn" href="/new">
              New tournament
            </Link>
          );
          if (!chosen) {
            return (
              <EmptyState
                title={tournaments.length === 0 ? "No tournament takes entries now" : "It is in all open tournaments"}
                actions={make}
              >
                Make one: it asks which agents play.
              </EmptyState>
            );
          }
          return (
            <div className="stack tight">
              <Field label="Tournament" hint={hintOf(agent, chosen)}>
                {(wiring) => (
                  <Select
                    {...wiring}
                    options={offered.map((tournament) => ({ value: tournament.id, label: labelOf(tournament) }))}
                    value={chosen.id}
                    onValue={setPicked}
                  />
                )}
              </Field>
              <div className="row wrap">
                <Button kind="solid" busy={busy} onClick={() => void enter(chosen)}>
                  Enter it
                </Button>
                {make}
              </div>
            </div>
          );
        }}
      </Loaded>
    </Card>
  );
}

function labelOf({ name, status, market, interval_seconds }: Tournament): string {
  const kind = market === "replay" ? "replay" : `a round every ${intervalText(interval_seconds)}`;
  return `${name} · ${status}, ${kind}`;
}

function hintOf(agent: Agent, { status, symbols }: Tournament): string {
  const missing = missingSymbol(agent, symbols);
  if (missing !== null) return `${missing} is not traded there: it would stay in cash.`;
  return status === "upcoming"
    ? "It plays from the first round on."
    : "It joins with the next round, at the starting cash.";
}

/** Why the agent has no entry after the task; null when it has one. */
function refusalOf({ state, task_id, result, error }: Task, agent: string, tournament: string): string | null {
  if (state === "FAILURE") return `${error?.message ?? error?.code ?? "The task failed."}`;
  if (state !== "SUCCESS") return `The task goes on (${state}): task ${task_id}.`;
  const rivals = result?.rivals;
  if (!Array.isArray(rivals) || rivals.length === 0) return null;
  const [rival] = rivals;
  const name = typeof rival === "object" && rival !== null && "rival" in rival ? rival.rival : "another agent";
  return `${agent} looks like ${String(name)}, which is in ${tournament} already. Give it another name.`;
}
