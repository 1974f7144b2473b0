/**
 * The API, from a page of the same origin: Hono's client, typed by the routes themselves. Of them the types alone are
 * imported. The session's cookie goes along, and each request says that it comes from here.
 */
import { type ClientRequestOptions, type ClientResponse, hc } from "hono/client";
import type { agentEntryRoutes } from "../../http/agent-entries.ts";
import type { agentRoutes } from "../../http/agents.ts";
import type { auditRoutes } from "../../http/audit.ts";
import type { bulkRoutes } from "../../http/bulk.ts";
import type { candleSourceRoutes } from "../../http/candle-sources.ts";
import type { consumerRoutes } from "../../http/consumers.ts";
import type { deadLetterRoutes } from "../../http/dead-letters.ts";
import type { errorRoutes } from "../../http/errors.ts";
import type { healthRoutes } from "../../http/health.ts";
import type { inspectRoutes } from "../../http/inspect.ts";
import type { inspectEntryRoutes } from "../../http/inspect-entries.ts";
import type { leaderboardRoutes } from "../../http/leaderboard.ts";
import type { Page } from "../../http/paging.ts";
import type { priceRoutes } from "../../http/prices.ts";
import type { queuePurgeRoutes } from "../../http/queue-purge.ts";
import type { queueRoutes } from "../../http/queues.ts";
import type { recoveryRoutes } from "../../http/recoveries.ts";
import type { scheduleRoutes } from "../../http/schedules.ts";
import type { sessionRoutes } from "../../http/session.ts";
import type { taskActionRoutes } from "../../http/task-actions.ts";
import type { taskEditRoutes } from "../../http/task-edit.ts";
import type { taskListRoutes } from "../../http/task-list.ts";
import type { taskWhyRoutes } from "../../http/task-why.ts";
import type { taskRoutes } from "../../http/tasks.ts";
import type { tournamentRoundRoutes } from "../../http/tournament-rounds.ts";
import type { tournamentSeriesRoutes } from "../../http/tournament-series.ts";
import type { tournamentStateRoutes } from "../../http/tournament-states.ts";
import type { tournamentRoutes } from "../../http/tournaments.ts";
import type { tradeRoutes } from "../../http/trades.ts";
import { Problem, Unreachable } from "./problem.ts";

type Routes =
  | typeof agentEntryRoutes
  | typeof agentRoutes
  | typeof auditRoutes
  | typeof bulkRoutes
  | typeof candleSourceRoutes
  | typeof consumerRoutes
  | typeof deadLetterRoutes
  | typeof errorRoutes
  | typeof healthRoutes
  | typeof inspectEntryRoutes
  | typeof inspectRoutes
  | typeof leaderboardRoutes
  | typeof priceRoutes
  | typeof queuePurgeRoutes
  | typeof queueRoutes
  | typeof recoveryRoutes
  | typeof scheduleRoutes
  | typeof sessionRoutes
  | typeof taskActionRoutes
  | typeof taskEditRoutes
  | typeof taskListRoutes
  | typeof taskRoutes
  | typeof taskWhyRoutes
  | typeof tournamentRoundRoutes
  | typeof tournamentRoutes
  | typeof tournamentSeriesRoutes
  | typeof tournamentStateRoutes
  | typeof tradeRoutes;

/** Throws Unreachable where the request got no answer, and what an abort throws. */
async function reach(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  try {
    return await fetch(input, init);
  } catch (error) {
    if (init?.signal?.aborted) throw error;
    throw new Unreachable("unreachable", { cause: error });
  }
}

export const api = hc<Routes>("/", {
  fetch: reach,
  headers: { accept: "application/json", "x-agonus-session": "1" },
});

/** Options of a request that ends with the signal. */
export const within = (signal: AbortSignal): ClientRequestOptions => ({ init: { signal } });

/** Called when the server no longer knows the session. */
let onSignedOut: () => void = () => {};
export function whenSignedOut(listener: () => void): void {
  onSignedOut = listener;
}

/** The answer's JSON, typed by the route: `answered(api.queues.$get())`. Throws a Problem, or Unreachable. */
export async function answered<R extends ClientResponse<unknown>>(
  request: Promise<R>,
): Promise<Awaited<ReturnType<R["json"]>>> {
  const response = await request;
  const read = parse(await response.text());
  if (response.ok) return read;
  const problem = new Problem(response.status, typeof read === "object" && read !== null ? { ...read } : {});
  if (problem.status === 401) onSignedOut();
  throw problem;
}

/** What is not JSON (an empty 204, a proxy's page) is null. */
function parse(text: string) {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

/** Of an answer that has several forms, the one with that member: the request decides which it is. */
export function formWith<T extends object, K extends string>(answer: T, member: K): Extract<T, Record<K, unknown>> {
  const has = (given: T): given is Extract<T, Record<K, unknown>> => member in given;
  if (has(answer)) return answer;
  throw new Error(`The server's answer has no ${member}.`);
}

/** Every page of a list, at most `max` items. */
export async function getAll<T>(
  max: number,
  read: (at: { readonly limit: string; readonly cursor: string | undefined }) => Promise<Page<T>>,
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page: Page<T> = await read({ limit: "100", cursor });
    items.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined && items.length < max);
  return items;
}
