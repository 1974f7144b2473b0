/** What the two questions of a round to its venues share: in which order, how long, and what is kept of the answers. */
import { rulesSchema } from "../../core/rules.ts";
import { type VenueName, venueTitles } from "../../core/venue-names.ts";
import { isAmbiguous, type Patience } from "../../core/venue-rules.ts";
import type { Look } from "../../db/statements/rounds/look.ts";
import { type Receipt, readLastQuote } from "../../db/statements/venues/receipts.ts";
import { describeError } from "../../log.ts";
import type { SymbolTrouble, VenueReply } from "../../markets/venues/venue-desk.ts";
import type { RoundPorts } from "../ports.ts";

const AGAIN_MS = 1_000;
/** A last quote counts for a day, or for two rounds where they are longer: a price that moved for good must not stop a tournament. */
const LAST_QUOTE_COUNTS_MS = 86_400_000;

/** The venues of a tournament, its own first. */
export function venuesOf(look: Look, own: VenueName): readonly VenueName[] {
  const { venues } = rulesSchema.parse(look.rules);
  return [own, ...(venues ?? []).filter((venue) => venue !== own)];
}

/** Whether a venue may be asked for a symbol: one with another meaning elsewhere comes from the tournament's own venue alone. */
export function mayAsk(venue: VenueName, own: VenueName, symbol: string): boolean {
  return venue === own || !isAmbiguous(symbol);
}

/** The prices that new ones are compared with; empty where there are none that still count. */
export async function lastPrices(
  ports: Pick<RoundPorts, "query">,
  look: Look,
  dueMs: number,
): Promise<Readonly<Record<string, string>>> {
  const last = await readLastQuote(ports.query, look.tournament_id);
  const counts = Math.max(LAST_QUOTE_COUNTS_MS, 2 * look.interval_seconds * 1000);
  return last !== null && dueMs - last.due_ms < counts ? last.mids : {};
}

/** Asks a venue. An object that doesn't answer is asked again, and ends no round by itself. */
export async function askVenue<T>(
  ports: Pick<RoundPorts, "log">,
  symbols: readonly string[],
  question: () => Promise<VenueReply<T>>,
): Promise<VenueReply<T>> {
  try {
    return await question();
  } catch (error) {
    ports.log({ event: "fault", where: "venue.ask", ...describeError(error) });
    const trouble = {
      code: "market.stale",
      reason: "the venue's object did not answer",
      received: "",
      final: false,
    } as const;
    return { values: {}, troubles: symbols.map((symbol) => ({ symbol, ...trouble })), afterMs: AGAIN_MS };
  }
}

/** Milliseconds until a venue is asked again; null where that is too late for this round, or will not help. */
export function againMs<T>({ afterMs, troubles }: VenueReply<T>, nowMs: number, { giveUp }: Patience): number | null {
  if (afterMs === null || troubles.some(({ final }) => final)) return null;
  return nowMs + afterMs < giveUp ? afterMs : null;
}

/** The receipt of what a venue could not give. */
export function receiptOf(
  phase: Receipt["phase"],
  venue: VenueName,
  troubles: readonly Pick<SymbolTrouble, "symbol" | "code" | "reason" | "received">[],
): Receipt {
  const worst = troubles.find(({ code }) => code === "market.doubtful") ?? troubles[0];
  const bySentence = Map.groupBy(troubles, ({ reason }) => reason);
  return {
    phase,
    venue,
    code: worst?.code ?? "market.stale",
    reason: worst?.reason ?? `${venueTitles[venue]} gave no answer in time`,
    sentence:
      [...bySentence].map(([reason, some]) => `${some.map(({ symbol }) => symbol).join(", ")}: ${reason}`).join("; ") ||
      `${venueTitles[venue]} gave no answer in time`,
    received: Object.fromEntries(troubles.map(({ symbol, received }) => [symbol, received])),
  };
}

export function codeOfAll(receipts: readonly Receipt[]): Receipt["code"] {
  return receipts.some(({ code }) => code === "market.doubtful") ? "market.doubtful" : "market.stale";
}
