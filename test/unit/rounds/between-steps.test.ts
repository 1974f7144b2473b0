/** Between any two steps of the database something breaks, at each of them in turn; the outcome is that of an undisturbed run. */
import { isDeepStrictEqual } from "node:util";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { parserOf } from "../../../src/db/parse-types.ts";
import type { Query } from "../../../src/db/query.ts";
import { onBeat, onCron } from "../../../src/engine/schedules/run-clocks.ts";
import { checkLedger } from "../../../src/ledger/check-ledger.ts";
import { advance } from "../../../src/rounds/advance.ts";
import type { DecisionRequest, ThinkingJob } from "../../../src/rounds/ports.ts";
import { hashTournament } from "../../../src/rounds/result-hash.ts";
import { BreakingSystem, type Fault, NONE } from "../../support/broken-call.ts";
import { type TestClock, testClock, type World, world } from "../../support/builders.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../support/database.ts";
import type { InProcess } from "../../support/in-process.ts";

let db: TestDatabase;
let query: Query;
let clock: TestClock;
let pool: pg.Pool;
beforeAll(async () => {
  db = await openTestDatabase();
  // A quarter of a thousand short histories: most of their time would be the planning of the same statements.
  pool = new pg.Pool({ connectionString: db.url, max: 2 });
  query = prepared(pool);
  clock = await testClock(query);
});
// Heartbeats and limits of a process that died must not go on in the test's; nothing here lives to see one.
const wait = globalThis.setTimeout;
beforeEach(() => {
  vi.stubGlobal("setInterval", () => 0);
  vi.stubGlobal("setTimeout", (work: () => void, ms = 0) => wait(ms > 5000 ? () => {} : work, ms > 5000 ? 0 : ms));
});
afterEach(() => void vi.unstubAllGlobals());
afterAll(async () => {
  await pool.end();
  await db.close();
  await closeTestServer();
});

/** As the test database's own, but each text is planned once a connection. */
function prepared(of: pg.Pool): Query {
  const names = new Map<string, string>();
  const types = {
    getTypeParser: (oid: number, format?: "text" | "binary") => parserOf(oid) ?? pg.types.getTypeParser(oid, format),
  };
  return async (text, params = []) => {
    const name = names.get(text) ?? `s${names.size}`;
    names.set(text, name);
    return (await of.query({ name, text, values: [...params], types })).rows;
  };
}

/** Buys, then sells a part of it, and remembers how often it was asked. */
function choiceOf({ view }: DecisionRequest) {
  const { round, memory, account } = view;
  const held = account.positions["BTC-USDT"];
  const orders =
    round % 2 === 0 || held === undefined
      ? [{ side: "buy", symbol: "BTC-USDT", amount: String(60 + 10 * round) }]
      : [{ side: "sell", symbol: "BTC-USDT", amount: "0.1" }];
  return { orders, reasoning: `round ${round}`, confidence: 1, memory: { rounds: [...roundsOf(memory), round] } };
}
const roundsOf = (memory: Readonly<Record<string, unknown>>) => (Array.isArray(memory.rounds) ? memory.rounds : []);

/** Each answers at once but for outside agents, whose answer comes as a message under their task's token. */
function arrange(cup: World) {
  return (run: InProcess) => {
    for (const { id } of cup.entries) {
      run.answer(id, (request) => ({ kind: "choice", choice: choiceOf(request), recovered: false }));
    }
    const { agent } = run.ports;
    const think = async (job: ThinkingJob) => {
      const { tournamentId, roundId, entryId, taskId, token, version } = job;
      await run.ports.send("agents", [
        {
          type: "answer",
          tournament_id: tournamentId,
          round_id: roundId,
          entry_id: entryId,
          task_id: taskId,
          token,
          version,
          choice: choiceOf(job),
        },
      ]);
      return { kind: "thinking" } as const;
    };
    Object.assign(run.ports, { agent: (id: string) => ({ ...agent(id), think }) });
  };
}

const ROUNDS = 2;

async function makeCup(): Promise<World> {
  const cup = await world(query, { market: "replay", rounds: ROUNDS, entries: 2 });
  // The same names in every run, or no two hashes could agree; the second one thinks outside of its object.
  await query(
    `update entries e set agent_name = 'Agent ' || x.n, thinking_seconds = case when x.n = 2 then 1 end
     from unnest($1::uuid[]) with ordinality x(id, n) where e.id = x.id`,
    [cup.entries.map(({ id }) => id)],
  );
  return cup;
}

interface Outcome {
  readonly hash: string;
  readonly memories: unknown;
  readonly accounts: unknown;
  readonly tasks: unknown;
}

async function outcomeOf(cup: World): Promise<Outcome> {
  return {
    hash: await hashTournament(query, cup.id),
    memories: await query(
      `select e.agent_name, m.notes, m.round from memories m join entries e on e.id = m.entry_id
       where e.tournament_id = $1 order by 1`,
      [cup.id],
    ),
    accounts: await query(
      `select agent_name, version, cash, fees, trades_count,
         (select jsonb_agg(jsonb_build_array(symbol, quantity) order by symbol) from positions where entry_id = e.id) as positions,
         (select jsonb_agg(jsonb_build_array(symbol, round, seq, quantity, cost) order by symbol, round, seq)
          from lots where entry_id = e.id) as lots
       from entries e where tournament_id = $1 order by 1`,
      [cup.id],
    ),
    // The check of a result comes after the end, whenever the next look at the tournaments finds it.
    tasks: await query(
      `select name, state, count(*) as n from tasks
       where tournament_id = $1 and name <> 'check_tournament_result' group by 1, 2 order by 1, 2`,
      [cup.id],
    ),
  };
}

async function replay(fault: Fault): Promise<{ outcome: Outcome; system: BreakingSystem }> {
  const cup = await makeCup();
  const system = new BreakingSystem(query, clock, fault, arrange(cup));
  const done = async () => {
    const [left] = await query<{ n: number }>(
      `select (select count(*) from tournaments where id = $1 and status <> 'completed') +
         (select count(*) from tasks where state in ('PENDING', 'STARTED', 'RETRY')) as n`,
      [cup.id],
    );
    return left?.n === 0;
  };
  await system.play((run) => advance(run.ports, cup.id), done);
  return { outcome: await outcomeOf(cup), system };
}

/** Each call in both ways, and by turns so that its caller hears of it or dies of it. */
const waysToBreak = (call: number): Fault[] => [
  { call, when: "before its commit", caller: call % 2 === 0 ? "dies" : "goes on" },
  { call, when: "after its commit", caller: call % 2 === 0 ? "goes on" : "dies" },
];

/** Plays it undisturbed, then with every call broken; answers what came out otherwise. */
async function breakEach<O>(play: (fault: Fault) => Promise<{ outcome: O; system: BreakingSystem }>, expected: object) {
  const whole = await play(NONE);
  expect(whole.outcome).toMatchObject(expected);
  const wrong: { fault: Fault; at: string | null; outcome: O }[] = [];
  let struck = 0;
  for (let call = 1; call <= whole.system.calls; call++) {
    for (const fault of waysToBreak(call)) {
      const { outcome, system } = await play(fault);
      if (system.struck !== null) struck += 1;
      if (!isDeepStrictEqual(outcome, whole.outcome)) wrong.push({ fault, at: system.struck, outcome });
    }
  }
  return { calls: whole.system.calls, struck, wrong };
}

test("a replay whose call to the database breaks, whichever one it is, ends as one in which none did", async () => {
  const { calls, struck, wrong } = await breakEach(replay, {});
  expect(wrong).toEqual([]);
  expect(await checkLedger(query)).toMatchObject({ ok: true });
  expect(calls).toBeGreaterThan(50);
  expect(struck).toBe(2 * calls);
}, 240_000);

/** A minute in which schedules of both clocks are due, and an operator has an agent recovered. */
async function minute(fault: Fault) {
  const cup = await world(query, { entries: 2, startsAt: clock.now() + 3_600_000 });
  // Two minutes after a multiple of ten in every play: where the five-minute schedule is due as well, a play has more calls.
  const dueMs = (Math.floor(clock.now() / 600_000) + 1) * 600_000 + 120_000;
  await clock.set(dueMs);
  const [agent] = cup.entries;
  let told: string | null = null;
  let triggered = false;
  const system = new BreakingSystem(query, clock, fault, arrange(cup));
  const unfinished = async () => {
    const [left] = await query<{ n: number }>(
      `select count(*) as n from tasks where state in ('PENDING', 'STARTED', 'RETRY')`,
    );
    return left?.n ?? 0;
  };
  const ticks = () =>
    query<{ schedule: string; state: string }>(
      `select k.schedule, t.state from ticks k left join tasks t on t.id = k.task_id
       where k.due_at = to_timestamp($1::float8 / 1000) and k.schedule <> all('{cleanup_old_results,run_all_live_tournament_agents}') order by 1`,
      [dueMs],
    );
  await system.play(
    async (run) => {
      if (!triggered) {
        // The platform fires a trigger once; what died of it is Beat's.
        triggered = true;
        for (const cron of ["*/2 * * * *", "* * * * *"]) await onCron(run.ports, cron, dueMs);
        await onBeat(run.ports);
      }
      // A client asks until it is answered.
      const asked = { tournament_id: cup.id, agent_id: agent?.agentId };
      told ??= (await run.ports.enqueue("recover_agent_state", asked)).taskId;
    },
    async () => told !== null && (await ticks()).length === 3 && (await unfinished()) === 0,
  );
  const outcome = {
    ticks: await ticks(),
    recovered: await query(`select version, recoveries from entries where tournament_id = $1 order by id`, [cup.id]),
    recoveries: await query(
      `select name, state, count(*) as n from tasks where tournament_id = $1 group by 1, 2 order by 1, 2`,
      [cup.id],
    ),
    doubled: await query(
      `select k.key from task_keys k join tasks t on t.key = k.key and t.id <> k.task_id where k.key like 'tick:%'`,
    ),
    told: await query(`select state from tasks where id = $1`, [told]),
  };
  await query(`update tournaments set status = 'cancelled', ended_at = agonus_now() where id = $1`, [cup.id]);
  return { outcome, system };
}

test("a minute of schedules and a recovery run once each, whichever call to the database breaks", async () => {
  // The schedules would check the results of all that the test before has played, at the first minute alone.
  await query(`insert into tournament_checks (tournament_id, verdict, hash, checked, failures, code_version)
    select id, 'exact', 'a hash', 0, 0, 'a test' from tournaments where ended_at is not null on conflict do nothing`);
  const { calls, struck, wrong } = await breakEach(minute, {
    recovered: [
      { version: 1, recoveries: 1 },
      { version: 0, recoveries: 0 },
    ],
    doubled: [],
    told: [{ state: "SUCCESS" }],
  });
  expect(wrong).toEqual([]);
  expect(calls).toBeGreaterThan(40);
  expect(struck).toBe(2 * calls);
}, 240_000);
