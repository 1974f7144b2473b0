/** Every kind of candle source. A new one is a file and a line here. */
import { filesSource } from "./files-source.ts";
import type { CandleSource, MarketSource } from "./market.ts";
import { syntheticSource } from "./synthetic-source.ts";

export const marketSources: Readonly<Record<CandleSource["kind"], MarketSource>> = {
  synthetic: syntheticSource,
  files: filesSource,
};
