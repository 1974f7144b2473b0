/** What can be wrong with a venue's answer, and what follows from it. Pure. */
import { type VenueName, venueTitles } from "../../core/venue-names.ts";

export type FaultKind =
  /** The venue asks to wait: every caller of this address waits. */
  | "throttled"
  /** A 5xx, or a page of the network in front of the venue. */
  | "unavailable"
  | "timeout"
  | "unreachable"
  /** No JSON, JSON that is cut off, or JSON of another shape. */
  | "garbled"
  | "unknown_symbol"
  /** Delisted, halted, in an auction: the venue lists the pair and does not trade it. */
  | "not_tradable"
  /** Not offered to callers of this country. */
  | "restricted"
  /** The newest candle is not there yet. */
  | "late"
  /** The candle is not closed by the venue's clock. */
  | "open"
  /** A quote from before the close, kept by a cache. */
  | "cached"
  /** An impossible number, or an answer about another pair. */
  | "doubtful"
  /** A candle that was stored has other values now. The stored one stays. */
  | "changed";

export interface Fault {
  readonly kind: FaultKind;
  /** Says the same for the same kind of trouble, without symbols and times: faults are grouped by it. */
  readonly reason: string;
  /** Repeating the call changes nothing: the next venue is asked at once. */
  readonly final: boolean;
  /** Throttled: milliseconds to wait; null where the venue doesn't say. */
  readonly waitMs: number | null;
  readonly status: number | null;
  /** The beginning of what was received. */
  readonly excerpt: string;
}

/** Trouble that no later call of the same round ends. */
const FINAL: readonly FaultKind[] = ["unknown_symbol", "not_tradable", "restricted"];
const EXCERPT_CHARS_MAX = 400;

export function excerptOf(text: string): string {
  const plain = text.replaceAll("\0", "\ufffd").toWellFormed();
  return plain.length > EXCERPT_CHARS_MAX ? `${plain.slice(0, EXCERPT_CHARS_MAX - 1)}…` : plain;
}

interface FaultFacts {
  readonly waitMs?: number | null;
  readonly status?: number | null;
  readonly received?: string;
}

export function faultOf(venue: VenueName, kind: FaultKind, says: string, facts: FaultFacts = {}): Fault {
  return {
    kind,
    reason: `${venueTitles[venue]} ${says}`,
    final: FINAL.includes(kind),
    waitMs: facts.waitMs ?? null,
    status: facts.status ?? null,
    excerpt: excerptOf(facts.received ?? ""),
  };
}

/** The code of a round that is skipped for it: its price is wrong, or it is not there. */
export function codeOf({ kind }: Fault): "market.doubtful" | "market.stale" {
  return kind === "doubtful" || kind === "not_tradable" ? "market.doubtful" : "market.stale";
}

/** Thrown by what reads an answer whose shape or numbers are not what they must be. */
export class BadAnswer extends Error {
  override readonly name = "BadAnswer";
  readonly kind: "garbled" | "doubtful";
  constructor(kind: BadAnswer["kind"], says: string) {
    super(says);
    this.kind = kind;
  }
}

/** Whether a text is a page and no answer: a CDN's, a firewall's, a maintenance note. */
function isPage(text: string): boolean {
  return /^\s*<(!doctype|html|head|body|\?xml)/i.test(text);
}

/** The refusals that all venues share: pages, statuses without a known body, and text that is no JSON. */
export function commonRefusal(
  venue: VenueName,
  answer: { readonly status: number; readonly text: string; readonly header: (name: string) => string | null },
  isJson: boolean,
): Fault | null {
  const { status, text } = answer;
  const facts = { status, received: text };
  if (status === 429)
    return faultOf(venue, "throttled", "asks to wait (429)", { ...facts, waitMs: retryAfterMs(answer) });
  if (isPage(text)) {
    // A firewall in front of the venue sends its page with 403: it is the address that it refuses, not the pair.
    const kind = status === 403 ? "throttled" : "unavailable";
    return faultOf(venue, kind, `answered with a page in place of data (${status})`, facts);
  }
  if (status >= 500) {
    return faultOf(venue, "unavailable", `failed (${status})`, { ...facts, waitMs: retryAfterMs(answer) });
  }
  if (!isJson) return faultOf(venue, "garbled", `sent no whole JSON (${status})`, facts);
  return null;
}

/** `Retry-After` in milliseconds; null where it is absent. A date counts from the answer's own `Date`. */
export function retryAfterMs({ header }: { readonly header: (name: string) => string | null }): number | null {
  const value = header("retry-after")?.trim();
  if (!value) return null;
  if (/^\d{1,9}(\.\d{1,9})?$/.test(value)) return Math.ceil(Number(value) * 1000);
  const until = Date.parse(value);
  const from = Date.parse(header("date") ?? "");
  return Number.isNaN(until) || Number.isNaN(from) ? null : Math.max(0, until - from);
}
