/** The tournament that `npm start` keeps under way: found again, or made by the API like anyone's. */
import { z } from "zod";
import { defaultField } from "../strategies/field.ts";
import { type ApiClient, ApiRefusal } from "./api-client.ts";

export const HOUSE_CUP = "The house cup";
const SYMBOLS = ["BTC-USDT", "ETH-USDT", "SOL-USDT"] as const;
/** The first round's due time: soon enough to look at, late enough for a slow machine. */
const LEAD_MILLISECONDS = 1_000;
const YEAR_MILLISECONDS = 365 * 86_400_000;
/** The API takes ten million; a year of seconds has more. */
const ROUNDS_MAX = 5_000_000;

const tournament = z.looseObject({
  id: z.string(),
  name: z.string(),
  status: z.enum(["upcoming", "live", "paused", "completed", "cancelled"]),
  market: z.string(),
  interval_seconds: z.number(),
  entries: z.number(),
});
export type HouseCup = z.infer<typeof tournament>;
const tournamentPage = z.object({ items: z.array(tournament), next_cursor: z.string().nullable() });
const agentPage = z.object({
  items: z.array(z.looseObject({ id: z.string(), name: z.string(), strategy: z.string().optional() })),
});

export interface HouseCupOptions {
  /** Null: that of the running one, else `defaultIntervalSeconds`. */
  readonly intervalSeconds: number | null;
  readonly defaultIntervalSeconds: number;
  /** For a new one; feeds its market and its random baseline. */
  readonly seed: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly say: (line: string) => void;
}

/** A paused one is left paused: somebody meant it. Throws what the API client throws. */
export async function ensureHouseCup(api: ApiClient, options: HouseCupOptions): Promise<HouseCup> {
  const found =
    (await findHouseCup(api, "live")) ?? (await findHouseCup(api, "paused")) ?? (await findHouseCup(api, "upcoming"));
  const { intervalSeconds, say } = options;
  if (found !== null) {
    if (intervalSeconds === null || intervalSeconds === found.interval_seconds) return goOn(api, found, say);
    say(
      `The tournament under way has rounds every ${found.interval_seconds} s, and its rules are frozen: it is cancelled (its results stay), and a new one with rounds every ${intervalSeconds} s begins.`,
    );
  }
  const agentIds: string[] = [];
  for (const agent of defaultField(SYMBOLS)) {
    const known = await api.get(`/agents?limit=100&q=${encodeURIComponent(agent.name)}`, agentPage);
    const same = known.items.find(({ name, strategy }) => name === agent.name && strategy === agent.strategy);
    agentIds.push(same?.id ?? (await api.post("/agents", agent, z.looseObject({ id: z.string() }))).id);
  }
  const seconds = intervalSeconds ?? options.defaultIntervalSeconds;
  const startsAt = Math.ceil((options.now() + LEAD_MILLISECONDS) / 1000) * 1000;
  const made = await api.post(
    "/tournaments",
    {
      name: HOUSE_CUP,
      market: "synthetic",
      symbols: SYMBOLS,
      starts_at: new Date(startsAt).toISOString(),
      ends_at: new Date(startsAt + Math.min(YEAR_MILLISECONDS, ROUNDS_MAX * seconds * 1000)).toISOString(),
      interval_seconds: seconds,
      starting_cash: "500",
      rules: { seed: options.seed },
      agent_ids: agentIds,
    },
    tournament,
  );
  // Only now: a new one that is refused must not cost the old one.
  if (found !== null) await api.post(`/tournaments/${found.id}/cancel`, {}, z.unknown());
  return goOn(api, made, () => {});
}

async function findHouseCup(api: ApiClient, status: "live" | "paused" | "upcoming"): Promise<HouseCup | null> {
  let cursor: string | null = null;
  do {
    const page: z.infer<typeof tournamentPage> = await api.get(
      `/tournaments?limit=100&status=${status}${cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`}`,
      tournamentPage,
    );
    const cup = page.items.find(({ name, market }) => name === HOUSE_CUP && market === "synthetic");
    if (cup) return cup;
    cursor = page.next_cursor;
  } while (cursor !== null);
  return null;
}

async function goOn(api: ApiClient, cup: HouseCup, say: (line: string) => void): Promise<HouseCup> {
  if (cup.status === "paused") {
    say(`The tournament is paused, as it was left. To go on: POST /tournaments/${cup.id}/resume`);
    return cup;
  }
  if (cup.status === "live") {
    say("Going on with the tournament that was under way.");
    return cup;
  }
  try {
    return await api.post(`/tournaments/${cup.id}/start`, {}, tournament);
  } catch (error) {
    // Its time has come: check_tournament_transitions was faster.
    if (!(error instanceof ApiRefusal && error.status === 409)) throw error;
    return api.get(`/tournaments/${cup.id}`, tournament);
  }
}
