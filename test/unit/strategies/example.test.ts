/** The strategy of docs/agents.md and its backtest: what the page says of it is so. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { breakout } from "../../../docs/examples/breakout.ts";
import type { Candle } from "../../../src/core/candle.ts";
import { WARM_UP_CANDLES } from "../../../src/core/phases.ts";
import { PROJECT } from "../../../src/local/worker/wrangler.ts";
import { startSynthetic, stepSynthetic } from "../../../src/markets/synthetic.ts";
import { strategies } from "../../../src/strategies/registry.ts";
import { INTERVAL_MS, replay } from "../../support/strategies-market.ts";

const SYMBOLS = ["BTC-USDT", "ETH-USDT", "SOL-USDT", "BNB-USDT", "XRP-USDT", "DOGE-USDT"];
const ROUNDS = 288;

/** The candles of `npm run tournament` without flags. */
function seedOne(): Record<string, Candle[]> {
  const candles: Record<string, Candle[]> = Object.fromEntries(SYMBOLS.map((symbol) => [symbol, []]));
  const from = Date.parse("2025-01-01T00:00:00Z") - WARM_UP_CANDLES * INTERVAL_MS;
  let state = startSynthetic("1", SYMBOLS);
  for (let i = 0; i < WARM_UP_CANDLES + ROUNDS; i++) {
    const step = stepSynthetic(state, from + i * INTERVAL_MS, INTERVAL_MS / 1000);
    state = step.state;
    for (const [symbol, candle] of Object.entries(step.candles)) candles[symbol]?.push(candle);
  }
  return candles;
}

test("the example is a strategy of its own, of about 20 lines, and its backtest ends as docs/agents.md says", () => {
  expect(Object.keys(strategies)).not.toContain(breakout.key);
  const page = readFileSync(join(PROJECT, "docs/agents.md"), "utf8");
  const code = /```ts\n([\s\S]+?)```/.exec(page)?.[1] ?? "";
  expect(code.split("\n").filter((line) => line !== "").length).toBeLessThanOrEqual(22);
  const player = { name: "Breaker", strategy: breakout, limits: breakout.limits };
  const [outcome] = replay({ symbols: SYMBOLS, candles: seedOne() }, [player], ROUNDS);
  const [, trades, equity] = /makes (\d+) trades and ends with (\S+) of its 500/.exec(page) ?? [];
  expect(outcome).toMatchObject({ trades: Number(trades), equity, refused: [] });
});
