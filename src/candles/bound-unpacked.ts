/** Bounds what an archive may unpack to. */
import { CandleFault } from "./row.ts";

/** Text of candles packs to a fifth of its size, and text of flat candles to a thirtieth. An archive that packs tighter is an attack on disk or memory. */
const RATIO_MAX = 100;
/** Comes on top, so that a small archive may have any ratio. The message names it as 64 MB. */
const FREE_BYTES = 64 * 1024 * 1024;

/**
 * Returns a function that counts unpacked bytes and throws a CandleFault above the bound. `packedBytes` tells how much of the
 * archive has been read so far.
 */
export function boundUnpacked(name: string, packedBytes: () => number): (bytes: number) => void {
  let unpacked = 0;
  return (bytes) => {
    unpacked += bytes;
    if (unpacked > packedBytes() * RATIO_MAX + FREE_BYTES) {
      throw new CandleFault(
        `${name}: unpacks to more than ${RATIO_MAX} times its size and 64 MB, which no candles do; it is refused`,
      );
    }
  };
}
