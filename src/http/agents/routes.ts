/** /agents: the traders. Operators alone see their configuration and owner. */
import { Hono } from "hono";
import { z } from "zod";
import { CodedError } from "../../core/error-codes.ts";
import type { Query } from "../../db/query.ts";
import type { AgentRow } from "../../db/statements/agents/columns.ts";
import { deleteAgent } from "../../db/statements/agents/delete.ts";
import { insertAgent } from "../../db/statements/agents/insert.ts";
import { listAgents } from "../../db/statements/agents/list.ts";
import { readAgent } from "../../db/statements/agents/read.ts";
import { type AgentResults, readAgentResults } from "../../db/statements/agents/results.ts";
import { type AgentPatch, updateAgent } from "../../db/statements/agents/update.ts";
import { isStrategyKey, strategies } from "../../strategies/registry.ts";
import type { HttpEnv } from "../context.ts";
import { Problem } from "../problem.ts";
import { idOf, jsonBody, queryOf } from "../request/inputs.ts";
import { ownId, readPageById } from "../request/paging.ts";
import { callerOf, seesAll, seesSecretsOf } from "../session/caller.ts";
import { requireAgentOrOperator, requireOperator } from "../session/rights.ts";
import { type AgentPatchBody, agentBody, agentListQuery, agentPatchBody } from "./bodies.ts";
import { refuseOtherModel, refuseUnusableModel } from "./model.ts";
import { secretsOfNew } from "./new-webhook.ts";
import {
  refuseLimitsOfBaseline,
  refuseSettingsOfHouse,
  refuseUnfitParams,
  strategyOf,
  strategyOfNew,
} from "./strategy.ts";

/** What an agent may change of itself. */
const PROFILE: readonly string[] = ["name", "personality", "avatar_url"];

export const agentRoutes = new Hono<HttpEnv>()
  .get("/agents", queryOf(agentListQuery), async (c) => {
    const { q, strategy_type, baseline, results, ...asked } = c.req.valid("query");
    const { query } = c.get("deps");
    const filter = { q: q || null, strategyType: strategy_type ?? null, baseline: baseline ?? null };
    const agents = await readPageById(asked, {
      name: `agents ${JSON.stringify([q, strategy_type, baseline])}`,
      idOf: ownId,
      read: (before, limit) => listAgents(query, { ...filter, before, limit }),
      toItem: (row) => wireAgent(row, seesAll(c)),
    });
    const items: readonly Listed[] = results ? await withResults(query, agents.items) : agents.items;
    return c.json({ ...agents, items });
  })
  .post("/agents", requireOperator, jsonBody(agentBody), async (c) => {
    const body = c.req.valid("json");
    const strategy = strategyOfNew(body);
    const { query, newId, models } = c.get("deps");
    await refuseUnusableModel(body.config, models);
    const config = body.config ?? {};
    const id = newId();
    const secrets = await secretsOfNew(c, id, body);
    const agent = {
      id,
      name: body.name,
      personality: body.personality ?? "",
      strategy_type: strategy.type,
      strategy: strategy.key,
      baseline: strategy.type === "baseline",
      kind: body.kind ?? "house",
      avatar_url: body.avatar_url ?? null,
      owner: body.owner ?? null,
      config:
        body.risk_score === undefined
          ? config
          : { ...config, limits: { ...config.limits, risk_score: body.risk_score } },
    };
    const row = await insertAgent(query, agent, secrets?.stored);
    c.header("location", `/agents/${row.id}`);
    return c.json({ ...wireAgent(row, true), ...secrets?.shown }, 201);
  })
  .get("/agents/:id", idOf("agent.not_found"), async (c) => {
    const row = await readAgent(c.get("deps").query, c.req.valid("param").id);
    if (!row) throw new CodedError("agent.not_found");
    return c.json(wireAgent(row, seesSecretsOf(c, row.id)));
  })
  /** Existing entries keep the settings that they froze. */
  .patch("/agents/:id", requireAgentOrOperator, idOf("agent.not_found"), jsonBody(agentPatchBody), async (c) => {
    const { id } = c.req.valid("param");
    const body = c.req.valid("json");
    const { query, models } = c.get("deps");
    if (callerOf(c).role === "agent") refuseMoreThanProfile(body);
    const strategy = strategyOf(body);
    // What the change does not name stays as it is stored, and must fit what the change names.
    const stored = await readAgent(query, id);
    if (stored && stored.kind !== "house") refuseSettingsOfHouse(body);
    if (stored) await refuseOtherModel(stored, body, models);
    const runs = strategy ?? (stored && isStrategyKey(stored.strategy) ? strategies[stored.strategy] : null);
    refuseLimitsOfBaseline(runs?.type, body);
    const config = body.config ?? (strategy ? stored?.config : undefined);
    if (runs && config) refuseUnfitParams(runs, config);
    const named = strategy
      ? { strategy: strategy.key, strategy_type: strategy.type, baseline: strategy.type === "baseline" }
      : {};
    const row = await updateAgent(query, id, { ...defined(body), ...named });
    if (row) return c.json(wireAgent(row, true));
    throw new CodedError(stored ? "agent.archived" : "agent.not_found");
  })
  .delete("/agents/:id", requireOperator, idOf("agent.not_found"), async (c) => {
    const { id } = c.req.valid("param");
    if (!(await deleteAgent(c.get("deps").query, id))) throw new CodedError("agent.not_found");
    return c.body(null, 204);
  });

/** Throws when an agent's own key changes more than how the agent presents itself. */
function refuseMoreThanProfile(body: AgentPatchBody): void {
  const more = Object.keys(body).filter((name) => !PROFILE.includes(name));
  if (more.length === 0) return;
  const errors = more.map((path) => ({ path, message: "can be changed by operators only" }));
  throw new Problem("auth.forbidden", `An agent's key changes ${PROFILE.join(", ")} and nothing else.`, {
    errors,
    members: { needed_roles: ["operator", "admin"] },
  });
}

type Listed = ReturnType<typeof wireAgent> & { readonly results?: AgentResults | null };

async function withResults(query: Query, agents: readonly Listed[]): Promise<readonly Listed[]> {
  const found = await readAgentResults(
    query,
    agents.map(({ id }) => id),
  );
  return agents.map((agent) => ({ ...agent, results: found.get(agent.id) ?? null }));
}

/** Drops the keys that are undefined: their columns stay as they are. */
function defined(body: AgentPatchBody): AgentPatch {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}

const withRisk = z.object({ limits: z.object({ risk_score: z.coerce.number() }) });

function wireAgent(row: AgentRow, operator: boolean) {
  const { owner, config, practice, ...open } = row;
  const own = withRisk.safeParse(config);
  const house = isStrategyKey(row.strategy) ? strategies[row.strategy].limits?.risk_score : undefined;
  const risk_score = row.baseline ? null : own.success ? own.data.limits.risk_score : house ? Number(house) : null;
  return { ...open, risk_score, ...(operator ? { owner, config } : {}) };
}
