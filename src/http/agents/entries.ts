/** /agents/{id}/stats, memory, state, run, recover: an agent in one tournament. */
import { Hono } from "hono";
import { z } from "zod";
import { CodedError } from "../../core/error-codes.ts";
import { limits } from "../../core/limits.ts";
import { readAgent } from "../../db/statements/agents/read.ts";
import { readLastDecision, readLastTrades, readNotes } from "../../db/statements/entries/memory.ts";
import type { AgentEntry } from "../../db/statements/entries/of-agent.ts";
import { readResultsOfAgent } from "../../db/statements/entries/results-of-agent.ts";
import { readStoredState } from "../../db/statements/entries/state.ts";
import { describeError } from "../../log.ts";
import { recoverAgentState } from "../../tasks/recover-agent-state.ts";
import { runAgentDecision } from "../../tasks/run-agent-decision.ts";
import type { HttpContext, HttpEnv } from "../context.ts";
import type { HttpDeps } from "../deps.ts";
import { Problem } from "../problem.ts";
import { booleanQuery, uuidField } from "../request/fields.ts";
import { idOf, queryOf } from "../request/inputs.ts";
import { seesSecretsOf } from "../session/caller.ts";
import { requireOperator } from "../session/rights.ts";
import { begin, queued } from "../tasks/begin.ts";
import { entryOfAgent } from "./entry-of-agent.ts";
import { readPlans } from "./plans.ts";
import { readStats } from "./standing.ts";

/** As many trades as an agent's prompt takes from its memory. */
const TRADES_REMEMBERED = 5;
const entryFields = { tournament_id: uuidField.optional() };
const entryQuery = z.strictObject(entryFields);
const runQuery = z.strictObject({ ...entryFields, recover_from_crash: booleanQuery.default(true) });

export const agentEntryRoutes = new Hono<HttpEnv>()
  /** The agent's entries, at most 100: those of live tournaments first, then the newest. */
  .get("/agents/:id/entries", idOf("agent.not_found"), async (c) => {
    const { query } = c.get("deps");
    const { id } = c.req.valid("param");
    if (!(await readAgent(query, id))) throw new CodedError("agent.not_found");
    return c.json({ items: await readResultsOfAgent(query, id), next_cursor: null });
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
    const operator = seesSecretsOf(c, entry.agent_id);
    const [last_trades, last_decision, notes] = await Promise.all([
      readLastTrades(query, entry.entry_id, TRADES_REMEMBERED),
      readLastDecision(query, entry.entry_id, operator),
      readNotes(query, entry.entry_id, operator),
    ]);
    const cap = { trades: TRADES_REMEMBERED, notes_bytes: limits.memoryBytesMax };
    // Notes that are hidden hide the mind that was stored with them.
    const kept = notes?.mind ? await readPlans(query, entry) : { theses: [], plan_steps: [] };
    const written = notes && { notes: notes.notes, round: notes.round, hidden: notes.hidden };
    return c.json({ ...names(entry), last_trades, last_decision, notes: written, ...kept, cap });
  })
  .get("/agents/:id/state", queryOf(entryQuery), idOf("agent.not_found"), async (c) => {
    const entry = await entryFor(c, c.req.valid("param").id, c.req.valid("query"));
    const deps = c.get("deps");
    const operator = seesSecretsOf(c, entry.agent_id);
    // What the object holds of an open round is as secret as the decision itself.
    const wasOpen = entry.round_open && !operator;
    const held = wasOpen ? null : await liveState(deps, entry.entry_id);
    const [stored, last_decision] = await Promise.all([
      readStoredState(deps.query, entry.entry_id, operator),
      readLastDecision(deps.query, entry.entry_id, operator),
    ]);
    if (!stored) throw new CodedError("entry.not_found");
    const { round_open, ...account } = stored;
    // A round may have opened before the object answered. The row is read after the answer, so it shows that round.
    const live_hidden = wasOpen || (round_open && !operator);
    return c.json({ ...names(entry), ...account, last_decision, live: live_hidden ? null : held, live_hidden });
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

/** Throws when the entry is withdrawn or its tournament is over. */
function running(entry: AgentEntry): AgentEntry {
  const { tournament_status: state } = entry;
  if (entry.entry_status === "withdrawn") throw new CodedError("entry.withdrawn");
  if (state !== "completed" && state !== "cancelled") return entry;
  throw new Problem("tournament.wrong_state", `The tournament is ${state}: its agents no longer decide.`, {
    members: { state },
  });
}

/** Null when the object doesn't answer. The stored state is then the whole answer. */
async function liveState(deps: HttpDeps, entryId: string): Promise<Record<string, unknown> | null> {
  try {
    return await deps.liveState(entryId);
  } catch (error) {
    deps.log({ event: "fault", where: "live state", ...describeError(error), correlation_id: deps.correlationId });
    return null;
  }
}
