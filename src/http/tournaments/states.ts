/** POST /tournaments/{id}/start, pause, resume, cancel, initialize. */
import { type Context, Hono } from "hono";
import type { CodedError } from "../../core/error-codes.ts";
import type { Query } from "../../db/query.ts";
import { readAgentsToJoin } from "../../db/statements/entries/agents-to-join.ts";
import {
  cancelTournament,
  pauseTournament,
  resumeTournament,
  startTournament,
} from "../../db/statements/tournaments/change-state.ts";
import type { TournamentRow } from "../../db/statements/tournaments/columns.ts";
import { refuseTooMany, refuseUnqualified } from "../../rounds/join.ts";
import { initializeTournamentAgents } from "../../tasks/initialize-tournament-agents.ts";
import type { HttpEnv } from "../context.ts";
import { Problem } from "../problem.ts";
import { idOf, jsonBody, type TakesId } from "../request/inputs.ts";
import { actorOf } from "../session/caller.ts";
import { requireOperator } from "../session/rights.ts";
import { begin, queued } from "../tasks/begin.ts";
import { wake } from "../wake.ts";
import { initializeBody } from "./bodies.ts";
import { requireTournament, tournamentAnswer } from "./wire.ts";
import { refuseUnknown } from "./write.ts";

const participles = { start: "started", pause: "paused", resume: "resumed", cancel: "cancelled" } as const;
type Action = keyof typeof participles;

/** The handler of one action. `change` returns whether the tournament's state allowed it. */
function changes(action: Action, change: (query: Query, id: string) => Promise<boolean>) {
  return async (c: Context<HttpEnv, string, TakesId>) => {
    const deps = c.get("deps");
    const { id } = c.req.valid("param");
    if (!(await change(deps.query, id))) throw refusal(action, await requireTournament(deps.query, id));
    const answer = await tournamentAnswer(c, id);
    deps.log({
      event: "tournament",
      tournament_id: id,
      status: answer.status,
      by: actorOf(c),
      correlation_id: deps.correlationId,
    });
    await wake(deps, id);
    return c.json(answer);
  };
}

function refusal(action: Action, { status, entries }: TournamentRow): CodedError {
  const members = { state: status };
  if (action === "start" && status === "upcoming" && entries === 0) {
    return new Problem("tournament.wrong_state", "The tournament has no entries to start with.", { members });
  }
  return new Problem("tournament.wrong_state", `The tournament is ${status}: it can't be ${participles[action]}.`, {
    members,
  });
}

const tournamentId = idOf("tournament.not_found");

export const tournamentStateRoutes = new Hono<HttpEnv>()
  .post("/tournaments/:id/start", requireOperator, tournamentId, changes("start", startTournament))
  .post("/tournaments/:id/pause", requireOperator, tournamentId, changes("pause", pauseTournament))
  .post("/tournaments/:id/resume", requireOperator, tournamentId, changes("resume", resumeTournament))
  .post("/tournaments/:id/cancel", requireOperator, tournamentId, changes("cancel", cancelTournament))
  .post("/tournaments/:id/initialize", requireOperator, jsonBody(initializeBody), tournamentId, async (c) => {
    const deps = c.get("deps");
    const { agent_ids } = c.req.valid("json");
    const row = await requireTournament(deps.query, c.req.valid("param").id);
    if (row.status === "completed" || row.status === "cancelled") {
      throw new Problem("tournament.wrong_state", `The tournament is ${row.status} and takes no more entries.`, {
        members: { state: row.status },
      });
    }
    const agents = await readAgentsToJoin(deps.query, agent_ids);
    refuseUnknown(agent_ids, new Set(agents.map((agent) => agent.id)));
    await refuseTooMany(deps.query, row.id, agent_ids);
    await refuseUnqualified(deps.query, row.id, agent_ids);
    return queued(c, await begin(deps, initializeTournamentAgents, { tournament_id: row.id, agent_ids }));
  });
