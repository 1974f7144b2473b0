/** A replay in blocks is the same replay: whatever is stored and can be read agrees with single rounds, but for ids and times. */
import { uuidv7 } from "uuidv7";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Query } from "../../../src/db/query.ts";
import { insertEntries } from "../../../src/db/statements/entries/join.ts";
import { pauseTournament } from "../../../src/db/statements/tournaments/change-state.ts";
import { checkLedger } from "../../../src/ledger/check-ledger.ts";
import { advance } from "../../../src/rounds/advance.ts";
import type { BlockRequest } from "../../../src/rounds/block/asked.ts";
import { playEntry } from "../../../src/rounds/block/play.ts";
import { hashTournament } from "../../../src/rounds/result-hash.ts";
import { strategies } from "../../../src/strategies/registry.ts";
import { count, type World, world } from "../../support/builders.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { type Twin, withTwin } from "../../support/guards.ts";
import { type InProcess, inProcess } from "../../support/in-process.ts";

let db: TestDatabase;
let query: Query;
beforeAll(async () => {
  db = await openTestDatabase();
  query = db.query;
});
afterAll(async () => {
  await db.close();
  await closeTestServer();
});

const ROUNDS = 40;
const NAMES = Object.keys(strategies);

/** A field of every strategy under limits, on a market with a quiet span. The names are the same in every world. */
async function field(rounds = ROUNDS): Promise<World> {
  const cup = await world(query, { market: "replay", rounds, entries: NAMES.length });
  await query(
    `update entries e set agent_name = 'Agent ' || x.name, strategy = x.name, baseline = x.name in ('cash', 'buy_and_hold', 'random'),
       params = case when x.name = 'buy_and_hold' then '{"symbol": "BTC-USDT"}'::jsonb else '{}' end,
       limits = case when x.n % 3 = 0 then null else
         '{"risk_score": "0.5", "max_position_share": "0.35", "cash_reserve_share": "0.1", "max_trades_per_round": 2}'::jsonb end
     from unnest($1::uuid[], $2::text[]) with ordinality x(id, name, n) where e.id = x.id`,
    [cup.entries.map(({ id }) => id), NAMES],
  );
  await query(
    `update candles set filled = true, open = 103, high = 103, low = 103, close = 103, volume = 0
     where source_id = $1 and symbol = 'BTC-USDT' and open_at between to_timestamp($2::float8 / 1000) and to_timestamp($3::float8 / 1000)`,
    [cup.source, cup.due(9), cup.due(12)],
  );
  return cup;
}

async function play(cup: World, blockRounds: number): Promise<InProcess> {
  const run = inProcess(query);
  Object.assign(run.ports, { blockRounds });
  for (let step = 0; step < 4000; step++) {
    const { status } = await advance(run.ports, cup.id);
    if (status !== "live") return run;
    await run.drain();
  }
  throw new Error("the replay did not end");
}

/** All rows of a tournament, by what does not change from run to run. */
async function rowsOf(cup: World): Promise<Record<string, unknown[] | string>> {
  const of = async (sql: string) =>
    JSON.parse(
      JSON.stringify(await query(sql, [cup.id]))
        .replaceAll(cup.id, "the cup")
        .replaceAll(/"since":"[^"]*"/g, '"since":""'),
    );
  const at = `join entries e on e.id = x.entry_id`;
  const round = `join rounds r on r.id = x.round_id and r.tournament_id = $1`;
  return {
    hash: await hashTournament(query, cup.id),
    rounds: await of(
      `select r.number, r.state, r.due_at, r.deadline_at, r.participants, r.sends > 0 as sent_is_ours, s.hash, s.candles, s.source_id
       from rounds r join snapshots s on s.round_id = r.id where tournament_id = $1 order by 1`.replace(
        ", r.sends > 0 as sent_is_ours",
        "",
      ),
    ),
    quotes: await of(
      `select r.number, q.symbol, q.bid, q.ask, q.mid, q.filled, q.venue from quotes q join rounds r on r.id = q.round_id
       where r.tournament_id = $1 order by 1, 2`,
    ),
    decisions: await of(
      `select r.number, e.agent_name, x.outcome, x.order_count, x.version, x.details_hash, d.reasoning, d.confidence, d.body
       from decisions x ${round} ${at} join decision_details d using (round_id, entry_id) order by 1, 2`,
    ),
    orders: await of(
      `select r.number, e.agent_name, x.seq, x.side, x.symbol, x.amount, x.confidence, x.state, x.code, x.refused_at
       from orders x ${round} ${at} order by 1, 2, 3`,
    ),
    trades: await of(
      `select r.number, e.agent_name, x.seq, x.tournament_id, x.side, x.symbol, x.quantity, x.price, x.fee, x.cash_change, x.realized_profit
       from trades x ${round} ${at} order by 1, 2, 3`,
    ),
    points: await of(
      `select x.round, e.agent_name, x.equity, x.rank, x.peak, x.max_drawdown, x.returns_count, x.returns_mean, x.returns_m2
       from equity_points x ${at} where x.tournament_id = $1 order by 1, 2`,
    ),
    entries: await of(
      `select agent_name, cash, version, trades_count, closed_trades, winning_trades, fees, realized_profit, misses, recoveries, status
       from entries where tournament_id = $1 order by 1`,
    ),
    positions: await of(
      `select e.agent_name, x.symbol, x.quantity from positions x ${at} where e.tournament_id = $1 order by 1, 2`,
    ),
    lots: await of(
      `select e.agent_name, x.symbol, x.round, x.seq, x.quantity, x.cost from lots x ${at} where e.tournament_id = $1 order by 1, 2, 3, 4`,
    ),
    memories: await of(
      `select e.agent_name, x.notes, x.round from memories x ${at} where e.tournament_id = $1 order by 1`,
    ),
    tasks: await of(
      `select e.agent_name, x.name, x.queue, x.state, x.args - 'agent_id' as args, x.result, x.round, x.attempt, x.max_attempts,
         x.progress, case when x.args is null then x.history else x.history #- '{0,at}' end as history, x.error, x.correlation_id
       from tasks x ${at} where x.tournament_id = $1 order by 1, 2, coalesce(x.round, (x.result->>'round')::int)`,
    ),
  };
}

describe("a field of every house strategy", () => {
  let alone: World;
  let singly: Record<string, unknown[] | string>;
  beforeAll(async () => {
    alone = await field();
    await play(alone, 0);
    singly = await rowsOf(alone);
  });

  /** A second one on the same market, so that its hashes agree. */
  async function again(): Promise<World> {
    const cup = await field();
    await query("update tournaments set candle_source_id = $2 where id = $1", [cup.id, alone.source]);
    return cup;
  }

  test("the single rounds buy, sell, refuse and remember", () => {
    const { orders, memories } = singly;
    expect(JSON.stringify(orders)).toContain('"trading.no_market"');
    expect(new Set((orders as { side: string; state: string }[]).map(({ side, state }) => `${side} ${state}`))).toEqual(
      new Set(["buy filled", "buy refused", "sell filled"]),
    );
    expect(memories?.length).toBeGreaterThan(1);
  });

  test.for([2, 7, 128])("blocks of %i store what single rounds store", async (blockRounds) => {
    const cup = await again();
    const run = await play(cup, blockRounds);
    const blocks = run.events.filter((event) => event.event === "block");
    expect(blocks.length).toBeGreaterThan(ROUNDS / 2 / blockRounds);
    expect(blocks.every(({ outcome }) => outcome === "stored")).toBe(true);
    const rows = await rowsOf(cup);
    for (const name of Object.keys(singly)) expect(rows[name], name).toEqual(singly[name]);
    expect(await checkLedger(query, { tournamentId: cup.id })).toMatchObject({ ok: true });
  });
});

/** Plays one block of three entries that buy, with `meanwhile` just before it is stored. */
async function meet(sent: Query, meanwhile: (cup: World) => Promise<unknown>): Promise<{ cup: World; run: InProcess }> {
  const cup = await world(query, { market: "replay", rounds: 8, entries: 3, strategy: "equal_weight" });
  let met = false;
  const run = inProcess(async (text, params) => {
    if (text.includes("guard block-live") && !met) {
      met = true;
      await meanwhile(cup);
    }
    return sent(text, params);
  });
  Object.assign(run.ports, { blockRounds: 4 });
  await advance(run.ports, cup.id);
  return { cup, run };
}

const outcomes = ({ events }: InProcess) => events.flatMap((event) => (event.event === "block" ? [event.outcome] : []));

/** What happens between the reading and the storing of a block, so that the block must not be stored. */
const meetings: { what: string; twin: Twin; meanwhile: (cup: World) => Promise<unknown> }[] = [
  {
    what: "a pause",
    twin: { guard: "block-live", broken: "and true" },
    meanwhile: (cup) => pauseTournament(query, cup.id),
  },
  {
    what: "a round that another caller opened",
    twin: { guard: "block-next", broken: "true" },
    meanwhile: async (cup) => {
      const run = inProcess(query);
      await advance(run.ports, cup.id);
    },
  },
  {
    what: "an agent that joins",
    twin: { guard: "block-participants", broken: "true" },
    meanwhile: (cup) => joinOne(cup),
  },
  {
    what: "a recovery",
    twin: { guard: "block-version" },
    meanwhile: (cup) => query("update entries set version = version + 1 where id = $1", [cup.entries[0]?.id]),
  },
];

async function joinOne(cup: World): Promise<void> {
  const id = uuidv7();
  await query("insert into agents (id, name, strategy_type, strategy) values ($1, $2, 'value', 'cash')", [
    id,
    `Late ${id}`,
  ]);
  const entry = {
    id: uuidv7(),
    agent_id: id,
    agent_name: `Late ${id}`,
    skeleton: id,
    shape: id,
    strategy: "cash",
    baseline: false,
    limits: null,
    params: {},
    thinking_seconds: null,
    kind: "house",
  } as const;
  expect((await insertEntries(query, cup.id, [entry])).joined).toEqual([id]);
}

describe.each(meetings)("$what between reading and storing", ({ twin, meanwhile }) => {
  test("the block is not stored, and nothing of it", async () => {
    const { cup, run } = await meet(query, meanwhile);
    expect(outcomes(run)).toEqual(["lost"]);
    expect(await count(query, "rounds where tournament_id = $1 and state = 'settled'", [cup.id])).toBe(0);
    expect(await count(query, "trades where tournament_id = $1", [cup.id])).toBe(0);
    expect(await count(query, "tasks where tournament_id = $1 and state = 'SUCCESS'", [cup.id])).toBe(0);
  });

  test("without its guard it would be", async () => {
    // Where the unique keys of the rounds stand behind the guard, they are what refuses it.
    const { run } = await meet(withTwin(query, twin), meanwhile);
    expect(outcomes(run)).toEqual([twin.guard === "block-next" ? "lost" : "stored"]);
  });
});

test("two blocks of different lengths meet: one is stored whole, and the other not at all", async () => {
  const cup = await field();
  const runs = [5, 9].map((blockRounds) => {
    const run = inProcess(query);
    Object.assign(run.ports, { blockRounds });
    return run;
  });
  for (let step = 0; step < 6; step++) await Promise.all(runs.map((run) => advance(run.ports, cup.id)));
  expect(runs.flatMap(outcomes)).toContain("stored");
  for (const run of runs) await run.drain();
  await Promise.all(runs.map((run) => advance(run.ports, cup.id)));
  expect(await checkLedger(query, { tournamentId: cup.id })).toMatchObject({ ok: true });
});

test("who joins during a block takes part from the next round on", async () => {
  const cup = await world(query, { market: "replay", rounds: 12, entries: 2, strategy: "equal_weight" });
  const joined = Promise.withResolvers<void>();
  let joins = false;
  const run = inProcess(async (text, params) => {
    // It waits for the tournament's row from before the block commits. If it comes first, the block is lost and played again.
    if (text.includes("guard block-live") && !joins) {
      joins = true;
      setTimeout(() => joinOne(cup).then(joined.resolve, joined.reject), 0);
    }
    return query(text, params);
  });
  Object.assign(run.ports, { blockRounds: 4 });
  await advance(run.ports, cup.id);
  await joined.promise;
  // What a lost block sent instead is this run's to deliver.
  await run.drain();
  await play(cup, 4);
  const [late] = await query<{ first_round: number }>(
    "select first_round from entries where tournament_id = $1 and agent_name like 'Late%'",
    [cup.id],
  );
  const points = await count(
    query,
    "equity_points p join entries e on e.id = p.entry_id where e.tournament_id = $1 and e.agent_name like 'Late%'",
    [cup.id],
  );
  expect(points).toBe(12 - (late?.first_round ?? 0));
  expect(await checkLedger(query, { tournamentId: cup.id })).toMatchObject({ ok: true });
});

test("a strategy that fails in a round ends the block before it; that round is played singly, and the replay goes on", async () => {
  const cup = await world(query, { market: "replay", rounds: 12, entries: 2, strategy: "equal_weight" });
  const run = inProcess(query);
  const { agent } = run.ports;
  const failing = (id: string) => ({
    ...agent(id),
    playBlock: async (request: BlockRequest) =>
      playEntry(request, (view) => {
        if (view.round === 6) throw new Error("the strategy fails");
        return strategies.equal_weight.decide(view);
      }),
  });
  Object.assign(run.ports, { blockRounds: 128, agent: failing });
  for (let step = 0; step < 100; step++) {
    if ((await advance(run.ports, cup.id)).status !== "live") break;
    await run.drain();
  }
  const blocks = run.events.flatMap((event) => (event.event === "block" ? [[event.first, event.rounds]] : []));
  expect(blocks).toEqual([
    [0, 6],
    [7, 5],
  ]);
  expect(await count(query, "rounds where tournament_id = $1 and state = 'settled'", [cup.id])).toBe(12);
});

test("an object that reckons another account has its block thrown away, and its rounds are played singly", async () => {
  const cup = await world(query, { market: "replay", rounds: 6, entries: 2, strategy: "equal_weight" });
  const run = inProcess(query);
  const { agent } = run.ports;
  const lying = (id: string) => ({
    ...agent(id),
    playBlock: async (request: BlockRequest) => {
      const reply = await agent(id).playBlock(request);
      return { ...reply, cash: reply.cash.map(() => "1000000") };
    },
  });
  Object.assign(run.ports, { blockRounds: 128, agent: lying });
  for (let step = 0; step < 100; step++) {
    if ((await advance(run.ports, cup.id)).status !== "live") break;
    await run.drain();
  }
  expect(outcomes(run)).toEqual([]);
  expect(run.events.some((event) => event.event === "fault" && event.where === "block.account")).toBe(true);
  expect(await checkLedger(query, { tournamentId: cup.id })).toMatchObject({ ok: true });
  expect(await count(query, "rounds where tournament_id = $1 and state = 'settled'", [cup.id])).toBe(6);
});

test("a market that ends within a block ends the block before it, and the replay with its reason", async () => {
  const cup = await world(query, { market: "replay", rounds: 12, entries: 2, strategy: "equal_weight" });
  await query(
    "delete from candles where source_id = $1 and symbol = 'ETH-USDT' and open_at = to_timestamp($2::float8 / 1000)",
    [cup.source, cup.due(5)],
  );
  const run = await play(cup, 128);
  expect(outcomes(run)).toEqual(["stored"]);
  const [row] = await query("select status, ended_reason from tournaments where id = $1", [cup.id]);
  expect(row).toEqual({ status: "cancelled", ended_reason: "market.unusable" });
  expect(await count(query, "rounds where tournament_id = $1 and state = 'settled'", [cup.id])).toBe(5);
});
