/** Every task of the catalogue at its largest legal input: work that is accepted ends with a result that a row holds. */
import { uuidv7 } from "uuidv7";
import { afterAll, beforeEach, expect, test } from "vitest";
import { limits } from "../../../src/core/limits.ts";
import { freezeBulk } from "../../../src/db/statements/bulk/freeze.ts";
import { confirmBulk } from "../../../src/db/statements/bulk/job.ts";
import { readTask } from "../../../src/db/statements/tasks/read.ts";
import { type TaskName, taskRegistry } from "../../../src/tasks/registry.ts";
import { START, type TestClock, testClock, type World, world } from "../../support/builders.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { type InProcess, inProcess } from "../../support/in-process.ts";

let db: TestDatabase;
let clock: TestClock;
let run: InProcess;
beforeEach(async () => {
  db = await openTestDatabase();
  clock = await testClock(db.query);
  run = inProcess(db.query);
  return () => db.close();
});
afterAll(closeTestServer);

interface Ended {
  readonly state: string;
  readonly result: Record<string, unknown> | null;
  readonly error: unknown;
}

async function ended(name: TaskName, args: Record<string, unknown>): Promise<Ended> {
  const { taskId } = await run.ports.enqueue(name, args);
  await run.drain();
  const task = await readTask(db.query, taskId);
  if (!task) throw new Error("no task");
  const { attempts: _, ...error } = task.error ?? {};
  return { state: task.state, result: task.result, error: task.error && error };
}

/** `count` agents, each of whom some tournament may take. */
async function agents(count: number, name: string): Promise<string[]> {
  const ids = Array.from({ length: count }, () => uuidv7());
  await db.query(
    `insert into agents (id, name, strategy_type, strategy)
     select id::uuid, $2 || n, 'value', 'value' from jsonb_array_elements_text($1::jsonb) with ordinality x(id, n)`,
    [JSON.stringify(ids), name],
  );
  return ids;
}

/** The longest texts that an agent may answer with: those whose JSON is longest, too. */
const control = (chars: number) => "\u0001".repeat(chars);
const answer = {
  orders: [
    ...Array.from({ length: 100 }, () => ({ side: "buy", symbol: "BTC-USDT", amount: "1.00000001" })),
    ...Array.from({ length: 2000 }, (_, n) => ({
      side: "sell",
      symbol: control(36) + n,
      amount: "999999999999999.12345678",
    })),
  ],
  reasoning: control(limits.reasoningCharsMax),
  confidence: 0.123456789012345,
};
const answering = (cup: World) => {
  for (const { id } of cup.entries) run.answer(id, () => ({ kind: "choice", choice: answer, recovered: true }));
};
const whose = (cup: World) => ({ tournament_id: cup.id, agent_id: cup.entries[0]?.agentId });

async function openRound(): Promise<World> {
  const cup = await world(db.query, { entries: 1, strategy: "value" });
  await clock.set(START);
  await run.ports.wakeArena(cup.id);
  run.queued.length = 0;
  answering(cup);
  return cup;
}

/** A case a task; a new task without one is a type error, and the first test below fails. */
const cases: Record<TaskName, () => Promise<Ended>> = {
  async run_agent_decision() {
    const cup = await openRound();
    const made = await ended("run_agent_decision", whose(cup));
    expect(made).toMatchObject({ state: "SUCCESS", result: { outcome: "made", refused_count: 900 } });
    expect(made.result?.orders).toHaveLength(100);
    expect(made.result?.refused).toHaveLength(limits.resultRefusedMax);
    await db.query(`update rounds set state = 'skipped', skip_reason = 'test'`);
    const rehearsed = await ended("run_agent_decision", whose(cup));
    expect(rehearsed).toMatchObject({ state: "SUCCESS", result: { outcome: "rehearsal", refused_count: 900 } });
    return rehearsed;
  },
  async execute_agent_trade() {
    const cup = await openRound();
    await ended("run_agent_decision", whose(cup));
    await clock.add(150_000);
    for (let step = 0; step < 3; step++) await run.ports.wakeArena(cup.id);
    return ended("execute_agent_trade", { ...whose(cup), round: 0 });
  },
  async start_practice() {
    const cup = await world(db.query, { status: "upcoming", market: "replay", entries: 1 });
    return ended("start_practice", { tournament_id: cup.id });
  },
  async recover_agent_state() {
    const cup = await world(db.query, { entries: 1 });
    await db.query(
      `insert into positions select $1, repeat('€', 37) || lpad(n::text, 3, '0'), 999999999999999.12345678 from generate_series(1, $2) n`,
      [cup.entries[0]?.id, limits.symbolsMax],
    );
    const back = await ended("recover_agent_state", whose(cup));
    const { restored } = taskRegistry.recover_agent_state.result.parse(back.result);
    expect(Object.keys(restored.positions)).toHaveLength(limits.symbolsMax);
    return back;
  },
  async initialize_tournament_agents() {
    const cup = await world(db.query, { status: "upcoming", entries: 0 });
    const crowd = await agents(10_000, "Crowd ");
    const args = { tournament_id: cup.id, agent_ids: crowd };
    const joined = await ended("initialize_tournament_agents", args);
    expect(joined).toMatchObject({ state: "SUCCESS", result: { joined_count: 10_000, existing_count: 0 } });
    expect(joined.result?.joined).toEqual(crowd.slice(0, limits.resultIdsMax));
    expect(await ended("initialize_tournament_agents", args)).toMatchObject({ result: { existing_count: 10_000 } });
    const mixed = await ended("initialize_tournament_agents", {
      tournament_id: cup.id,
      agent_ids: [
        ...crowd.slice(0, 2500),
        ...(await agents(2500, "Crowd ")),
        ...(await agents(2500, "More ")),
        ...Array.from({ length: 2500 }, () => uuidv7()),
      ],
    });
    expect(mixed.result).toMatchObject({
      joined_count: 2500,
      existing_count: 2500,
      clashes_count: 2500,
      unknown_count: 2500,
    });
    for (const list of ["joined", "existing", "clashes", "unknown"]) {
      expect(mixed.result?.[list], list).toHaveLength(limits.resultIdsMax);
    }
    return mixed;
  },
  async check_tournament_transitions() {
    await copies(2000, "upcoming");
    const done = await ended("check_tournament_transitions", {});
    expect(done.result).toMatchObject({ started_count: 2000, advanced: 2000 });
    expect(done.result?.started).toHaveLength(limits.resultIdsMax);
    return done;
  },
  async run_all_live_tournament_agents() {
    await copies(2000, "live");
    return ended("run_all_live_tournament_agents", {});
  },
  async recover_crashed_agents() {
    await copies(2000, "live");
    await clock.set(START + 1_000_000);
    await db.query(
      `insert into rounds (id, tournament_id, number, state, due_at, deadline_at)
       select gen_random_uuid(), id, 0, 'open', starts_at, 'infinity' from tournaments`,
    );
    const done = await ended("recover_crashed_agents", {});
    expect(done.result).toMatchObject({ live: 2000, stale: 2000, verdict: "outage_of_ours" });
    return done;
  },
  async update_tournament_rankings() {
    await copies(2000, "live");
    return ended("update_tournament_rankings", {});
  },
  async check_tournament_result() {
    const cup = await world(db.query, { entries: 2 });
    const rounds = limits.checkedPointsMax;
    await db.query(
      `insert into rounds (id, tournament_id, number, state, due_at, deadline_at)
       select gen_random_uuid(), $1, $2, 'open', agonus_now(), agonus_now()`,
      [cup.id, rounds],
    );
    await db.query("update tournaments set status = 'cancelled', ended_at = agonus_now() where id = $1", [cup.id]);
    const done = await ended("check_tournament_result", { tournament_id: cup.id });
    expect(done.result).toMatchObject({ verdict: "too_large", hash: null });
    return done;
  },
  async cleanup_old_results() {
    const hours = { success_hours: 1, failure_hours: 1, dead_letter_hours: 1, detail_hours: 1 };
    return ended("cleanup_old_results", hours);
  },
  async run_bulk_job() {
    await db.query(
      `insert into tasks (id, name, queue, args, state, finished_at, due_at, max_attempts)
       select agonus_uuid_at(agonus_now() + make_interval(secs => n / 1e3)), 'greet', 'agents', '{}', 'SUCCESS', agonus_now(), agonus_now(), 1
       from generate_series(1, 5000) n`,
    );
    const ids = (await db.query<{ id: string }>(`select id from tasks`)).map((row) => row.id);
    const id = uuidv7();
    const draft = { id, action: "delete", asked: {}, args: {}, tokenHash: "test", by: "operator" } as const;
    await freezeBulk(db.query, draft, { ids });
    await confirmBulk(db.query, id, "test", uuidv7());
    const done = await ended("run_bulk_job", { bulk_id: id });
    expect(done.result).toMatchObject({ frozen: 5000, done: 5000 });
    return done;
  },
};

/** Tournaments of one entry each, as many as that, beside one that is theirs to copy. */
async function copies(count: number, status: "upcoming" | "live"): Promise<void> {
  const cup = await world(db.query, { status, entries: 1 });
  await db.query(
    `with t as (
       insert into tournaments (id, name, status, market, candle_source_id, symbols, interval_seconds, starts_at, ends_at,
         starting_cash, rules, rules_hash, started_at)
       select gen_random_uuid(), 'Copy ' || n, status, market, candle_source_id, symbols,
         interval_seconds, starts_at, ends_at, starting_cash, rules, rules_hash, started_at
       from tournaments, generate_series(2, $2) n where id = $1 returning id)
     insert into entries (id, tournament_id, agent_id, agent_name, strategy, baseline, first_round, cash, joined_at)
     select gen_random_uuid(), t.id, e.agent_id, e.agent_name,
       e.strategy, e.baseline, 0, e.cash, e.joined_at from t, entries e where e.tournament_id = $1`,
    [cup.id, count],
  );
  await clock.set(START);
  // Each would look at its own rounds: that is no part of what the task answers.
  Object.assign(run.ports, { wakeArena: async () => {} });
}

test("every task has its largest case", () => {
  expect(Object.keys(cases).sort()).toEqual(Object.keys(taskRegistry).sort());
});

test.each(Object.entries(cases))(
  "%s at its largest legal input succeeds, with a result that fits",
  async (name, largest) => {
    const { state, result, error } = await largest();
    expect({ state, error }).toEqual({ state: "SUCCESS", error: null });
    expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThanOrEqual(limits.taskResultBytesMax);
    expect(taskRegistry[name as TaskName].result.safeParse(result)).toMatchObject({ success: true });
  },
);
