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

/** 32 bits of FNV-1a over UTF-16 units, with the finaliser of murmur3, so that near texts land far apart. */
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
 * A generator from a text such as "seed:agent:round". Its whole state of 128 bits comes from the text: with 32, some
 * of a large tournament's millions of seeds would be the same.
 */
export function seededRandom(seed: string): Random {
  const state = [0x811c9dc5, 0x01234567, 0x5bd1e995, 0x9e3779b9].map((basis) => hash32(seed, basis) | 0);
  // A state of zeros would stay there.
  const generator = xoroshiro128plusFromState(state.some((part) => part !== 0) ? state : [1, 0, 0, 0]);
  const next = () => uniformFloat64(generator);
  let spare: number | null = null;
  return {
    next,
    int: (n) => uniformInt(generator, 0, n - 1),
    // Marsaglia's polar method: of Math's functions only log and sqrt, whose results don't differ between engines here.
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
