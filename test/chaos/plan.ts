/** Which fault comes next and when, from the seed's random numbers. Pure. */
import type { Random } from "../../src/core/random.ts";
import type { FaultKind } from "./strikes.ts";

/**
 * Deals the kinds without end: every kind comes once, in a random order, before any comes again. The first one strikes in
 * the middle of a round, so that a short run interrupts something too.
 */
export function* deck(
  kinds: Readonly<Record<string, Pick<FaultKind, "at" | "excuses">>>,
  random: Random,
): Generator<string, void> {
  const names = Object.keys(kinds);
  const piercing = names.filter((name) => kinds[name]?.excuses && kinds[name].at !== "any");
  let left = [...names];
  let from = piercing.length > 0 ? piercing : left;
  while (left.length > 0) {
    const name = from[random.int(from.length)] ?? "";
    yield name;
    left = left.filter((other) => other !== name);
    if (left.length === 0) left = [...names];
    from = left;
  }
}

/** Milliseconds after a round's due time: the earliest moment, and how far it is spread. */
const OFFSETS = { any: [-500, 5000], messages: [100, 900], thinking: [1200, 2500] } as const;
/** A fault that may strike at any time waits no longer than this, however long the interval is. */
const ANY_WITHIN_MS = 20_000;

/** Milliseconds until the moment in a round that the kind asks for. `sinceStart`: milliseconds since round 0 was due. */
export function untilStrike(at: FaultKind["at"], random: Random, sinceStart: number, intervalMs: number): number {
  const [from, spread] = OFFSETS[at];
  const share = random.next();
  if (at === "any" && intervalMs > ANY_WITHIN_MS) return share * ANY_WITHIN_MS;
  // In a short interval the round is over sooner.
  const offset = Math.min(from + share * spread, intervalMs / 3);
  return (((offset - sinceStart) % intervalMs) + intervalMs) % intervalMs;
}
