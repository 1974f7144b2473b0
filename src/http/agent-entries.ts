/** /agents/{id}/stats, memory, state, run, recover: an agent in one tournament. */
import { Hono } from "hono";
import { z } from "zod";
import { CodedError } from "../core/error-codes.ts";
import { limits } from "../core/limits.ts";
import { type AgentEntry, readEntriesOfAgent } from "../db/statements/api-entries-of-agent.ts";
import { readLastDecision, readLastTrades, readNotes } from "../db/statements/api-entry-memory.ts";
import { readStoredState } from "../db/statements/api-entry-state.ts";
import { readAgent } from "../db/statements/api-read-agent.ts";
import { describeError } from "../log.ts";
import { recoverAgentState } from "../tasks/recover-agent-state.ts";
import { runAgentDecision } from "../tasks/run-agent-decision.ts";
import { requireOperator } from "./auth.ts";
import type { HttpContext, HttpEnv } from "./context.ts";
import type { HttpDeps } from "./deps.ts";
import { entryOfAgent } from "./entry-of-agent.ts";
import { booleanQuery, uuidField } from "./fields.ts";
import { idOf, noQuery, queryOf } from "./inputs.ts";
import { Problem } from "./problem.ts";
import { begin, queued } from "./queued.ts";
import { readStats } from "./standing.ts";

/** What an agent's prompt takes from its memory. */
const TRADES_REMEMBERED = 5;
const entryFields = { tournament_id: uuidField.optional() };
export const entryQuery = z.strictObject(entryFields);
export const runQuery = z.strictObject({ ...entryFields, recover_from_crash: booleanQuery.default(true) });

export const agentEntryRoutes = new Hono<HttpEnv>()
  /** Of all its tournaments, at most 100: the live ones first, then the newest. */
  .get("/agents/:id/entries", noQuery, idOf("agent.not_found"), async (c) => {
    const { query } = c.get("deps");
    const { id } = c.req.valid("param");
    if (!(await readAgent(query, id))) throw new CodedError("agent.not_found");
    const rows = await readEntriesOfAgent(query, id, null);
    return c.json({ items: rows.map(({ round_open: _, ...open }) => open), next_cursor: null });
  })
  .get("/agents/:id/stats", queryOf(entryQuery), idOf("agent.not_found"), async (c) => {
    const entry = await entryFor(c, c.req.valid("param").id, c.req.valid("query"));
    const stats = await readStats(c.get("deps").query, entry.entry_id);
    if (!stats) throw new CodedError("entry.not_found");
    return c.json({ ...names(entry), ...stats });
  })
  .get("/agents/:id/memory", queryOf(entryQuery), idOf("agent.not_found"), async (c) => {
    const entry = await entryFor(c, c.req.valid("param").id, c.req.valid("query"));
    const { query } = c.get("deps");
    const operator = c.get("operator");
    const [last_trades, last_decision, notes] = await Promise.all([
      readLastTrades(query, entry.entry_id, TRADES_REMEMBERED),
      readLastDecision(query, entry.entry_id, operator),
      readNotes(query, entry.entry_id, operator),
    ]);
    const cap = { trades: TRADES_REMEMBERED, notes_bytes: limits.memoryBytesMax };
    return c.json({ ...names(entry), last_trades, last_decision, notes: notes ?? null, cap });
  })
  .get("/agents/:id/state", queryOf(entryQuery), idOf("agent.not_found"), async (c) => {
    const entry = await entryFor(c, c.req.valid("param").id, c.req.valid("query"));
    const deps = c.get("deps");
    const operator = c.get("operator");
    // What the object holds of an open round is as secret as the decision itself.
    const hidden = entry.round_open && !operator;
    const [stored, last_decision, live] = await Promise.all([
      readStoredState(deps.query, entry.entry_id),
      readLastDecision(deps.query, entry.entry_id, operator),
      hidden ? null : liveState(deps, entry.entry_id),
    ]);
    if (!stored) throw new CodedError("entry.not_found");
    return c.json({ ...names(entry), ...stored, last_decision, live, live_hidden: hidden });
  })
  .post("/agents/:id/run", requireOperator, queryOf(runQuery), idOf("agent.not_found"), async (c) => {
    const { recover_from_crash, ...which } = c.req.valid("query");
    const { tournament_id, agent_id } = running(await entryFor(c, c.req.valid("param").id, which));
    const args = { tournament_id, agent_id, recover_from_crash };
    return queued(c, await begin(c.get("deps"), runAgentDecision, args));
  })
  .post("/agents/:id/recover", requireOperator, queryOf(entryQuery), idOf("agent.not_found"), async (c) => {
    const { tournament_id, agent_id } = running(await entryFor(c, c.req.valid("param").id, c.req.valid("query")));
    return queued(c, await begin(c.get("deps"), recoverAgentState, { tournament_id, agent_id }));
  });

function entryFor(c: HttpContext, id: string, which: { tournament_id?: string | undefined }): Promise<AgentEntry> {
  return entryOfAgent(c.get("deps").query, id, which.tournament_id);
}

function names({ entry_id, agent_id, agent, tournament_id }: AgentEntry) {
  return { entry_id, agent_id, agent, tournament_id };
}

/** Throws where nothing is left to run. */
function running(entry: AgentEntry): AgentEntry {
  const { tournament_status: state } = entry;
  if (entry.entry_status === "withdrawn") throw new CodedError("entry.withdrawn");
  if (state !== "completed" && state !== "cancelled") return entry;
  throw new Problem("tournament.wrong_state", `The tournament is ${state}: its agents no longer run.`, {
    members: { state },
  });
}

/** Null when the object doesn't answer: the stored state stands without it. */
async function liveState(deps: HttpDeps, entryId: string): Promise<Record<string, unknown> | null> {
  try {
    return await deps.liveState(entryId);
  } catch (error) {
    deps.log({ event: "fault", where: "live state", ...describeError(error), correlation_id: deps.correlationId });
    return null;
  }
}
