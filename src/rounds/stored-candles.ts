/** The candles of a market that makes them, or has all of them stored. */
import { isReplay } from "../core/phases.ts";
import { isVenueName } from "../core/venue-names.ts";
import type { Look } from "../db/statements/rounds/look.ts";
import { lastCandleOpenAt } from "./open.ts";
import type { RoundPorts } from "./ports.ts";
import { UnusableMarket } from "./unusable-market.ts";

/** Whether the candle that opens at `openAt` (epoch ms), and all before it, are stored. A market that makes its candles makes it. */
export function publish(ports: RoundPorts, look: Look, openAt: number): Promise<"ready" | "not_yet" | "missing"> {
  if (openAt <= look.source_last_open_ms) return Promise.resolve("ready");
  const { source_kind: kind } = look;
  if (isVenueName(kind)) throw new Error("a venue's candles are asked for and not made");
  return ports.markets[kind].publish(ports.query, look.candle_source_id, openAt);
}

/** What round `number` opens with. `soonMs`: when to look again for a candle that is not there yet. */
export async function storedCandles(ports: RoundPorts, look: Look, number: number, dueMs: number, soonMs: number) {
  const published = await publish(ports, look, lastCandleOpenAt(look, dueMs));
  if (published === "not_yet") return { kind: "not_yet", afterMs: soonMs } as const;
  if (published === "ready") {
    const { candle_source_id: sourceId, source_interval_seconds: baseSeconds } = look;
    return { kind: "ready", sourceId, baseSeconds } as const;
  }
  if (isReplay(look.market)) throw new UnusableMarket(`the candles before round ${number} will never come`);
  return { kind: "skip", reason: "no_candles" } as const;
}
