/** A replay on stored synthetic candles, as a body of POST /tournaments. */
import { uuidv7 } from "uuidv7";
import { WARM_UP_CANDLES } from "../../src/core/phases.ts";
import type { Query } from "../../src/db/query.ts";
import { createSyntheticSource } from "../../src/markets/create-source.ts";
import { fillSynthetic } from "../../src/markets/synthetic-source.ts";

const INTERVAL_SECONDS = 300;
const SYMBOLS = ["BTC-USDT", "ETH-USDT"];

/** Stores the candles and answers the body. */
export async function syntheticReplay(
  query: Query,
  rounds: number,
  agentIds: readonly string[],
  rules: Record<string, unknown> = {},
): Promise<object> {
  const source = `synthetic:${uuidv7()}`;
  const firstOpenAt = Date.UTC(2026, 0, 1);
  const startsAt = firstOpenAt + WARM_UP_CANDLES * INTERVAL_SECONDS * 1000;
  const endsAt = startsAt + rounds * INTERVAL_SECONDS * 1000;
  const market = { id: source, seed: "replay", symbols: SYMBOLS, intervalSeconds: INTERVAL_SECONDS, firstOpenAt };
  await createSyntheticSource(query, market);
  const filled = await fillSynthetic(query, source, endsAt);
  if (filled !== "ready") throw new Error(`the candles are ${filled}`);
  return {
    name: `Replay ${uuidv7()}`,
    market: "replay",
    symbols: SYMBOLS,
    starts_at: new Date(startsAt).toISOString(),
    ends_at: new Date(endsAt).toISOString(),
    interval_seconds: INTERVAL_SECONDS,
    rules: { candle_source: source, seed: "replay", ...rules },
    agent_ids: agentIds,
  };
}
