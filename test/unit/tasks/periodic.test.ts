/** The periodic tasks, by the test's clock. */
import { uuidv7 } from "uuidv7";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { onBeat, onCron } from "../../../src/engine/schedules/run-clocks.ts";
import { advance } from "../../../src/rounds/advance.ts";
import { count, START, type TestClock, testClock, world } from "../../support/builders.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { type InProcess, inProcess } from "../../support/in-process.ts";

let db: TestDatabase;
let clock: TestClock;
let run: InProcess;
beforeEach(async () => {
  db = await openTestDatabase();
  clock = await testClock(db.query);
  run = inProcess(db.query);
});
afterEach(() => db.close());
afterAll(closeTestServer);

const DAY = 86_400_000;
async function runTask(name: string, args: Record<string, unknown> = {}) {
  const { taskId } = await run.ports.enqueue(name, args);
  await run.drain();
  const [task] = await db.query<{ state: string; result: Record<string, unknown> }>(
    `select state, result from tasks where id = $1`,
    [taskId],
  );
  return task;
}

test("two firings of one tick, by two clocks at once, are one task", async () => {
  await clock.set(START);
  await Promise.all([
    onCron(run.ports, "* * * * *", START),
    onCron(run.ports, "* * * * *", START + 900),
    onBeat(run.ports),
  ]);
  await clock.add(16_000);
  await Promise.all([onBeat(run.ports), onBeat(run.ports)]);
  const due = "and key like '%:' || $1";
  expect(await count(db.query, `tasks where name = 'check_tournament_transitions' ${due}`, [START])).toBe(1);
  expect(await count(db.query, `tasks where name = 'update_tournament_rankings' ${due}`, [START])).toBe(1);
});

test("a tournament starts with its time, not before and not without entries, and ends after its last round", async () => {
  const cup = await world(db.query, { status: "upcoming", rounds: 1 });
  const empty = await world(db.query, { status: "upcoming", entries: 0 });
  await runTask("check_tournament_transitions");
  expect(await count(db.query, "tournaments where status = 'upcoming'")).toBe(2);
  await clock.set(START);
  expect(await runTask("check_tournament_transitions")).toMatchObject({ result: { started: [cup.id] } });
  for (const at of [25_000, 150_000, 300_000]) {
    await clock.set(START + at);
    await runTask("check_tournament_transitions");
  }
  expect(await db.query(`select id, status from tournaments order by id`)).toEqual([
    { id: cup.id, status: "completed" },
    { id: empty.id, status: "upcoming" },
  ]);
});

test("standings follow the last price, and only the rows that changed are written", async () => {
  const cup = await world(db.query, { entries: 2 });
  const [rich, poor] = cup.entries;
  if (!rich || !poor) throw new Error("two entries");
  await clock.set(cup.due(0));
  await db.query(`update entries set cash = 400 where id = $1`, [rich.id]);
  await db.query(`insert into positions values ($1, 'BTC-USDT', 2)`, [rich.id]);
  expect(await runTask("update_tournament_rankings")).toMatchObject({ result: { tournaments: 1, changed: 2 } });
  expect(await runTask("update_tournament_rankings")).toMatchObject({ result: { changed: 0 } });
  const [price] = await db.query<{ open: string }>(
    `select open::text from candles where symbol = 'BTC-USDT' and open_at = to_timestamp($1::float8 / 1000)`,
    [cup.due(0)],
  );
  const equity = (400 + 2 * Number(price?.open)).toFixed(8);
  const standing = () =>
    db.query(`select entry_id, rank, previous_rank, equity::text from standings order by rank, entry_id`);
  expect(await standing()).toEqual([
    { entry_id: rich.id, rank: 1, previous_rank: null, equity },
    { entry_id: poor.id, rank: 2, previous_rank: null, equity: "500.00000000" },
  ]);
  await db.query(`update entries set cash = 100 where id = $1`, [rich.id]);
  await runTask("update_tournament_rankings");
  expect(await standing()).toMatchObject([
    { entry_id: poor.id, rank: 1, previous_rank: 2 },
    { entry_id: rich.id, rank: 2, previous_rank: 1 },
  ]);
});

test("cleaning up keeps what is unfinished and what ended lately, and drops old days whole", async () => {
  const idOf = (day: number) =>
    `${Math.floor(START + day * DAY + 1000)
      .toString(16)
      .padStart(12, "0")}`;
  const task = async (day: number, state: string, finishedDay: number | null, name: string) => {
    const hex = idOf(day) + uuidv7().replaceAll("-", "").slice(12);
    const id = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
    await db.query(
      `insert into tasks (id, name, queue, state, args, max_attempts, due_at, finished_at)
       values ($1, $2, 'agents', $3, '{}', 4, agonus_now(), case when $4::float8 is null then null else to_timestamp($4::float8 / 1000) end)`,
      [id, name, state, finishedDay === null ? null : START + finishedDay * DAY],
    );
  };
  await clock.set(START);
  await db.query(`select agonus_task_partitions(1)`);
  await task(0, "SUCCESS", 0.1, "old success");
  await task(0, "FAILURE", 0.1, "young failure");
  await task(0, "PENDING", null, "unfinished");
  await task(0, "SUCCESS", 4.9, "a late success of an old task");
  await clock.set(START + 5 * DAY);
  expect(await runTask("cleanup_old_results")).toMatchObject({ state: "SUCCESS" });
  const names = async () =>
    (await db.query<{ name: string }>(`select name from tasks where name <> 'cleanup_old_results' order by name`)).map(
      (row) => row.name,
    );
  expect(await names()).toEqual(["a late success of an old task", "unfinished", "young failure"]);
  expect(await count(db.query, "pg_class where relname = 'tasks_20260302'")).toBe(0);
  await clock.set(START + 8 * DAY);
  await runTask("cleanup_old_results");
  expect(await names()).toEqual(["unfinished"]);
});

test("a round is advanced by the cron alone when its Arena sleeps", async () => {
  const cup = await world(db.query, { entries: 2, rounds: 1 });
  for (const at of [0, 60_000, 180_000, 300_000]) {
    await clock.set(START + at);
    await onCron(run.ports, "* * * * *", START + at);
    await run.drain();
  }
  expect(await advance(run.ports, cup.id)).toMatchObject({ status: "completed" });
  expect(await count(db.query, "decisions")).toBe(2);
});
