/** Live tournaments on played venues: made by rows, moved by a test's clock. */
import { uuidv7 } from "uuidv7";
import { rulesSchema } from "../../../../src/core/rules.ts";
import { sha256Hex } from "../../../../src/core/text/canonical.ts";
import type { VenueName } from "../../../../src/core/venue-names.ts";
import type { Query } from "../../../../src/db/query.ts";
import { ensureVenueSource } from "../../../../src/markets/create-source.ts";
import { deskOf, type VenueDesk } from "../../../../src/markets/venues/venue-desk.ts";
import { advance } from "../../../../src/rounds/advance.ts";
import type { DecisionReply } from "../../../../src/rounds/ports.ts";
import type { TestClock } from "../../../support/builders.ts";
import { type InProcess, inProcess } from "../../../support/in-process.ts";
import type { PlayedVenue } from "../../../support/venues/server.ts";

export const START = Date.parse("2026-11-28T12:00:00Z");
export const MINUTE = 60_000;

export interface VenueCup {
  readonly id: string;
  readonly entries: readonly { readonly id: string }[];
  readonly due: (round: number) => number;
  readonly intervalMs: number;
}

export interface CupOptions {
  readonly market?: VenueName;
  readonly venues?: readonly VenueName[];
  readonly symbols?: readonly string[];
  readonly rounds?: number;
  readonly entries?: number;
  readonly strategy?: string;
  readonly intervalSeconds?: number;
}

export async function venueCup(query: Query, options: CupOptions = {}): Promise<VenueCup> {
  const {
    market = "coinbase",
    symbols = ["BTC-USD", "ETH-USD"],
    rounds = 12,
    entries = 2,
    intervalSeconds = 60,
  } = options;
  const venues = options.venues ?? [market];
  for (const venue of venues) await ensureVenueSource(query, venue, intervalSeconds);
  const source = await ensureVenueSource(query, market, intervalSeconds);
  const rules = rulesSchema.parse({ venues });
  const id = uuidv7();
  await query(
    `insert into tournaments (id, name, status, market, candle_source_id, symbols, interval_seconds, starts_at, ends_at,
       starting_cash, rules, rules_hash, started_at)
     values ($1, $2, 'live', $3, $4, $5, $6, to_timestamp($7::float8 / 1000), to_timestamp($8::float8 / 1000), 500, $9, $10,
       to_timestamp($7::float8 / 1000))`,
    [
      id,
      `Cup ${id}`,
      market,
      source,
      symbols,
      intervalSeconds,
      START,
      START + rounds * intervalSeconds * 1000,
      JSON.stringify(rules),
      await sha256Hex(id),
    ],
  );
  const rows = Array.from({ length: entries }, (_, n) => ({
    id: uuidv7(),
    agent_id: uuidv7(),
    name: `Agent ${n} of ${id}`,
    strategy: options.strategy ?? "cash",
  }));
  await query(
    `with a as (select * from jsonb_to_recordset($1::jsonb) as x(id uuid, agent_id uuid, name text, strategy text)),
     g as (insert into agents (id, name, strategy_type, strategy) select agent_id, name, 'value', strategy from a)
     insert into entries (id, tournament_id, agent_id, agent_name, strategy, baseline, first_round, cash, joined_at)
     select a.id, t.id, a.agent_id, a.name, a.strategy, false, 0, t.starting_cash, t.starts_at from a, tournaments t where t.id = $2`,
    [JSON.stringify(rows), id],
  );
  const intervalMs = intervalSeconds * 1000;
  return { id, entries: rows, intervalMs, due: (n) => START + n * intervalMs };
}

/** The rounds' ports with desks on played venues, which wait no real time. */
export function stage(
  query: Query,
  clock: TestClock,
  played: Readonly<Partial<Record<VenueName, PlayedVenue>>>,
): InProcess {
  const desks = new Map<string, VenueDesk>();
  const run = inProcess(query);
  const venue = (name: VenueName): VenueDesk => {
    const server = played[name];
    if (!server) throw new Error(`no venue ${name} in this test`);
    const known = desks.get(name);
    if (known) return known;
    const desk = deskOf(
      name,
      {
        fetch: (url, init) => fetch(url, init),
        timeoutMs: () => 60_000,
        answerWithinMs: 60_000,
        now: () => clock.now(),
        sleep: async () => {},
        query,
        onError: (error) => {
          throw error;
        },
      },
      server.url,
    );
    desks.set(name, desk);
    return desk;
  };
  Object.assign(run.ports, { venue });
  return run;
}

/** Advances until the time `until`, as an Arena does: whenever something is due. */
async function advanceUntil(run: InProcess, clock: TestClock, cup: VenueCup, until: number): Promise<void> {
  for (let step = 0; step < 500; step++) {
    const { afterMs } = await advance(run.ports, cup.id);
    await run.drain(20);
    const wait = Math.max(1, afterMs ?? until);
    if (afterMs === null || clock.now() + wait > until) {
      await clock.set(Math.max(clock.now(), until));
      await advance(run.ports, cup.id);
      await run.drain(20);
      return;
    }
    await clock.add(wait);
  }
  throw new Error("the round never rests");
}

/** Plays a whole round: opening, decisions, close, quote and fills. */
export async function playRound(run: InProcess, clock: TestClock, cup: VenueCup, number: number): Promise<void> {
  await clock.set(Math.max(clock.now(), cup.due(number)));
  await advance(run.ports, cup.id);
  // Candles may take some asking; agents are asked once the round is open.
  await advanceUntil(run, clock, cup, cup.due(number) + 20_000);
  run.queued.push({
    queue: "agents",
    message: { type: "decide", tournament_id: cup.id, entry_ids: cup.entries.map(({ id }) => id) },
  });
  await run.drain(20);
  await advanceUntil(run, clock, cup, cup.due(number) + cup.intervalMs - 1);
}

export const buys = (symbol: string, amount: string) => (): DecisionReply => ({
  kind: "choice",
  choice: { orders: [{ side: "buy", symbol, amount }], reasoning: "it buys", confidence: 1 },
  recovered: false,
});

export async function roundsOf(query: Query, cup: VenueCup): Promise<string[]> {
  const rows = await query<{ state: string }>(
    `select coalesce(skip_reason, state) as state from rounds where tournament_id = $1 order by number`,
    [cup.id],
  );
  return rows.map(({ state }) => state);
}

export async function receiptsOf(query: Query, cup: VenueCup) {
  return query<{ round: number; phase: string; venue: string; code: string; sentence: string }>(
    `select round, phase, venue, code, sentence from market_receipts where tournament_id = $1 order by round, phase, venue`,
    [cup.id],
  );
}
