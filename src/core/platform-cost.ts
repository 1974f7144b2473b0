/**
 * Estimates what the platform bills for a tournament, in US dollars. A plan's allowance is not subtracted. The database is
 * not included, because it is billed by the hour. Prices: developers.cloudflare.com, "Workers", "Queues" and "Durable
 * Objects" › pricing, paid plan, read in November 2026.
 */
import { limits } from "./limits.ts";
import { hasLoops, sliceOf } from "./phases.ts";

const MILLION = 1_000_000;
/** US dollars for a million of each. */
const prices = {
  workerRequests: 0.3,
  /** A message takes three: it is written, read and deleted. */
  queueOperations: 0.4,
  /** Alarms count as requests. */
  objectRequests: 0.15,
  /** A setAlarm counts as a row written. */
  objectRowsWritten: 1,
  /** At 128 MB an object. */
  objectGigabyteSeconds: 12.5,
} as const;
const OPERATIONS_A_MESSAGE = 3;
/** For how long an object is billed for one call or alarm, its waiting included. */
const OBJECT_CALL_SECONDS = 0.03;
const OBJECT_GIGABYTES = 0.128;
/** Calls of the Arena in one round, and rows that it writes: its alarms, wakes and safety alarms. */
const ARENA_CALLS = 12;

export interface Messages {
  readonly decide: number;
  readonly fill: number;
  readonly total: number;
}

/** The messages of all rounds. An entry with a loop sends for itself, the Arena sends a slice at a time, and fills go by hundreds. */
export function messagesOf(market: string, intervalSeconds: number, rounds: number, entries: number): Messages {
  const slice = hasLoops(market, entries) ? 1 : sliceOf(market, intervalSeconds, entries);
  const decide = Math.ceil(entries / Math.min(slice, limits.messageIdsMax)) * rounds;
  const fill = Math.ceil(entries / limits.messageIdsMax) * rounds;
  return { decide, fill, total: decide + fill };
}

export interface CostItem {
  readonly what: string;
  readonly quantity: number;
  readonly usd: number;
}

export function costOf(
  market: string,
  intervalSeconds: number,
  rounds: number,
  entries: number,
): { total_usd: number; items: CostItem[] } {
  const messages = messagesOf(market, intervalSeconds, rounds, entries);
  const decisions = rounds * entries;
  const batches = messages.fill + Math.ceil(messages.decide / limits.sendBatchMessagesMax);
  // The loop of an entry has one alarm a round.
  const alarms = hasLoops(market, entries) ? decisions : 0;
  const calls = decisions + alarms + rounds * ARENA_CALLS;
  const items = [
    item("queue operations", messages.total * OPERATIONS_A_MESSAGE, prices.queueOperations),
    item("queue batches, as requests of the Worker", batches, prices.workerRequests),
    item("requests and alarms of objects", calls, prices.objectRequests),
    item("rows written by objects", alarms * 2 + rounds * ARENA_CALLS, prices.objectRowsWritten),
    item("gigabyte-seconds of objects", calls * OBJECT_CALL_SECONDS * OBJECT_GIGABYTES, prices.objectGigabyteSeconds),
  ];
  return { total_usd: cents(items.reduce((sum, { usd }) => sum + usd, 0)), items };
}

function item(what: string, quantity: number, dollarsAMillion: number): CostItem {
  return { what, quantity: Math.ceil(quantity), usd: cents((quantity * dollarsAMillion) / MILLION) };
}

/** To a hundredth of a cent. */
const cents = (usd: number): number => Math.round(usd * 10_000) / 10_000;
