/** Bounds what an archive may unpack to. */
import { CandleFault } from "./row.ts";

/** Text of candles packs to a fifth; of flat candles to a thirtieth. What unpacks to more is made to fill a disk or memory. */
const RATIO_MAX = 100;
/** A small archive may unpack to this much at any ratio. */
const FREE_BYTES = 64 * 1024 * 1024;

/** Counts what was unpacked of an archive of so many bytes, of which more may come. The function that it returns throws a CandleFault. */
export function boundUnpacked(name: string, packedBytes: () => number): (bytes: number) => void {
  let unpacked = 0;
  return (bytes) => {
    unpacked += bytes;
    if (unpacked > packedBytes() * RATIO_MAX + FREE_BYTES) {
      throw new CandleFault(
        `${name}: unpacks to more than ${RATIO_MAX} times its size, which no candles do; it is refused`,
      );
    }
  };
}
