import { uuidv7 } from "uuidv7";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ApiClient, ApiRefusal } from "../../../src/cli/api-client.ts";
import { parseTournamentArgs } from "../../../src/cli/tournament/args.ts";
import { followTournament, lookAt, shortfallOf } from "../../../src/cli/tournament/follow.ts";
import { planTournament, type TournamentPlan, withheld } from "../../../src/cli/tournament/plan.ts";
import { readResult } from "../../../src/cli/tournament/result.ts";
import { createTournament, findUnfinished, startTournament, storeCandles } from "../../../src/cli/tournament/run.ts";
import type { Query } from "../../../src/db/query.ts";
import { hashTournament } from "../../../src/rounds/result-hash.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../support/database.ts";

let database: TestDatabase;
let query: Query;
beforeAll(async () => {
  database = await openTestDatabase();
  query = database.query;
});
afterAll(async () => {
  await database?.close();
  await closeTestServer();
});

async function planOf(...argv: string[]): Promise<TournamentPlan> {
  const args = parseTournamentArgs(argv);
  if (args.kind !== "run") throw new Error("bad arguments");
  const planned = await planTournament(args.options);
  if (planned.kind === "bad") throw new Error(planned.errors.join());
  return planned.plan;
}

/** Takes the place of the Worker: it stores what it is sent. */
function fakeApi() {
  const calls: { path: string; body: unknown }[] = [];
  const api: ApiClient = {
    async get(_, schema) {
      return schema.parse({ items: [], next_cursor: null });
    },
    async post(path, body, schema) {
      calls.push({ path, body });
      const id = uuidv7();
      const b = JSON.parse(JSON.stringify(body));
      if (path === "/agents") {
        await query(
          "insert into agents (id, name, personality, strategy_type, strategy, baseline, config) values ($1, $2, $3, $4, $5, $6, $7)",
          [
            id,
            b.name,
            b.personality,
            b.strategy_type,
            b.strategy,
            b.strategy_type === "baseline",
            JSON.stringify(b.config),
          ],
        );
      } else if (path === "/tournaments") {
        await query(
          `insert into tournaments (id, name, market, candle_source_id, symbols, interval_seconds, starts_at, ends_at, starting_cash, rules, rules_hash)
           values ($1, $2, $3, $4, array(select jsonb_array_elements_text($5::jsonb)), $6, $7, $8, $9, $10, 'h')`,
          [
            id,
            b.name,
            b.market,
            b.rules.candle_source,
            JSON.stringify(b.symbols),
            b.interval_seconds,
            b.starts_at,
            b.ends_at,
            b.starting_cash,
            JSON.stringify(b.rules),
          ],
        );
      } else {
        const [row] = await query(
          "update tournaments set status = 'live', started_at = agonus_now() where id = $1 and status in ('upcoming', 'paused') returning id",
          [path.split("/")[2]],
        );
        if (!row) throw new ApiRefusal(409, "tournament.wrong_state", "it is live");
      }
      return schema.parse({ id });
    },
  };
  return { api, calls, made: (path: string) => calls.filter((call) => call.path === path).length };
}

describe("a replay", () => {
  test("stores its candles, its agents and its tournament, and finds all of them again", async () => {
    const plan = await planOf("--rounds", "3", "--seed", "again");
    await storeCandles(query, plan, () => {});
    const { api, made } = fakeApi();
    expect(await findUnfinished(query, plan)).toBeNull();
    const id = await createTournament(api, query, plan);
    expect(made("/agents")).toBe(plan.agents.length);
    expect(await findUnfinished(query, plan)).toEqual({ id, status: "upcoming" });
    await startTournament(api, id, "upcoming");
    expect(await findUnfinished(query, plan)).toEqual({ id, status: "live" });
    expect(await findUnfinished(query, await planOf("--rounds", "4", "--seed", "again"))).toBeNull();

    await query("update tournaments set status = 'completed' where id = $1", [id]);
    expect(await findUnfinished(query, plan)).toBeNull();
    const second = await createTournament(api, query, plan);
    expect(second).not.toBe(id);
    expect(made("/agents")).toBe(plan.agents.length);
  });

  test("with an outside agent runs on candles under a key, and goes on with the same candles", async () => {
    const house = await planOf("--rounds", "3", "--seed", "withheld");
    expect(withheld(house.source, ["house"])).toBe(house.source);
    const plan = { ...house, source: withheld(house.source, ["house", "outside"]) };
    expect(plan.source).toMatchObject({ secret: true });
    expect(plan.source.id).not.toBe(house.source.id);
    for (const each of [house, plan]) await storeCandles(query, each, () => {});
    const closes = (id: string) =>
      query("select close::text from candles where source_id = $1 and symbol = 'BTC-USDT' order by open_at", [id]);
    expect(await closes(plan.source.id)).toHaveLength(123);
    expect(await closes(plan.source.id)).not.toEqual(await closes(house.source.id));
    expect(await query("select source_id from market_keys")).toEqual([{ source_id: plan.source.id }]);

    const id = await createTournament(fakeApi().api, query, plan);
    const again = { ...house, source: withheld(house.source, ["outside"]) };
    expect(again.source.id).not.toBe(plan.source.id);
    expect(await findUnfinished(query, again)).toEqual({ id, status: "upcoming" });
  });

  test("never reuses an agent that differs in anything", async () => {
    const plan = await planOf("--rounds", "3", "--seed", "again");
    const { api, made } = fakeApi();
    const changed = plan.agents.map((agent, i) => (i === 0 ? { ...agent, config: {} } : agent));
    await createTournament(api, query, { ...plan, agents: changed });
    expect(made("/agents")).toBe(1);
    const [first] = plan.agents;
    if (!first) throw new Error("no agents");
    await createTournament(api, query, { ...plan, agents: [{ ...first, owner: "me" }] });
    expect(made("/agents")).toBe(2);
  });

  test("goes on when something else started its tournament first", async () => {
    const plan = await planOf("--rounds", "2", "--seed", "race");
    await storeCandles(query, plan, () => {});
    const { api } = fakeApi();
    const id = await createTournament(api, query, plan);
    await startTournament(api, id, "upcoming");
    await expect(startTournament(api, id, "upcoming")).resolves.toBeUndefined();
  });

  test("is followed to its end, through a database that fails for a while", async () => {
    const { id } = await settled("follow");
    let fails = 3;
    const shaky: Query = (text, params) => (fails-- > 0 ? Promise.reject(new Error("down")) : query(text, params));
    const seen: number[] = [];
    const options = {
      tournamentId: id,
      now: () => 0,
      onLook: (look: { settled: number }) => seen.push(look.settled),
      onNote: () => {},
    };
    const end = await followTournament({ ...options, query: shaky, signal: new AbortController().signal });
    expect(end.status).toBe("completed");
    expect(shortfallOf(id, end)).toBeNull();
    expect(seen).toEqual([1]);
    const aborted = followTournament({ ...options, query, signal: AbortSignal.abort() });
    await expect(aborted).rejects.toThrow();
  });

  test("that was cancelled ends with a sentence, which has the reason if Agonus cancelled it", async () => {
    const { id } = await settled("cancelled");
    await query(`update tournaments set status = 'cancelled' where id = $1`, [id]);
    const by = { tournamentId: id, now: () => 0, onLook: () => {}, onNote: () => {}, query };
    const signal = new AbortController().signal;
    const says = `The tournament ${id} was cancelled after 1 round, before its last one.`;
    expect(shortfallOf(id, await followTournament({ ...by, signal }))).toBe(says);
    await query(`update tournaments set ended_reason = 'market.unusable' where id = $1`, [id]);
    expect(shortfallOf(id, await followTournament({ ...by, signal }))).toBe(
      `${says} The market's prices are missing or can't be stored, so the round could not be settled. (market.unusable)`,
    );
  });

  test("ends with the figures and the hash of its rows, whatever their ids", async () => {
    const [one, two, other] = [await settled("a"), await settled("b"), await settled("c", "3.00000001")];
    const { api } = fakeApi();
    const result = await readResult(api, query, one.id);
    expect(result.counts).toEqual({
      rounds: 1,
      entries: 1,
      decisions_made: 1,
      decisions_held: 0,
      trades: 1,
      orders_refused: 1,
      tasks: { SUCCESS: 1 },
    });
    expect(result.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(await hashTournament(query, two.id)).toBe(result.hash);
    expect(await hashTournament(query, other.id)).not.toBe(result.hash);
    expect(await lookAt(query, one.id)).toEqual({
      status: "completed",
      settled: 1,
      decisions: 1,
      active: null,
      ended_reason: null,
    });
  });
});

/** A completed tournament of one round, one entry, a filled and a refused order. */
async function settled(seed: string, fee = "3"): Promise<{ id: string }> {
  const plan = await planOf("--rounds", "1", "--seed", seed);
  await storeCandles(query, plan, () => {});
  const { api } = fakeApi();
  const id = await createTournament(api, query, { ...plan, agents: plan.agents.slice(0, 1) });
  const [round, entry] = [uuidv7(), uuidv7()];
  const statements: [string, unknown[]][] = [
    [
      `insert into entries (id, tournament_id, agent_id, agent_name, strategy, baseline, first_round, cash)
       select $1, $2, id, name, strategy, false, 0, 500 from agents where name = 'AlphaBot' limit 1`,
      [entry, id],
    ],
    [
      `insert into rounds (id, tournament_id, number, state, due_at, deadline_at, participants)
       values ($1, $2, 0, 'settled', $3, 'infinity', 1)`,
      [round, id, new Date(plan.startsAt).toISOString()],
    ],
    [
      "insert into decisions (round_id, entry_id, outcome, order_count, version, details_hash) values ($1, $2, 'made', 2, 0, 'h')",
      [round, entry],
    ],
    [
      `insert into orders (round_id, entry_id, seq, side, symbol, amount, state, code, refused_at)
       values ($1, $2, 0, 'buy', 'BTC-USDT', 100, 'filled', null, null), ($1, $2, 1, 'buy', 'BTC-USDT', 900, 'refused', 'x', 'decision')`,
      [round, entry],
    ],
    [
      `insert into trades (round_id, entry_id, seq, tournament_id, id, side, symbol, quantity, price, fee, cash_change)
       values ($1, $2, 0, $3, $4, 'buy', 'BTC-USDT', 0.001, 100000, $5, -100)`,
      [round, entry, id, uuidv7(), fee],
    ],
    [
      `insert into equity_points (tournament_id, round, entry_id, equity, rank, peak, max_drawdown, returns_count, returns_mean, returns_m2)
       values ($1, 0, $2, 500, 1, 500, 0, 1, 0, 0)`,
      [id, entry],
    ],
    [
      `insert into tasks (id, name, queue, state, args, max_attempts, tournament_id, due_at, finished_at)
       values ($1, 'run_agent_decision', 'agents', 'SUCCESS', '{}', 4, $2, agonus_now(), agonus_now())`,
      [uuidv7(), id],
    ],
    ["update tournaments set status = 'completed' where id = $1", [id]],
  ];
  for (const [text, params] of statements) await query(text, params);
  return { id };
}
