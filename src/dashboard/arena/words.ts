/** Turns codes and keys into words. Pure. */
import { errorCodes } from "../../core/error-codes.ts";
import { isVenueName, venueTitles } from "../../core/venue-names.ts";

function isCode(code: string): code is keyof typeof errorCodes {
  return Object.hasOwn(errorCodes, code);
}

/** The public sentence of a code of docs/errors.md, for spectators, who send no requests. An unknown code, of a newer server, is shown as it is. */
export function codeSentence(code: string): string {
  return isCode(code)
    ? errorCodes[code].sentence.replace(/POST \S+resume lets/, "its author or an operator can let")
    : code;
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
  outage: "it was due during an outage or a pause",
  no_candles: "the market had no candles for it",
  cancelled: "the tournament was cancelled",
  "market.unusable": "its prices were missing or could not be stored",
  "market.stale": "the venue's candle or quote did not come in time",
  "market.doubtful": "the venue's candle or quote can't be believed",
};
export function skipSentence(reason: string | null): string {
  return reason === null ? "it was skipped" : (skips[reason] ?? plain(reason));
}

/** Where a tournament's prices come from, in words. */
export function marketWords(market: string): string {
  if (isVenueName(market)) return `${venueTitles[market]}, live`;
  return market === "replay" ? "replay of stored candles" : "synthetic market";
}

/** So many rounds nobody waits for: the tournament goes on until somebody ends it. */
const OPEN_END_ROUNDS = 1_000_000;

/** `rounds`: how many there are from the start to the end. */
export function hasOpenEnd(rounds: number): boolean {
  return rounds >= OPEN_END_ROUNDS;
}

/** "6 agents + 6 baselines"; `entries` counts both. */
export function fieldText(entries: number, baselines: number): string {
  const some = (count: number, word: string) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
  const agents = some(entries - baselines, "agent");
  return baselines === 0 ? agents : `${agents} + ${some(baselines, "baseline")}`;
}

/** "5 s", "5 min", "1 h". */
export function intervalText(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600} h`;
  if (seconds % 60 === 0) return `${seconds / 60} min`;
  return `${seconds} s`;
}

const doors = {
  house: "A strategy of the house decided it.",
  rest: "It came by REST.",
  mcp: "It came by MCP.",
  webhook: "It came by the agent's webhook.",
} as const;
/** By which door a decision came. */
export function doorSentence(door: keyof typeof doors): string {
  return doors[door];
}
