/** Every kind of candle source. To add one, add its file and a line here. */
import { filesSource } from "./files-source.ts";
import type { MarketSource, StoredKind } from "./market.ts";
import { syntheticSource } from "./synthetic-source.ts";

export const marketSources: Readonly<Record<StoredKind, MarketSource>> = {
  synthetic: syntheticSource,
  files: filesSource,
};
