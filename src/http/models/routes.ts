/** What models did and cost: /tournaments/{id}/costs, and the recorded steps of a decision. */
import { Hono } from "hono";
import { z } from "zod";
import { modelConfigSchema, tighterBudget } from "../../core/agents/model-config.ts";
import { CodedError } from "../../core/error-codes.ts";
import { decimal, text, ZERO } from "../../core/money.ts";
import { type Rules, rulesSchema } from "../../core/rules.ts";
import { type CostRow, readCosts } from "../../db/statements/models/costs.ts";
import { BUDGET_WARNING_SHARE } from "../../db/statements/models/short-of-money.ts";
import { readContents, readStepsOfRound, type StepRow } from "../../db/statements/models/steps-of-round.ts";
import { readRound } from "../../db/statements/rounds/read.ts";
import { isPriceKnown } from "../../rounds/models/prices.ts";
import type { HttpEnv } from "../context.ts";
import { roundNumber, uuidField } from "../request/fields.ts";
import { idOf, queryOf } from "../request/inputs.ts";
import { seesAll, seesSecretsOf } from "../session/caller.ts";
import { requireTournament } from "../tournaments/wire.ts";

const costsQuery = z.strictObject({ agent_id: uuidField.optional(), by: z.literal("round").optional() });
const stepsQuery = z.strictObject({ agent_id: uuidField });
const ITEMS_MAX = 10_000;
const OVER: readonly string[] = ["completed", "cancelled"];

export const modelRoutes = new Hono<HttpEnv>()
  .get("/tournaments/:id/costs", queryOf(costsQuery), idOf("tournament.not_found"), async (c) => {
    const { query } = c.get("deps");
    const { agent_id: agentId = null, by } = c.req.valid("query");
    const { id, rules } = await requireTournament(query, c.req.valid("param").id);
    const rows = await readCosts(query, id, agentId, by === "round", ITEMS_MAX);
    const items = await Promise.all(rows.map((row) => costOf(row, rulesSchema.parse(rules), by === "round")));
    return c.json({ items, totals: totalsOf(items) });
  })
  .get("/tournaments/:id/rounds/:number/steps", queryOf(stepsQuery), idOf("tournament.not_found"), async (c) => {
    const { query } = c.get("deps");
    const { agent_id: agentId } = c.req.valid("query");
    const { id, status } = await requireTournament(query, c.req.valid("param").id);
    const number = roundNumber.safeParse(c.req.param("number"));
    const round = number.success ? await readRound(query, id, number.data) : null;
    if (!round) throw new CodedError("round.not_found");
    const own = seesAll(c) || seesSecretsOf(c, agentId);
    // An open round's decisions are secret, and so is how they come about.
    const hidden = !own && (round.state === "open" || round.state === "scheduled");
    const rows = hidden ? [] : await readStepsOfRound(query, round.id, agentId);
    const prompt_hidden = !own && !OVER.includes(status);
    const answers = rows.flatMap(({ answer_hash }) => answer_hash ?? []);
    const contents = await readContents(query, prompt_hidden ? answers : [...answers, ...rows.flatMap(hashesOf)]);
    const isOver = round.state !== "open";
    const steps = rows.map((row) => ({ ...stepOf(row), lost: isOver && row.state === "reserved" }));
    return c.json({ hidden, prompt_hidden, fault: rows[0]?.fault ?? null, steps, contents });
  });

function hashesOf({ request: { head, messages } }: StepRow): string[] {
  return [head, ...messages.flatMap(({ parts }) => parts.map(({ hash }) => hash))];
}

function stepOf({ agent_id: _, agent: __, entry_id: ___, fault: ____, sent_at, ...row }: StepRow) {
  const excess_tokens = Math.max(0, row.input_tokens + row.output_tokens - row.reserved_tokens);
  return { ...row, sent_at: new Date(sent_at).toISOString(), excess_tokens };
}

async function costOf(row: CostRow, rules: Rules, byRound: boolean) {
  const config = modelConfigSchema.parse(row.llm);
  const { usd_total } = tighterBudget(config.budget, rules.model_budget);
  const usd = (await isPriceKnown(config)) ? (row.usd ?? "0") : null;
  const left =
    usd_total === undefined || byRound || usd === null ? null : decimal(usd_total).minus(usd).minus(row.held_usd);
  const { agent_id, agent, round, calls, input_tokens, output_tokens, estimated, excess_tokens } = row;
  return {
    agent_id,
    agent,
    model: config.model,
    ...(round === null ? {} : { round }),
    calls,
    input_tokens,
    output_tokens,
    /** Null: the model's price is unknown. */
    usd,
    estimated,
    excess_tokens,
    budget_usd: usd_total ?? null,
    budget_left_usd: left && text(left.lt(ZERO) ? ZERO : left),
    /** Four fifths of the budget are spent. */
    budget_warning:
      left !== null && usd !== null && decimal(usd).gte(decimal(usd_total ?? "0").times(BUDGET_WARNING_SHARE)),
  };
}

type Cost = Awaited<ReturnType<typeof costOf>>;

function totalsOf(items: readonly Cost[]) {
  const sum = (of: (item: Cost) => number) => items.reduce((all, item) => all + of(item), 0);
  return {
    calls: sum(({ calls }) => calls),
    input_tokens: sum(({ input_tokens }) => input_tokens),
    output_tokens: sum(({ output_tokens }) => output_tokens),
    /** The sum of those whose price is known. */
    usd: text(items.reduce((all, { usd }) => all.plus(usd ?? "0"), ZERO)),
    estimated: items.some(({ estimated }) => estimated),
    unpriced: items.filter(({ usd }) => usd === null).length,
  };
}
