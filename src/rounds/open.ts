/** Opening a round: the snapshot of its market, frozen and hashed, and who takes part. */
import { canonicalJson, sha256Hex } from "../core/canonical.ts";
import { deadlineAt } from "../core/phases.ts";
import type { Look } from "../db/statements/round-look.ts";
import { type Opened, openRound } from "../db/statements/round-open.ts";
import type { RoundPorts } from "./ports.ts";

/** The candle that must be there before a round due at `dueMs` can open: the one that closes at it. */
export function lastCandleOpenAt(look: Look, dueMs: number): number {
  return dueMs - look.source_interval_seconds * 1000;
}

/** Opens round `number`. Null when another call did, or the state no longer allows it. Its market must have been published. */
export async function open(ports: RoundPorts, look: Look, number: number, dueMs: number): Promise<Opened | null> {
  const intervalMs = look.interval_seconds * 1000;
  const market = await ports.views.at(ports.query, {
    sourceId: look.candle_source_id,
    symbols: look.symbols,
    baseMs: look.source_interval_seconds * 1000,
    intervalMs,
    dueMs,
  });
  const candles = Object.fromEntries(
    look.symbols.map((symbol) => {
      const candle = market.candles[symbol];
      if (!candle) throw new Error(`${symbol} has no candle that closes at the due time`);
      const { openAt, ...prices } = candle;
      return [symbol, { open_at: new Date(openAt).toISOString(), ...prices }];
    }),
  );
  const deadline = deadlineAt(dueMs, look.interval_seconds, look.market);
  const hash = await sha256Hex(
    canonicalJson({
      source: look.candle_source_id,
      due_at: new Date(dueMs).toISOString(),
      interval_seconds: look.interval_seconds,
      candles,
    }),
  );
  return openRound(ports.query, {
    roundId: ports.newId(),
    tournamentId: look.tournament_id,
    number,
    dueMs,
    deadlineMs: Number.isFinite(deadline) ? deadline : null,
    snapshotHash: hash,
    snapshotCandles: candles,
  });
}
