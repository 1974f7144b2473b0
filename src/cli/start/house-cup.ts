/** The tournament that `npm start` keeps under way: found again, or made by the API like anyone's. */
import { z } from "zod";
import { isVenueName, venueTitles } from "../../core/venue-names.ts";
import { defaultField } from "../../strategies/default-field.ts";
import { type ApiClient, ApiRefusal } from "../api-client.ts";
import { type StartMarket, startMarkets } from "./args.ts";

const HOUSE_CUP = "The house cup";
/** Pairs that the market has for certain. */
const SYMBOLS: Readonly<Record<StartMarket, readonly string[]>> = {
  synthetic: ["BTC-USDT", "ETH-USDT", "SOL-USDT"],
  coinbase: ["BTC-USD", "ETH-USD", "SOL-USD"],
  kraken: ["BTC-USD", "ETH-USD", "SOL-USD"],
  binance: ["BTC-USDT", "ETH-USDT", "SOL-USDT"],
};
/** The shortest rounds that a venue has candles for. */
const VENUE_INTERVAL_SECONDS = 60;
/** From the last request to the first round: soon enough to look at, late enough for a slow machine. */
const LEAD_MILLISECONDS = 300;
const YEAR_MILLISECONDS = 365 * 86_400_000;
/** The API takes ten million rounds at most, and a year has more seconds than that. */
const ROUNDS_MAX = 5_000_000;

const tournament = z.looseObject({
  id: z.string(),
  name: z.string(),
  status: z.enum(["upcoming", "live", "paused", "completed", "cancelled"]),
  market: z.string(),
  interval_seconds: z.number(),
  market_clock: z.number(),
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
  /** Null: that of the running one, else the synthetic market. */
  readonly market?: StartMarket | null;
  /** Whether a tournament under way that is not what the flags ask for may be cancelled. */
  readonly mayCancel: boolean;
  /** For a new one; feeds its market and its random baseline. */
  readonly seed: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly onLine: (line: string) => void;
}

/** The tournament under way is not what the flags ask for, and was not to be cancelled. Nothing was changed. */
export class Unconfirmed extends Error {
  override readonly name = "Unconfirmed";
}

/**
 * A paused tournament stays paused, because somebody paused it. Where the venue can't be reached, the cup runs on the synthetic
 * market. Throws Unconfirmed before anything is changed, and what the API client throws.
 */
export async function ensureHouseCup(api: ApiClient, options: HouseCupOptions): Promise<HouseCup> {
  const found =
    (await findHouseCup(api, "live")) ?? (await findHouseCup(api, "paused")) ?? (await findHouseCup(api, "upcoming"));
  const { intervalSeconds, market = null, onLine } = options;
  const change = found === null ? null : changeOf(found, intervalSeconds, market);
  if (found !== null && change === null) return goOn(api, found, onLine);
  if (found !== null && !options.mayCancel) {
    throw new Unconfirmed(
      `${change} Its rules are frozen. Leave the flag out to go on with it. Or add --yes: it is then cancelled (its results stay), and a new one begins.`,
    );
  }
  const made = await makeCup(api, options, market ?? marketOf(found) ?? "synthetic");
  if (made === null) {
    if (found !== null) return goOn(api, found, onLine);
    return ensureHouseCup(api, { ...options, market: "synthetic", intervalSeconds: null });
  }
  // The old tournament ends only now: if the API refuses the new one, the old one must go on.
  if (found !== null) {
    onLine(
      `${change} The one under way is cancelled, because its rules are frozen (its results stay), and a new one begins.`,
    );
    await api.post(`/tournaments/${found.id}/cancel`, {}, z.unknown());
  }
  return goOn(api, made, () => {});
}

/** What the flags ask for that the tournament under way is not, as a sentence; null where it is what they ask for. */
function changeOf(found: HouseCup, seconds: number | null, market: StartMarket | null): string | null {
  if (market !== null && market !== found.market) return `The house cup runs on ${found.market}, and not on ${market}.`;
  if (seconds === null || seconds === found.interval_seconds) return null;
  return `The house cup has rounds every ${found.interval_seconds} s, and not every ${seconds} s.`;
}

function marketOf(found: HouseCup | null): StartMarket | null {
  return startMarkets.find((market) => market === found?.market) ?? null;
}

/** Null where the market is a venue that can't be reached: a line says so. */
async function makeCup(api: ApiClient, options: HouseCupOptions, market: StartMarket): Promise<HouseCup | null> {
  const venue = isVenueName(market);
  const seconds = options.intervalSeconds ?? (venue ? VENUE_INTERVAL_SECONDS : options.defaultIntervalSeconds);
  const symbols = SYMBOLS[market];
  // A venue's rounds begin with its candles.
  const gridMilliseconds = venue ? seconds * 1000 : 1000;
  const body = () => {
    const startsAt = Math.ceil((options.now() + LEAD_MILLISECONDS) / gridMilliseconds) * gridMilliseconds;
    return {
      name: HOUSE_CUP,
      market,
      symbols,
      starts_at: new Date(startsAt).toISOString(),
      ends_at: new Date(startsAt + Math.min(YEAR_MILLISECONDS, ROUNDS_MAX * seconds * 1000)).toISOString(),
      interval_seconds: seconds,
      starting_cash: "500",
      rules: { seed: options.seed },
    };
  };
  try {
    // The venue is asked before any agent is made.
    if (venue) await api.post("/tournaments?dry_run=true", body(), z.unknown());
    const agentIds = await fieldOf(api, symbols);
    return await api.post("/tournaments", { ...body(), agent_ids: agentIds }, tournament);
  } catch (error) {
    if (!venue || !(error instanceof ApiRefusal && error.code === "market.unreachable")) throw error;
    options.onLine(
      `${venueTitles[market]} can't be reached, so the house cup runs on the synthetic market. With a network, start again with --market ${market} --yes.`,
    );
    return null;
  }
}

/** The ids of the house's agents; those that are missing are made. */
async function fieldOf(api: ApiClient, symbols: readonly string[]): Promise<string[]> {
  const agentIds: string[] = [];
  for (const given of defaultField(symbols)) {
    // On another market the same coin has another symbol, and a strategy that names a symbol is another agent.
    const symbol = given.config.params?.symbol;
    const isOther = typeof symbol === "string" && !symbol.endsWith("-USDT");
    const agent = isOther ? { ...given, name: `Buy and hold ${symbol}` } : given;
    const known = await api.get(`/agents?limit=100&q=${encodeURIComponent(agent.name)}`, agentPage);
    const same = known.items.find(({ name, strategy }) => name === agent.name && strategy === agent.strategy);
    agentIds.push(same?.id ?? (await api.post("/agents", agent, z.looseObject({ id: z.string() }))).id);
  }
  return agentIds;
}

async function findHouseCup(api: ApiClient, status: "live" | "paused" | "upcoming"): Promise<HouseCup | null> {
  let cursor: string | null = null;
  do {
    const page: z.infer<typeof tournamentPage> = await api.get(
      `/tournaments?limit=100&status=${status}${cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`}`,
      tournamentPage,
    );
    const cup = page.items.find(({ name, market }) => name === HOUSE_CUP && market !== "replay");
    if (cup) return cup;
    cursor = page.next_cursor;
  } while (cursor !== null);
  return null;
}

async function goOn(api: ApiClient, cup: HouseCup, onLine: (line: string) => void): Promise<HouseCup> {
  if (cup.status === "paused") {
    onLine(`The tournament is paused, as it was left. To go on: POST /tournaments/${cup.id}/resume`);
    return cup;
  }
  if (cup.status === "live") {
    onLine("Going on with the tournament that was under way.");
    return cup;
  }
  try {
    return await api.post(`/tournaments/${cup.id}/start`, {}, tournament);
  } catch (error) {
    // The task check_tournament_transitions has started it already.
    if (!(error instanceof ApiRefusal && error.status === 409)) throw error;
    return api.get(`/tournaments/${cup.id}`, tournament);
  }
}
