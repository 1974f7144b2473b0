/** Seeded chance: the same text gives the same numbers on every machine. */
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";

export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A whole number in [0, n); n is at least 1. */
  int(n: number): number;
  /** Standard normal. */
  gaussian(): number;
}

/** FNV-1a of 32 bits over UTF-16 units, finished as murmur3 does, so that similar texts get very different hashes. */
export function hash32(text: string, basis = 0x811c9dc5): number {
  let hash = basis;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * A generator made from a text such as "seed:agent:round". All 128 bits of its state come from the text: with 32 bits, some
 * of the millions of seeds of a large tournament would be equal.
 */
export function seededRandom(seed: string): Random {
  return randomOf([0x811c9dc5, 0x01234567, 0x5bd1e995, 0x9e3779b9].map((basis) => hash32(seed, basis) | 0));
}

/** A generator from its whole state: four signed whole numbers of 32 bits. */
export function randomOf(state: readonly number[]): Random {
  // A state of zeros would give zeros for ever.
  const generator = xoroshiro128plusFromState(state.some((part) => part !== 0) ? [...state] : [1, 0, 0, 0]);
  const next = () => uniformFloat64(generator);
  let spare: number | null = null;
  return {
    next,
    int: (n) => uniformInt(generator, 0, n - 1),
    // Marsaglia's polar method. It uses only Math.log and Math.sqrt, whose results are the same on all our engines.
    gaussian() {
      if (spare !== null) {
        const value = spare;
        spare = null;
        return value;
      }
      for (;;) {
        const x = 2 * next() - 1;
        const y = 2 * next() - 1;
        const square = x * x + y * y;
        if (square >= 1 || square === 0) continue;
        const scale = Math.sqrt((-2 * Math.log(square)) / square);
        spare = y * scale;
        return x * scale;
      }
    },
  };
}
