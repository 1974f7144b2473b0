/** GET /tournaments/{id}/rules: the rules as data. Open to all. */
import { Hono } from "hono";
import type { TournamentRules } from "../../api/tournament-rules.ts";
import { errorCodes } from "../../core/error-codes.ts";
import { limits } from "../../core/limits.ts";
import { isReplay, roundCount, windowMs } from "../../core/phases.ts";
import { rulesSchema } from "../../core/rules.ts";
import type { TournamentRow } from "../../db/statements/tournaments/columns.ts";
import { defaultLimits } from "../../rounds/freeze-entry.ts";
import { answerSecondsOf } from "../../rounds/open.ts";
import type { HttpEnv } from "../context.ts";
import { idOf } from "../request/inputs.ts";
import { requireTournament } from "./wire.ts";

const refusals = Object.entries(errorCodes)
  .filter(([code]) => code.startsWith("trading."))
  .map(([code, { sentence: detail }]) => ({ code, detail }));

export const tournamentRuleRoutes = new Hono<HttpEnv>().get(
  "/tournaments/:id/rules",
  idOf("tournament.not_found"),
  async (c) => c.json(rulesOf(await requireTournament(c.get("deps").query, c.req.valid("param").id))),
);

function rulesOf(row: TournamentRow): TournamentRules {
  const { id, name, status, market, symbols, interval_seconds, starts_at, ends_at, starting_cash, rules_hash } = row;
  const rules = rulesSchema.parse(row.rules);
  return {
    tournament_id: id,
    name,
    status,
    market,
    symbols,
    quote: symbols[0]?.split("-").at(-1) ?? "",
    starts_at,
    ends_at,
    interval_seconds,
    rounds: roundCount(Date.parse(starts_at), Date.parse(ends_at), interval_seconds),
    deadline_seconds: isReplay(market) ? answerSecondsOf(row) : windowMs(interval_seconds) / 1000,
    starting_cash,
    min_order: rules.min_order,
    fees: { fee_bps: rules.fee_bps, half_spread_bps: rules.half_spread_bps, slippage_bps: rules.slippage_bps },
    limits: defaultLimits,
    decision: {
      per_round: 1,
      orders_max: limits.ordersMax,
      reasoning_chars_max: limits.reasoningCharsMax,
      notes_bytes_max: limits.memoryBytesMax,
      body_bytes_max: limits.decisionBytesMax,
      halted_after_misses: limits.missesMax,
    },
    refusals,
    ranking: {
      by: "equity",
      order: "descending",
      ties: "share a rank",
      equity: "cash and positions at the middle price at which the round's orders filled",
      baselines: "not ranked",
    },
    model_budget: rules.model_budget ?? null,
    qualified_only: rules.qualified_only ?? false,
    rules_hash,
  };
}
