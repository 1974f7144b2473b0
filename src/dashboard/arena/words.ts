/** Codes and keys in words. Pure. */
import { errorCodes } from "../../core/error-codes.ts";

function isCode(code: string): code is keyof typeof errorCodes {
  return Object.hasOwn(errorCodes, code);
}

/** The public sentence of a code of docs/errors.md; an unknown one (of a newer server) stands for itself. */
export function codeSentence(code: string): string {
  return isCode(code) ? errorCodes[code].sentence : code;
}

/** "trend_following" → "trend following". */
export function plain(key: string): string {
  return key.replaceAll("_", " ");
}

export function baseOf(symbol: string): string {
  return symbol.split("-")[0] ?? symbol;
}

export function quoteOf(symbols: readonly string[]): string {
  return symbols[0]?.split("-")[1] ?? "";
}

const skips: Readonly<Record<string, string>> = {
  late: "it opened too late for anybody to decide",
  outage: "it fell into an outage or a pause",
  no_candles: "the market had no candles for it",
  cancelled: "the tournament was cancelled",
};
export function skipSentence(reason: string | null): string {
  return reason === null ? "it was skipped" : (skips[reason] ?? plain(reason));
}

export const RECOVER_EFFECT =
  "Its object drops what it holds and takes account, trades and memory from the database anew; the decision that it owes " +
  "is sent again. Nothing stored is lost, and it counts as a recovery.";

/** "5 s", "5 min", "1 h". */
export function intervalText(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600} h`;
  if (seconds % 60 === 0) return `${seconds / 60} min`;
  return `${seconds} s`;
}
