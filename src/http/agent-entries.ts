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
import { booleanQuery, pathId, uuidField } from "./fields.ts";
import { Problem } from "./problem.ts";
import { begin, queued } from "./queued.ts";
import { readStats } from "./standing.ts";
import { parseQuery } from "./validation.ts";

export const agentEntryRoutes = new Hono<HttpEnv>();

/** What an agent's prompt takes from its memory. */
const TRADES_REMEMBERED = 5;
const entryFields = { tournament_id: uuidField.optional() };
export const entryQuery = z.strictObject(entryFields);
export const runQuery = z.strictObject({ ...entryFields, recover_from_crash: booleanQuery.default(true) });

/** Of all its tournaments, at most 100: the live ones first, then the newest. */
agentEntryRoutes.get("/agents/:id/entries", async (c) => {
  parseQuery(c, z.strictObject({}));
  const { query } = c.get("deps");
  const id = pathId(c.req.param("id"), "agent.not_found");
  if (!(await readAgent(query, id))) throw new CodedError("agent.not_found");
  const rows = await readEntriesOfAgent(query, id, null);
  return c.json({ items: rows.map(({ round_open: _, ...open }) => open), next_cursor: null });
});

agentEntryRoutes.get("/agents/:id/stats", async (c) => {
  const entry = await entryFor(c, parseQuery(c, entryQuery));
  const stats = await readStats(c.get("deps").query, entry.entry_id);
  if (!stats) throw new CodedError("entry.not_found");
  return c.json({ ...names(entry), ...stats });
});

agentEntryRoutes.get("/agents/:id/memory", async (c) => {
  const entry = await entryFor(c, parseQuery(c, entryQuery));
  const { query } = c.get("deps");
  const operator = c.get("operator");
  const [last_trades, last_decision, notes] = await Promise.all([
    readLastTrades(query, entry.entry_id, TRADES_REMEMBERED),
    readLastDecision(query, entry.entry_id, operator),
    readNotes(query, entry.entry_id, operator),
  ]);
  const cap = { trades: TRADES_REMEMBERED, notes_bytes: limits.memoryBytesMax };
  return c.json({ ...names(entry), last_trades, last_decision, notes: notes ?? null, cap });
});

agentEntryRoutes.get("/agents/:id/state", async (c) => {
  const entry = await entryFor(c, parseQuery(c, entryQuery));
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
});

agentEntryRoutes.post("/agents/:id/run", requireOperator, async (c) => {
  const { recover_from_crash, ...which } = parseQuery(c, runQuery);
  const { tournament_id, agent_id } = running(await entryFor(c, which));
  const args = { tournament_id, agent_id, recover_from_crash };
  return queued(c, await begin(c.get("deps"), runAgentDecision, args));
});

agentEntryRoutes.post("/agents/:id/recover", requireOperator, async (c) => {
  const { tournament_id, agent_id } = running(await entryFor(c, parseQuery(c, entryQuery)));
  return queued(c, await begin(c.get("deps"), recoverAgentState, { tournament_id, agent_id }));
});

function entryFor(c: HttpContext, { tournament_id }: { tournament_id?: string | undefined }): Promise<AgentEntry> {
  return entryOfAgent(c.get("deps").query, pathId(c.req.param("id"), "agent.not_found"), tournament_id);
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
