/** A round that is no round: what POST /agents/{id}/webhook/test sends. Its prices are made up. */
import { type AgonusRound, ROUND_CONTRACT } from "../../../api/round.ts";
import { WARM_UP_CANDLES } from "../../../core/phases.ts";

const NOBODY = "00000000-0000-0000-0000-000000000000";
const INTERVAL_SECONDS = 300;
const SYMBOL = "BTC-USDT";

export function sampleRound(nowMs: number): AgonusRound {
  const dueMs = Math.floor(nowMs / (INTERVAL_SECONDS * 1000)) * INTERVAL_SECONDS * 1000;
  const price = (n: number) => (100_000 + ((n * 37) % 230)).toFixed(1);
  const candles = Array.from({ length: WARM_UP_CANDLES }, (_, n): Candle => {
    const openAt = new Date(dueMs - (WARM_UP_CANDLES - n) * INTERVAL_SECONDS * 1000).toISOString();
    return [openAt.replace(".000Z", "Z"), price(n), "100230", "99999.9", price(n + 1), "12.5"];
  });
  return {
    contract: ROUND_CONTRACT,
    tournament: { id: NOBODY, name: "Sample", interval_seconds: INTERVAL_SECONDS, quote: "USDT", rules_hash: "" },
    round: {
      number: 0,
      due_at: new Date(dueMs).toISOString(),
      deadline_at: new Date(nowMs + INTERVAL_SECONDS * 500).toISOString(),
      seconds_left: INTERVAL_SECONDS / 2,
      snapshot_hash: "",
    },
    market: { [SYMBOL]: { price: price(WARM_UP_CANDLES), candles, indicators: { rsi14: 50 } } },
    portfolio: { cash: "1000", equity: "1000", positions: [] },
    limits: { risk_score: "0.5", max_position_share: "0.25", cash_reserve_share: "0.2", max_trades_per_round: 2 },
    standing: { rank: null, of: 0, return: 0 },
    memory: { last_trades: [], last_decision: null, notes: {} },
  };
}

type Candle = AgonusRound["market"][string]["candles"][number];
