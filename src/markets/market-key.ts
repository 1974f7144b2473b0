/**
 * The key of a synthetic market whose prices nobody may foresee: 128 random bits that stay in the database. A seeded market
 * draws each candle from a text; this one draws it from the HMAC-SHA-256 of that text under the key. A commitment to key and
 * seed is public from the start. At the end both are published, and anyone can compute all candles again.
 */
import { type Random, randomOf } from "../core/random.ts";
import { hexOf, sha256Hex } from "../core/text/canonical.ts";

const KEY_BYTES = 16;
const text = new TextEncoder();

/** A fresh key: 32 hex digits. `fill` is `crypto.getRandomValues`, or a test's own function. */
export function marketKey(fill: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array): string {
  return hexOf(fill(new Uint8Array(KEY_BYTES)));
}

/** The commitment to key and seed. All keys have the same length, so no other pair of key and seed gives the same text. */
export function commitmentOf(key: string, seed: string): Promise<string> {
  return sha256Hex(`agonus market 1\n${key}\n${seed}`);
}

/** Returns a generator for each text. Its state is the first 128 bits of the text's HMAC, as four big-endian words. */
export async function keyedDraws(key: string, texts: readonly string[]): Promise<(text: string) => Random> {
  const bytes = Uint8Array.from(key.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  if (bytes.length !== KEY_BYTES) throw new Error("the market's key does not have 32 hex digits");
  const hmac = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const states = new Map(
    await Promise.all(
      texts.map(async (each) => {
        const words = new DataView(await crypto.subtle.sign("HMAC", hmac, text.encode(each)));
        return [each, [0, 4, 8, 12].map((at) => words.getInt32(at))] as const;
      }),
    ),
  );
  return (each) => {
    const state = states.get(each);
    // The seed must not take its place: anybody could compute such a market.
    if (!state) throw new Error("no HMAC was prepared for the text that a candle is drawn from");
    return randomOf(state);
  };
}

/**
 * Whether a synthetic market draws under a key. A live one always does. A replay does only if an outside agent plays: that one
 * could compute the prices to come. House strategies see only what they are shown, and their replays must be repeatable by
 * seed.
 */
export function drawsInSecret(market: "synthetic" | "replay", kinds: readonly string[]): boolean {
  return market === "synthetic" || kinds.some((kind) => kind !== "house");
}
