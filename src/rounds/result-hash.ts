/** The hash of a tournament's result. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { Query } from "../db/query.ts";
import { resultLines } from "./result.ts";

/** The same seed and candles give the same one. */
export function hashTournament(query: Query, tournamentId: string): Promise<string> {
  return hashLines(resultLines(query, tournamentId));
}

/**
 * SHA-256 in hex over the lines, with a line feed between them and none at the end. The lines of ninety days have 90 MB, so they
 * are hashed as they come: an isolate has 128 MB, and the platform's own digest takes a text in one piece.
 */
export async function hashLines(lines: Iterable<string> | AsyncIterable<string>): Promise<string> {
  const hash = sha256.create();
  let isFirst = true;
  for await (const line of lines) {
    hash.update(utf8ToBytes(isFirst ? line : `\n${line}`));
    isFirst = false;
  }
  return bytesToHex(hash.digest());
}
