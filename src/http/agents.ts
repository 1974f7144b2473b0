/** /agents: who trades. Configuration and owner are for operators. */
import { Hono } from "hono";
import { z } from "zod";
import { CodedError } from "../core/error-codes.ts";
import type { AgentRow } from "../db/statements/api-agents.ts";
import { deleteAgent } from "../db/statements/api-delete-agent.ts";
import { insertAgent } from "../db/statements/api-insert-agent.ts";
import { listAgents } from "../db/statements/api-list-agents.ts";
import { readAgent } from "../db/statements/api-read-agent.ts";
import { type AgentPatch, updateAgent } from "../db/statements/api-update-agent.ts";
import { isStrategyKey, strategies } from "../strategies/registry.ts";
import { agentBody, agentListQuery, agentPatchBody } from "./agent-bodies.ts";
import { refuseLimitsOfBaseline, strategyOf } from "./agent-strategy.ts";
import { requireOperator } from "./auth.ts";
import type { HttpEnv } from "./context.ts";
import { idOf, jsonBody, queryOf } from "./inputs.ts";
import { idKey, page, readCursor } from "./paging.ts";
import { invalid } from "./validation.ts";

export const agentRoutes = new Hono<HttpEnv>()
  .get("/agents", queryOf(agentListQuery), async (c) => {
    const { limit, cursor, q, strategy_type } = c.req.valid("query");
    const list = `agents ${JSON.stringify([q, strategy_type])}`;
    const before = readCursor(cursor, list, idKey);
    const rows = await listAgents(c.get("deps").query, {
      q: q || null,
      strategyType: strategy_type ?? null,
      before: before?.[0] ?? null,
      limit: limit + 1,
    });
    const operator = c.get("operator");
    return c.json(
      page(
        rows,
        limit,
        list,
        (row) => [row.id],
        (row) => wireAgent(row, operator),
      ),
    );
  })
  .post("/agents", requireOperator, jsonBody(agentBody), async (c) => {
    const body = c.req.valid("json");
    const strategy = strategyOf(body);
    if (strategy === null) {
      throw invalid([{ path: "strategy_type", message: "is needed, or strategy" }]);
    }
    refuseLimitsOfBaseline(strategy.type, body);
    const { query, newId } = c.get("deps");
    const config = body.config ?? {};
    const row = await insertAgent(query, {
      id: newId(),
      name: body.name,
      personality: body.personality ?? "",
      strategy_type: strategy.type,
      strategy: strategy.key,
      baseline: strategy.type === "baseline",
      avatar_url: body.avatar_url ?? null,
      owner: body.owner ?? null,
      config:
        body.risk_score === undefined
          ? config
          : { ...config, limits: { ...config.limits, risk_score: body.risk_score } },
    });
    c.header("location", `/agents/${row.id}`);
    return c.json(wireAgent(row, true), 201);
  })
  .get("/agents/:id", idOf("agent.not_found"), async (c) => {
    const row = await readAgent(c.get("deps").query, c.req.valid("param").id);
    if (!row) throw new CodedError("agent.not_found");
    return c.json(wireAgent(row, c.get("operator")));
  })
  /** Entries that are there keep what they froze. */
  .patch("/agents/:id", requireOperator, idOf("agent.not_found"), jsonBody(agentPatchBody), async (c) => {
    const { id } = c.req.valid("param");
    const body = c.req.valid("json");
    const { query } = c.get("deps");
    const strategy = strategyOf(body);
    // Without a strategy of its own, what it says is of the one that is stored.
    refuseLimitsOfBaseline(strategy?.type ?? (await readAgent(query, id))?.strategy_type, body);
    const named = strategy
      ? { strategy: strategy.key, strategy_type: strategy.type, baseline: strategy.type === "baseline" }
      : {};
    const row = await updateAgent(query, id, { ...defined(body), ...named });
    if (row) return c.json(wireAgent(row, true));
    throw new CodedError((await readAgent(query, id)) ? "agent.archived" : "agent.not_found");
  })
  .delete("/agents/:id", requireOperator, idOf("agent.not_found"), async (c) => {
    const { id } = c.req.valid("param");
    if (!(await deleteAgent(c.get("deps").query, id))) throw new CodedError("agent.not_found");
    return c.body(null, 204);
  });

/** Without the keys of undefined, which mean "leave it". */
function defined(body: z.infer<typeof agentPatchBody>): AgentPatch {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}

const withRisk = z.object({ limits: z.object({ risk_score: z.coerce.number() }) });

function wireAgent(row: AgentRow, operator: boolean) {
  const { owner, config, ...open } = row;
  const own = withRisk.safeParse(config);
  const house = isStrategyKey(row.strategy) ? strategies[row.strategy].limits?.risk_score : undefined;
  const risk_score = row.baseline ? null : own.success ? own.data.limits.risk_score : house ? Number(house) : null;
  return { ...open, risk_score, ...(operator ? { owner, config } : {}) };
}
