/** The source of imported candle files. All its candles are stored already. */
import { readCandleSource } from "../db/statements/markets/read-candle-source.ts";
import type { MarketSource } from "./market.ts";

export const filesSource: MarketSource = {
  kind: "files",
  async publish(query, sourceId, openAt) {
    const source = await readCandleSource(query, sourceId);
    if (source === null || openAt < Date.parse(source.firstOpenAt)) return "missing";
    return openAt <= Date.parse(source.lastOpenAt) ? "ready" : "missing";
  },
};
