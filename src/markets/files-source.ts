/** Imported candle files: all that will ever come is stored already. */
import { readCandleSource } from "../db/statements/candle-source-read.ts";
import type { MarketSource } from "./market.ts";

export const filesSource: MarketSource = {
  kind: "files",
  async publish(query, sourceId, openAt) {
    const source = await readCandleSource(query, sourceId);
    if (source === null || openAt < Date.parse(source.firstOpenAt)) return "missing";
    return openAt <= Date.parse(source.lastOpenAt) ? "ready" : "missing";
  },
};
