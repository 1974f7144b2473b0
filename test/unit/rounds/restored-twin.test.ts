/**
 * An entry whose object is evicted and recovered at any time, and its twin in another tournament of the same rounds whose
 * object never was: they have the same account, lots, memory and trades, and go on to decide the same.
 */
import fc from "fast-check";
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { TradingAgent } from "../../../durable-objects/trading-agent.ts";
import { seededRandom } from "../../../src/core/random.ts";
import type { Query } from "../../../src/db/query.ts";
import type { Env } from "../../../src/env.ts";
import { checkLedger } from "../../../src/ledger/check-ledger.ts";
import { advance } from "../../../src/rounds/advance.ts";
import { strategies } from "../../../src/strategies/registry.ts";
import { type Choice, strategyTypes, type View } from "../../../src/strategies/strategy.ts";
import { type TestClock, testClock, type World, world } from "../../support/builders.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { withTwin } from "../../support/guards.ts";
import { type InProcess, inProcess } from "../../support/in-process.ts";

vi.mock("cloudflare:workers", async () => import("../../sim/cloudflare-workers.ts"));

let db: TestDatabase;
let clock: TestClock;
beforeEach(async () => {
  db = await openTestDatabase();
  clock = await testClock(db.query);
});
afterEach(() => db.close());
afterAll(closeTestServer);

/** The objects of both tournaments: real ones, on storage that outlives them. */
class Objects {
  readonly #live = new Map<string, TradingAgent>();
  readonly #stored = new Map<string, Map<string, unknown>>();

  of(entryId: string): TradingAgent {
    let object = this.#live.get(entryId);
    if (!object) {
      const stored = this.#stored.get(entryId) ?? new Map<string, unknown>();
      this.#stored.set(entryId, stored);
      const storage = {
        get: async (key: string) => structuredClone(stored.get(key)),
        put: async (key: string, value: unknown) => void stored.set(key, structuredClone(value)),
        delete: async (key: string) => stored.delete(key),
        getAlarm: async () => null,
        setAlarm: async () => {},
        deleteAlarm: async () => {},
      };
      object = new TradingAgent({ id: { name: entryId }, storage } as never, {} as Env);
      this.#live.set(entryId, object);
    }
    return object;
  }

  evict(entryId: string): void {
    this.#live.delete(entryId);
  }
}

const ROUNDS = 4;
const MOMENTS = ["before it decides", "after it decided", "after the close", "after its fill"] as const;
const upsets = fc.array(
  fc.record({
    round: fc.nat(ROUNDS - 1),
    moment: fc.constantFrom(...MOMENTS),
    entry: fc.nat(2),
    what: fc.constantFrom("evicted", "recovered", "evicted, then recovered", "asked twice"),
  }),
  { minLength: 1, maxLength: 8 },
);
/** Two that trade wildly, and a house strategy. */
const fields = fc.constantFrom(...strategyTypes).map((key) => ["random", "random", key]);
const markets = fc.integer({ min: 1, max: 1_000_000 });

/** Trades at random, by what it holds, what was filled and what it remembers: whatever a restore got wrong, it decides otherwise. */
function wild({ seed, account, fills, memory, symbols, prices }: View): Choice {
  const count = Number(memory.count ?? 0);
  const random = seededRandom(`${seed}/${count}/${account.cash}/${JSON.stringify([account.positions, fills])}`);
  const orders = Array.from({ length: Math.floor(random.next() * 3) }, () => {
    const symbol = symbols[Math.floor(random.next() * symbols.length)] ?? "BTC-USDT";
    const held = Number(account.positions[symbol] ?? 0);
    const sells = held * Number(prices[symbol]) > 10 && random.next() < 0.5;
    const share = 0.1 + random.next() * 0.5;
    const amount = (sells ? held * share : Number(account.cash) * share).toFixed(8);
    return { side: sells ? ("sell" as const) : ("buy" as const), symbol, amount };
  });
  return { orders, reasoning: `at random, for the ${count + 1}th time`, confidence: 1, memory: { count: count + 1 } };
}

/** Prices that jump, another way in each market. */
function shake(query: Query, cup: World, seed: number) {
  return query(
    `with p as (
       select source_id, symbol, open_at, 50 + abs(hashtextextended(symbol || open_at, $2)) % 10000 / 100.0 as open,
         50 + abs(hashtextextended(symbol || open_at || 'close', $2)) % 10000 / 100.0 as close
       from candles where source_id = $1)
     update candles c set open = p.open, close = p.close, high = greatest(p.open, p.close) + 1, low = least(p.open, p.close) - 1
     from p where c.source_id = p.source_id and c.symbol = p.symbol and c.open_at = p.open_at`,
    [cup.source, seed],
  );
}

async function cupOf(startsAt: number, seed: number, how: readonly string[]): Promise<World> {
  const cup = await world(db.query, { rounds: ROUNDS, entries: how.length, startsAt });
  await shake(db.query, cup, seed);
  await db.query(
    `update entries e set agent_name = 'Agent ' || x.n, strategy = x.how, limits = '{"risk_score": "0.9",
       "max_position_share": "0.8", "cash_reserve_share": "0.05", "max_trades_per_round": 3}' from unnest($1::uuid[], $2::text[])
     with ordinality x(id, how, n) where e.id = x.id`,
    [cup.entries.map(({ id }) => id), how],
  );
  return cup;
}

/** All that an entry is, ids left out; a recovery raises the version by one and changes nothing else. */
function stateOf(cup: World): Promise<Record<string, unknown>[]> {
  const rows = (what: string) =>
    `(select coalesce(jsonb_agg(to_jsonb(x) order by to_jsonb(x)::text), '[]') from (${what}) x)`;
  return db.query(
    `select e.agent_name, e.cash, e.fees, e.realized_profit, e.trades_count, e.closed_trades, e.winning_trades,
       e.version - e.recoveries as version, e.prevented,
       ${rows("select symbol, quantity from positions where entry_id = e.id")} as positions,
       ${rows("select symbol, round, seq, quantity, cost from lots where entry_id = e.id")} as lots,
       (select notes from memories where entry_id = e.id) as memory,
       ${rows("select r.number, d.outcome, d.details_hash from decisions d join rounds r on r.id = d.round_id where d.entry_id = e.id")} as decisions,
       ${rows("select r.number, t.seq, t.side, t.symbol, t.quantity, t.price, t.fee, t.realized_profit from trades t join rounds r on r.id = t.round_id where t.entry_id = e.id")} as trades,
       ${rows("select round, equity, rank from equity_points where entry_id = e.id")} as equity
     from entries e where e.tournament_id = $1 order by e.agent_name`,
    [cup.id],
  );
}

interface Played {
  readonly run: InProcess;
  readonly objects: Objects;
  readonly upset: World;
  readonly twin: World;
}

async function strike({ run, objects, upset, twin }: Played, entry: number, what: string): Promise<void> {
  const { id, agentId } = upset.entries[entry] ?? { id: "", agentId: "" };
  if (what.startsWith("evicted")) objects.evict(id);
  if (what === "asked twice") {
    run.queued.push({ queue: "agents", message: { type: "decide", tournament_id: upset.id, entry_ids: [id, id] } });
    await run.drain();
  }
  if (!what.endsWith("recovered")) return;
  const { taskId } = await run.ports.enqueue("recover_agent_state", { tournament_id: upset.id, agent_id: agentId });
  await run.drain();
  const [task] = await db.query<{ state: string; result: { restored: Record<string, unknown> } }>(
    `select state, result from tasks where id = $1`,
    [taskId],
  );
  expect(task?.state).toBe("SUCCESS");
  // What the recovery says that it restored is the account of the one that never needed it.
  const [own, other] = await Promise.all(
    [id, twin.entries[entry]?.id].map((entryId) =>
      db.query<{ cash: string; trades: number; positions: Record<string, string> }>(
        `select trim_scale(cash)::text as cash, trades_count as trades,
           (select coalesce(jsonb_object_agg(symbol, trim_scale(quantity)::text), '{}') from positions where entry_id = e.id) as positions
         from entries e where id = $1`,
        [entryId],
      ),
    ),
  );
  expect(own).toEqual(other);
  expect(task?.result.restored).toMatchObject(own?.[0] ?? { cash: "none" });
}

/** Plays it with `query` as the system's; answers how many trades there were. */
async function holds(query: Query, runs: number): Promise<number> {
  let trades = 0;
  vi.spyOn(strategies.random, "decide").mockImplementation(wild);
  await fc.assert(
    fc.asyncProperty(markets, fields, upsets, async (seed, how, plan) => {
      const startsAt = clock.now() + 60_000;
      const [upset, twin] = [await cupOf(startsAt, seed, how), await cupOf(startsAt, seed, how)];
      const run = inProcess(query);
      const objects = new Objects();
      Object.assign(run.ports, { agent: (id: string) => objects.of(id) });
      const played = { run, objects, upset, twin };
      const both = async (work: (cup: World) => Promise<unknown> | unknown) => {
        for (const cup of [upset, twin]) await work(cup);
        await run.drain();
      };
      for (let round = 0; round < ROUNDS; round++) {
        const at = async (moment: (typeof MOMENTS)[number]) => {
          for (const { entry, what } of plan.filter((one) => one.round === round && one.moment === moment)) {
            await strike(played, entry, what);
          }
        };
        await clock.set(upset.due(round));
        for (const cup of [upset, twin]) await advance(run.ports, cup.id);
        await at("before it decides");
        await both(({ id, entries }) =>
          run.queued.push({
            queue: "agents",
            message: { type: "decide", tournament_id: id, entry_ids: entries.map((entry) => entry.id) },
          }),
        );
        await at("after it decided");
        await clock.set(upset.due(round) + 150_000);
        for (const cup of [upset, twin]) await advance(run.ports, cup.id);
        await at("after the close");
        await run.drain();
        await at("after its fill");
        expect(await stateOf(upset)).toEqual(await stateOf(twin));
      }
      const states = await stateOf(twin);
      trades += states.reduce((sum, { trades_count }) => sum + Number(trades_count), 0);
      for (const cup of [upset, twin])
        expect(await checkLedger(db.query, { tournamentId: cup.id })).toMatchObject({ ok: true });
      for (const cup of [upset, twin]) {
        await db.query(`update tournaments set status = 'completed', ended_at = agonus_now() where id = $1`, [cup.id]);
      }
    }),
    { numRuns: runs, seed: 20_260_302, endOnFailure: true },
  );
  return trades;
}

test("whatever is evicted and recovered, and when, an entry is what its untouched twin is, and decides alike", async () => {
  expect(await holds(db.query, 6)).toBeGreaterThan(30);
}, 180_000);

test("a recovery that empties the lots is caught", async () => {
  const forgetful = withTwin(db.query, {
    guard: "recovery-keeps",
    broken: "emptied as (delete from lots where entry_id = $1),",
  });
  await expect(holds(forgetful, 6)).rejects.toThrow(/Property failed/);
}, 180_000);
