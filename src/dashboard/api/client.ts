/**
 * The API for a page of the same origin: Hono's client, typed by the routes, of which only types are imported. The browser
 * sends the session's cookie, and a header tells the server that the request comes from our own page.
 */
import { type ClientRequestOptions, type ClientResponse, hc } from "hono/client";
import type { agentEntryRoutes } from "../../http/agents/entries.ts";
import type { agentRoutes } from "../../http/agents/routes.ts";
import type { auditRoutes } from "../../http/audit/routes.ts";
import type { bulkRoutes } from "../../http/bulk/routes.ts";
import type { consumerRoutes } from "../../http/consumers/routes.ts";
import type { deadLetterRoutes } from "../../http/dead-letters/routes.ts";
import type { doorRoutes } from "../../http/doors/routes.ts";
import type { webhookRoutes } from "../../http/doors/webhook-routes.ts";
import type { errorRoutes } from "../../http/errors/routes.ts";
import type { healthRoutes } from "../../http/health/routes.ts";
import type { inspectAttentionRoutes } from "../../http/inspect/attention.ts";
import type { inspectEntryRoutes } from "../../http/inspect/entries.ts";
import type { inspectRoutes } from "../../http/inspect/routes.ts";
import type { inviteRoutes } from "../../http/invites/routes.ts";
import type { keyRoutes } from "../../http/keys/routes.ts";
import type { candleSourceRoutes } from "../../http/markets/candle-sources.ts";
import type { priceRoutes } from "../../http/markets/prices.ts";
import type { venueRoutes } from "../../http/markets/venues.ts";
import type { modelRoutes } from "../../http/models/routes.ts";
import type { practiceRoutes } from "../../http/practice/routes.ts";
import type { queuePurgeRoutes } from "../../http/queues/purge.ts";
import type { queueRoutes } from "../../http/queues/routes.ts";
import type { recoveryRoutes } from "../../http/recoveries/routes.ts";
import type { Page } from "../../http/request/paging.ts";
import type { scheduleRoutes } from "../../http/schedules/routes.ts";
import type { sessionRoutes } from "../../http/session/routes.ts";
import type { strategyRoutes } from "../../http/strategies/routes.ts";
import type { taskActionRoutes } from "../../http/tasks/actions.ts";
import type { taskEditRoutes } from "../../http/tasks/edit.ts";
import type { taskListRoutes } from "../../http/tasks/list.ts";
import type { taskRoutes } from "../../http/tasks/routes.ts";
import type { taskWhyRoutes } from "../../http/tasks/why.ts";
import type { leaderboardRoutes } from "../../http/tournaments/leaderboard.ts";
import type { tournamentRoundRoutes } from "../../http/tournaments/rounds.ts";
import type { tournamentRoutes } from "../../http/tournaments/routes.ts";
import type { tournamentSeriesRoutes } from "../../http/tournaments/series.ts";
import type { tournamentStateRoutes } from "../../http/tournaments/states.ts";
import type { tradeRoutes } from "../../http/trades/routes.ts";
import { Problem, Unreachable } from "./problem.ts";

type Routes =
  | typeof agentEntryRoutes
  | typeof agentRoutes
  | typeof auditRoutes
  | typeof bulkRoutes
  | typeof candleSourceRoutes
  | typeof consumerRoutes
  | typeof deadLetterRoutes
  | typeof doorRoutes
  | typeof errorRoutes
  | typeof healthRoutes
  | typeof inspectAttentionRoutes
  | typeof inspectEntryRoutes
  | typeof inspectRoutes
  | typeof inviteRoutes
  | typeof keyRoutes
  | typeof leaderboardRoutes
  | typeof modelRoutes
  | typeof practiceRoutes
  | typeof priceRoutes
  | typeof queuePurgeRoutes
  | typeof queueRoutes
  | typeof recoveryRoutes
  | typeof scheduleRoutes
  | typeof sessionRoutes
  | typeof strategyRoutes
  | typeof taskActionRoutes
  | typeof taskEditRoutes
  | typeof taskListRoutes
  | typeof taskRoutes
  | typeof taskWhyRoutes
  | typeof tournamentRoundRoutes
  | typeof tournamentRoutes
  | typeof tournamentSeriesRoutes
  | typeof tournamentStateRoutes
  | typeof tradeRoutes
  | typeof venueRoutes
  | typeof webhookRoutes;

/** Throws Unreachable when the request got no answer, and the abort's own error when it was aborted. */
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

/** The options of a request that the signal can abort. */
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

/** Null for a body that is not JSON: an empty 204, or a proxy's page. */
function parse(text: string) {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

/** Narrows an answer with several forms to the form with `member`. The request decides which form comes. */
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
