import { sha256Hex } from "../../../core/text/canonical.ts";

export function resultPath(tournamentId: string): string {
  return `/tournaments/${tournamentId}/result.jsonl`;
}

/** Browsers have SHA-256 only on pages that came by https or from this machine. */
export async function hashOfText(text: string): Promise<string> {
  if (!globalThis.isSecureContext) throw new Error("This browser computes hashes only on pages that came by https.");
  return sha256Hex(text);
}
