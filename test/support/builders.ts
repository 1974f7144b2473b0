/** Small worlds for tests of the protocols: hand-made candles, agents, a tournament, and a clock that a test moves. */
import { uuidv7 } from "uuidv7";
import { WARM_UP_CANDLES } from "../../src/core/phases.ts";
import { rulesSchema } from "../../src/core/rules.ts";
import { sha256Hex } from "../../src/core/text/canonical.ts";
import type { Query } from "../../src/db/query.ts";

export const START = Date.parse("2026-03-02T00:00:00Z");
const MINUTE = 60_000;

export interface World {
  readonly id: string;
  readonly source: string;
  readonly startsAt: number;
  readonly intervalMs: number;
  /** Ordered by their ids, as statements take them. */
  readonly entries: readonly { readonly id: string; readonly agentId: string; readonly name: string }[];
  /** When round `n` is due. Epoch milliseconds. */
  due(n: number): number;
}

export interface WorldOptions {
  readonly market?: "synthetic" | "replay";
  readonly status?: "upcoming" | "live" | "paused";
  readonly intervalSeconds?: number;
  readonly rounds?: number;
  readonly entries?: number;
  readonly strategy?: string;
  readonly thinkingSeconds?: number;
  readonly kind?: "house" | "outside" | "webhook" | "llm";
  /** The same for every entry. */
  readonly params?: Record<string, unknown>;
  readonly startsAt?: number;
  /** How far the candles go. By default they cover the whole tournament and its last fill. */
  readonly candleRounds?: number;
}

/** Makes a live tournament whose candles are all stored. Its entries have no limits but their cash. */
export async function world(query: Query, options: WorldOptions = {}): Promise<World> {
  const { market = "synthetic", status = "live", intervalSeconds = 300, rounds = 12, startsAt = START } = options;
  const intervalMs = intervalSeconds * 1000;
  const source = `files:${uuidv7()}`;
  const symbols = ["BTC-USDT", "ETH-USDT"];
  const candles = WARM_UP_CANDLES + (options.candleRounds ?? rounds) + 1;
  await candleRows(query, source, symbols, startsAt - WARM_UP_CANDLES * intervalMs, intervalSeconds, candles);
  const rules = rulesSchema.parse({ candle_source: source });
  const id = uuidv7();
  await query(
    `insert into tournaments (id, name, status, market, candle_source_id, symbols, interval_seconds, starts_at, ends_at,
       starting_cash, rules, rules_hash, started_at)
     values ($1, $2, $3, $4, $5, $6, $7, to_timestamp($8::float8 / 1000), to_timestamp($9::float8 / 1000), 500, $10, $11,
       case when $3 = 'upcoming' then null else to_timestamp($8::float8 / 1000) end)`,
    [
      id,
      `Cup ${id}`,
      status,
      market,
      source,
      symbols,
      intervalSeconds,
      startsAt,
      startsAt + rounds * intervalMs,
      JSON.stringify(rules),
      await sha256Hex(JSON.stringify(rules)),
    ],
  );
  const entries = await entriesOf(query, id, options.entries ?? 3, options);
  return { id, source, startsAt, intervalMs, entries, due: (n) => startsAt + n * intervalMs };
}

/** Prices that move a little. Each candle opens at the close before it. */
async function candleRows(
  query: Query,
  source: string,
  symbols: string[],
  from: number,
  seconds: number,
  count: number,
) {
  await query(
    `insert into candle_sources (id, kind, name, symbols, interval_seconds, first_open_at, last_open_at)
     values ($1, 'files', 'hand-made', $2, $3, to_timestamp($4::float8 / 1000), to_timestamp($5::float8 / 1000))`,
    [source, symbols, seconds, from, from + (count - 1) * seconds * 1000],
  );
  await query(
    `with price as (
       select s.symbol, n, 100 * s.at + ((n * 37 + s.at * 11) % 23) as open, 100 * s.at + (((n + 1) * 37 + s.at * 11) % 23) as close
       from unnest($2::text[]) with ordinality s(symbol, at), generate_series(0, $4::int - 1) n)
     insert into candles (source_id, symbol, open_at, open, high, low, close, volume)
     select $1, symbol, to_timestamp($3::float8 / 1000) + n * make_interval(secs => $5), open, greatest(open, close) + 1,
       least(open, close) - 1, close, 10 + n % 5 from price`,
    [source, symbols, from, count, seconds],
  );
}

async function entriesOf(query: Query, tournamentId: string, count: number, options: WorldOptions) {
  const rows = Array.from({ length: count }, (_, n) => ({
    id: uuidv7(),
    agent_id: uuidv7(),
    name: `Agent ${n} of ${tournamentId}`,
    strategy: options.strategy ?? "cash",
    thinking: options.thinkingSeconds ?? null,
    kind: options.kind ?? "house",
    params: options.params ?? {},
  }));
  await query(
    `with a as (select * from jsonb_to_recordset($1::jsonb) as x(id uuid, agent_id uuid, name text, strategy text, thinking float8, kind text, params jsonb)),
     g as (insert into agents (id, name, strategy_type, strategy, kind) select agent_id, name, 'value', strategy, kind from a)
     insert into entries (id, tournament_id, agent_id, agent_name, strategy, baseline, first_round, cash, thinking_seconds, kind, params, joined_at)
     select a.id, t.id, a.agent_id, a.name, a.strategy, false, 0, t.starting_cash, a.thinking, a.kind, a.params, t.starts_at from a, tournaments t where t.id = $2`,
    [JSON.stringify(rows), tournamentId],
  );
  return rows.map((row) => ({ id: row.id, agentId: row.agent_id, name: row.name }));
}

export interface TestClock {
  now(): number;
  set(ms: number): Promise<void>;
  add(ms: number): Promise<void>;
}

/** Makes `agonus_now()` read a row, so every statement in this database gets the test's time. */
export async function testClock(query: Query, startAt = START - MINUTE): Promise<TestClock> {
  let at = startAt;
  const store = () => query(`update test_clock set at = to_timestamp($1::float8 / 1000)`, [at]);
  await query(`create table test_clock (at timestamptz not null)`);
  await query(`insert into test_clock values (to_timestamp($1::float8 / 1000))`, [at]);
  await query(
    `create or replace function agonus_now() returns timestamptz language sql volatile as $$ select at from test_clock $$`,
  );
  return {
    now: () => at,
    set: async (ms) => {
      at = ms;
      await store();
    },
    add: async (ms) => {
      at += ms;
      await store();
    },
  };
}

export async function count(query: Query, what: string, params: readonly unknown[] = []): Promise<number> {
  const [row] = await query<{ n: number }>(`select count(*) as n from ${what}`, params);
  return row?.n ?? 0;
}
