/** GET /strategies: what an agent can run, with the limits and parameters that it can set. Open to all. */
import { Hono } from "hono";
import { z } from "zod";
import { limitsOf } from "../../rounds/freeze-entry.ts";
import { strategies } from "../../strategies/registry.ts";
import { paramsOf, type Strategy } from "../../strategies/strategy.ts";
import type { HttpEnv } from "../context.ts";

export const strategyRoutes = new Hono<HttpEnv>().get("/strategies", (c) =>
  c.json({ items: Object.values<Strategy>(strategies).map(wireStrategy), next_cursor: null }),
);

function wireStrategy(strategy: Strategy) {
  const { key, type, description } = strategy;
  return {
    strategy: key,
    strategy_type: type,
    description,
    /** What an agent gets that sets none of its own. Null for baselines. */
    limits: limitsOf(strategy),
    /** JSON Schema of an agent's `config.params`. */
    params: z.toJSONSchema(paramsOf(strategy), { io: "input", unrepresentable: "any" }),
  };
}
