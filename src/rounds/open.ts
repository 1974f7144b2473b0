/** Opening a round: the snapshot of its market, frozen and hashed, and who takes part. */
import { deadlineAt } from "../core/phases.ts";
import { rulesSchema } from "../core/rules.ts";
import { canonicalJson, sha256Hex } from "../core/text/canonical.ts";
import { isVenueName } from "../core/venue-names.ts";
import type { Look } from "../db/statements/rounds/look.ts";
import { type Opened, openRound } from "../db/statements/rounds/open.ts";
import type { MarketView } from "./market-view.ts";
import type { RoundPorts } from "./ports.ts";

/** How long an agent from outside has for its answer in a replay, without a rule that says otherwise. */
const ANSWER_SECONDS = 60;

export function answerSecondsOf({ rules }: Pick<Look, "rules">): number {
  return rulesSchema.parse(rules).answer_seconds ?? ANSWER_SECONDS;
}

/** Where the candles of a round are. */
export interface CandlesOf {
  readonly sourceId: string;
  readonly baseSeconds: number;
}

/** The candle that must be there before a round due at `dueMs` can open: the one that closes at it. */
export function lastCandleOpenAt(look: Look, dueMs: number): number {
  return dueMs - look.source_interval_seconds * 1000;
}

/**
 * Opens round `number`. Null when another call did, or the state no longer allows it. Its market must have been published.
 * `source`: the candles that it opens with, the tournament's own or another venue's.
 */
export async function open(
  ports: RoundPorts,
  look: Look,
  number: number,
  dueMs: number,
  source: CandlesOf = { sourceId: look.candle_source_id, baseSeconds: look.source_interval_seconds },
): Promise<Opened | null> {
  const market = await ports.views.at(ports.query, {
    sourceId: source.sourceId,
    symbols: look.symbols,
    baseMs: source.baseSeconds * 1000,
    intervalMs: look.interval_seconds * 1000,
    dueMs,
    hasGaps: isVenueName(look.market),
  });
  const { candles, hash } = await snapshotOf(look, market, dueMs, source.sourceId);
  const deadline = deadlineAt(dueMs, look.interval_seconds, look.market);
  return openRound(ports.query, {
    roundId: ports.newId(),
    tournamentId: look.tournament_id,
    number,
    dueMs,
    deadlineMs: Number.isFinite(deadline) ? deadline : null,
    snapshotHash: hash,
    snapshotSourceId: source.sourceId === look.candle_source_id ? null : source.sourceId,
    snapshotCandles: candles,
    answerSeconds: answerSecondsOf(look),
    by: ports.by,
  });
}

/** The snapshot of a market: the last closed candles, as they are stored, and their hash. */
export async function snapshotOf(
  { symbols, interval_seconds }: Pick<Look, "symbols" | "interval_seconds">,
  market: MarketView,
  dueMs: number,
  sourceId: string,
): Promise<{ readonly candles: Readonly<Record<string, unknown>>; readonly hash: string }> {
  const candles = Object.fromEntries(
    symbols.map((symbol) => {
      const candle = market.candles[symbol];
      if (!candle) throw new Error(`${symbol} has no candle that closes at the due time`);
      const { openAt, ...prices } = candle;
      return [symbol, { open_at: new Date(openAt).toISOString(), ...prices }];
    }),
  );
  const due_at = new Date(dueMs).toISOString();
  return { candles, hash: await sha256Hex(canonicalJson({ source: sourceId, due_at, interval_seconds, candles })) };
}
