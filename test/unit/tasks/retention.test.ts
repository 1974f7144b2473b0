import { uuidv7 } from "uuidv7";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { countTasks } from "../../../src/db/statements/metrics/task-counts.ts";
import {
  type Detached,
  detachTaskDay,
  oldTaskDays,
  retentionHorizon,
  swapTaskDay,
} from "../../../src/db/statements/retention/tasks.ts";
import { claimTasks } from "../../../src/db/statements/tasks/claim.ts";
import type { Outcome } from "../../../src/engine/task.ts";
import { type Env, readSettings } from "../../../src/env.ts";
import { cleanupOldResults } from "../../../src/tasks/cleanup-old-results.ts";
import type { TaskPorts } from "../../../src/tasks/define.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { inProcess } from "../../support/in-process.ts";
import { manyTasks } from "../../support/task-rows.ts";

let db: TestDatabase;
beforeEach(async () => {
  db = await openTestDatabase();
});
afterEach(async () => {
  await db.close();
});
afterAll(closeTestServer);

/** The measured run takes a million (AGONUS_TASK_ROWS); the guarantee is the same. */
const ROWS = Number(process.env.AGONUS_TASK_ROWS ?? 60_000);
const TIMEOUT = 300_000;

const run = (
  args: Record<string, unknown> = {},
  signal = new AbortController().signal,
  progress: number[] = [],
  query = db.query,
  ports: Partial<TaskPorts> = {},
): Promise<Outcome> =>
  cleanupOldResults.run(
    cleanupOldResults.args.parse(args),
    { ...inProcess(query).ports, ...ports },
    {
      taskId: uuidv7(),
      attempt: 1,
      token: uuidv7(),
      key: null,
      signal,
      progress: (share) => progress.push(share),
    },
  );
const partitions = async () =>
  (
    await db.query<{ name: string }>(
      "select inhrelid::regclass::text as name from pg_inherits where inhparent = 'tasks'::regclass order by 1",
    )
  ).map((row) => row.name);
const day = async (ago: number) =>
  (
    await db.query<{ name: string }>(
      `select 'tasks_' || to_char((agonus_now() at time zone 'UTC')::date - $1::int, 'YYYYMMDD') as name`,
      [ago],
    )
  )[0]?.name ?? "";
const realCounts = async () =>
  Object.fromEntries(
    (await db.query<{ state: string; n: number }>("select state, count(*) as n from tasks group by 1")).map(
      ({ state, n }) => [state, n],
    ),
  );
const nonZero = (counts: Record<string, number>) =>
  Object.fromEntries(Object.entries(counts).filter(([, n]) => n !== 0));

test("old days go whole; what is unfinished, and failures of a week, stay and can be found and claimed", async () => {
  await manyTasks(db.query, { rows: 3000, days: 10 });
  const before = await realCounts();
  const unfinished = await db.query<{ id: string }>("select id from tasks where state = 'PENDING'");
  // Failures of the last week in days that are dropped: those two to ten days ago. A week ago is in the middle of a day.
  const keeps = async () =>
    Number(
      (
        await db.query<{ n: number }>(
          `select count(*) as n from tasks where state = 'FAILURE' and finished_at >= agonus_now() - interval '7 days'
             and (tableoid::regclass::text = 'tasks_default' or tableoid::regclass::text <= $1)`,
          [await day(2)],
        )
      )[0]?.n,
    );
  const mostKept = await keeps();
  const outcome = await run();
  expect(outcome).toMatchObject({ kind: "success", result: { partitions_dropped: 8 } });
  expect(await partitions()).not.toContain(await day(3));
  expect(await partitions()).toEqual(
    expect.arrayContaining([await day(0), await day(1), await day(-3), "tasks_default"]),
  );
  const [left] = await db.query(
    `select count(*) filter (where state = 'PENDING') as pending,
       count(*) filter (where state = 'FAILURE' and finished_at < agonus_now() - interval '7 days') as old_failures,
       count(*) filter (where state = 'FAILURE' and tableoid = 'tasks_default'::regclass) as kept_failures,
       count(*) filter (where state = 'SUCCESS' and tableoid = 'tasks_default'::regclass) as old_successes from tasks`,
  );
  expect(left).toMatchObject({ pending: before.PENDING, old_failures: 0, old_successes: 0 });
  // The week moved on while it ran, by what may be a row or two.
  const leastKept = await keeps();
  expect(leastKept).toBeGreaterThan(0);
  expect(Number(left?.kept_failures)).toBeGreaterThanOrEqual(leastKept);
  expect(Number(left?.kept_failures)).toBeLessThanOrEqual(mostKept);
  const claimed = await claimTasks(
    db.query,
    unfinished.map((task) => task.id),
    uuidv7(),
    20,
    "test",
  );
  expect(claimed).toHaveLength(unfinished.length);
  expect(nonZero(await countTasks(db.query))).toEqual(await realCounts());
});

test("without arguments, what the environment's variables say holds", async () => {
  await manyTasks(db.query, { rows: 3000, days: 10 });
  const left = () =>
    db.query(
      `select count(*) as n from tasks where state = 'SUCCESS' and finished_at < agonus_now() - interval '5 days'`,
    );
  const retention = { successHours: 20 * 24, failureHours: 20 * 24 };
  const before = await left();
  await run({}, undefined, [], undefined, { retention });
  expect(await left()).toEqual(before);
  await run({ success_hours: 72 }, undefined, [], undefined, { retention });
  expect(await left()).toEqual([{ n: 0 }]);
  expect(await db.query(`select count(*) > 10 as kept from tasks where state = 'FAILURE'`)).toEqual([{ kept: true }]);
});

test("retention is read from the environment, and what is no number of hours is refused with a sentence", () => {
  const env = { DATABASE_URL: "postgresql://db" } as Env;
  expect(readSettings({ ...env, RETAIN_SUCCESS_HOURS: "12" }).retention).toEqual({
    successHours: 12,
    failureHours: 168,
  });
  for (const wrong of ["0", "-1", "1.5", "a week", "8761"]) {
    expect(() => readSettings({ ...env, RETAIN_FAILURE_HOURS: wrong })).toThrow(
      `RETAIN_FAILURE_HOURS is "${wrong}": set it to whole hours, from 1 to 8760`,
    );
  }
});

test("a success that finished late keeps its day's worth of hours, and longer ones by the arguments", async () => {
  await manyTasks(db.query, { rows: 1000, days: 4 });
  const [late] = await db.query<{ id: string }>(
    `update tasks set finished_at = agonus_now() where id = (select id from tasks where state = 'SUCCESS' order by id limit 1) returning id`,
  );
  await run();
  expect(await db.query("select state from tasks where id = $1", [late?.id])).toEqual([{ state: "SUCCESS" }]);
  expect(await run({ success_hours: 8760, failure_hours: 8760 })).toMatchObject({
    result: { partitions_dropped: 0, deleted: 0 },
  });
});

/** Makes most of a day's rows failures. */
async function failDay(old: string): Promise<void> {
  const decisions = "name = 'run_agent_decision'";
  await db.query(
    `update tasks set state = 'PENDING', finished_at = null where tableoid = $1::regclass and ${decisions}`,
    [old],
  );
  await db.query(
    `update tasks set state = 'FAILURE', finished_at = created_at, error = '{"code": "task.failed", "message": "m"}'
     where tableoid = $1::regclass and ${decisions}`,
    [old],
  );
}

test("a day that must keep many rows gives way to a table of those, and they go when their time comes", async () => {
  await manyTasks(db.query, { rows: 4000, days: 4 });
  const old = await day(3);
  await failDay(old);
  const failures = (await realCounts()).FAILURE;
  expect(await run()).toMatchObject({ kind: "success", result: { partitions_dropped: 2 } });
  expect(await partitions()).not.toContain(old);
  expect(await partitions()).toContain(`${old}_kept`);
  expect(await db.query(`select distinct state from ${old}_kept where state = 'SUCCESS'`)).toEqual([]);
  expect((await realCounts()).FAILURE).toBe(failures);
  expect(nonZero(await countTasks(db.query))).toEqual(await realCounts());
  expect(await run()).toMatchObject({ kind: "success", result: { partitions_dropped: 0 } });
  // What stayed is a task like any other.
  const [one] = await db.query<{ id: string }>(`select id from ${old}_kept where state = 'FAILURE' limit 1`);
  await expect(db.query("update tasks set state = 'STARTED' where id = $1", [one?.id])).rejects.toThrow();
  await db.query("update tasks set state = 'PENDING', finished_at = null, due_at = agonus_now() where id = $1", [
    one?.id,
  ]);
  expect(await claimTasks(db.query, [one?.id ?? ""], uuidv7(), 20, "test")).toHaveLength(1);
  expect(await run({ failure_hours: 24 })).toMatchObject({
    kind: "success",
    result: { partitions_dropped: 1, moved: expect.any(Number) },
  });
  expect(await partitions()).not.toContain(`${old}_kept`);
  expect(await db.query("select state from tasks where id = $1", [one?.id])).toEqual([{ state: "STARTED" }]);
  expect(nonZero(await countTasks(db.query))).toEqual(await realCounts());
});

test("what changes while a day is copied is as it was left, and a copy that was left behind is thrown away", async () => {
  await manyTasks(db.query, { rows: 4000, days: 4 });
  const old = await day(3);
  await failDay(old);
  const horizon = await retentionHorizon(db.query, 24, 168);
  const once = async (step: () => Promise<Detached>) => {
    for (;;) {
      const out = await step();
      if (out.kind !== "busy") return out;
    }
  };
  // A run that is stopped when it has copied all.
  let asked = 0;
  await swapTaskDay(db.query, old, horizon, 2000, once, () => asked++ < 1);
  const rows = await db.query<{ id: string }>(`select id from ${old} where state = 'FAILURE' order by id limit 3`);
  const [again, deleted, ran] = rows.map((row) => row.id);
  let turn = 0;
  const meanwhile = () => {
    turn += 1;
    return true;
  };
  const slow: typeof db.query = async (text, params) => {
    if (text.includes("agonus_swap_task_day")) {
      await db.query("update tasks set state = 'PENDING', finished_at = null where id = any($1)", [[again, ran]]);
      await db.query("update tasks set state = 'SUCCESS', finished_at = agonus_now() where id = $1", [ran]);
      await db.query("delete from tasks where id = $1", [deleted]);
    }
    return db.query(text, params);
  };
  expect(await swapTaskDay(slow, old, horizon, 2000, once, meanwhile)).toMatchObject({ kind: "moved" });
  expect(turn).toBeGreaterThan(0);
  expect(await run()).toMatchObject({ kind: "success" });
  expect(
    await db.query("select id, state from tasks where id = any($1) order by id", [rows.map((row) => row.id)]),
  ).toEqual([
    { id: again, state: "PENDING" },
    { id: ran, state: "SUCCESS" },
  ]);
  expect(nonZero(await countTasks(db.query))).toEqual(await realCounts());
  expect(await db.query("select relname from pg_class where relname ~ '^tasks_.*_(copy|changes)$'")).toEqual([]);
});

test("a run that died between taking a day out and dropping it is finished by the next one", async () => {
  await manyTasks(db.query, { rows: 3000, days: 5 });
  const horizon = await retentionHorizon(db.query, 24, 168);
  const [first] = await oldTaskDays(db.query, horizon);
  if (!first) throw new Error("no old day");
  expect(await detachTaskDay(db.query, first.name, horizon, 500)).toMatchObject({ kind: "moved" });
  expect(await oldTaskDays(db.query, horizon)).toContainEqual({ name: first.name, attached: false, kept: false });
  expect(await run()).toMatchObject({ kind: "success", result: { partitions_dropped: 3 } });
  expect(await db.query("select to_regclass($1)::text as there", [first.name])).toEqual([{ there: null }]);
  expect(nonZero(await countTasks(db.query))).toEqual(await realCounts());
});

test("a run that is stopped comes again, and one that meets a long reader neither waits nor fails", async () => {
  await manyTasks(db.query, { rows: 1000, days: 4 });
  const stop = new AbortController();
  stop.abort(new Error("soft_limit"));
  expect(await run({}, stop.signal)).toMatchObject({ kind: "snooze" });
  const horizon = await retentionHorizon(db.query, 24, 168);
  await db.session(async (reader) => {
    await reader("begin");
    await reader("select count(*) from tasks");
    expect(await detachTaskDay(db.query, await day(3), horizon, 500)).toEqual({ kind: "busy" });
    await reader("commit");
  });
  expect(await detachTaskDay(db.query, await day(3), horizon, 500)).toMatchObject({ kind: "moved" });
});

test("what stands beside tasks goes too: keys whose task is gone, old dry runs and items, ticks; decisions and audit stay", async () => {
  await manyTasks(db.query, { rows: 1000, days: 5 });
  const [gone] = await db.query<{ id: string }>("select min(id::text) as id from tasks where state = 'SUCCESS'");
  const [waits] = await db.query<{ id: string }>("select id from tasks where state = 'PENDING' limit 1");
  await db.query(
    `insert into task_keys (key, task_id, created_at) values ('gone', $1, agonus_now() - interval '4 days'),
       ('waits', $2, agonus_now() - interval '4 days'), ('young', $3, agonus_now())`,
    [gone?.id, waits?.id, uuidv7()],
  );
  await db.query(
    `insert into bulk_jobs (id, action, filter, state, frozen, created_by, created_at, finished_at) values
       ($1, 'retry', '{}', 'done', 1, 'operator', agonus_now() - interval '9 days', agonus_now() - interval '8 days'),
       ($2, 'retry', '{}', 'dry_run', 1, 'operator', agonus_now() - interval '2 days', null),
       ($3, 'retry', '{}', 'dry_run', 1, 'operator', agonus_now(), null)`,
    [uuidv7(), uuidv7(), uuidv7()],
  );
  await db.query("insert into bulk_items (job_id, task_id) select id, id from bulk_jobs");
  await db.query(
    "insert into audit (id, actor, action, at) values ($1, 'operator', 'x', agonus_now() - interval '9 years')",
    [uuidv7()],
  );
  await db.query(
    `insert into ticks (schedule, due_at, outcome, fired_by) values ('s', agonus_now() - interval '31 days', 'fired', 't'), ('s', agonus_now(), 'fired', 't')`,
  );
  expect(await run()).toMatchObject({ kind: "success", result: { keys_deleted: 1 } });
  expect(await db.query("select key from task_keys order by 1")).toEqual([{ key: "waits" }, { key: "young" }]);
  const [left] = await db.query(
    `select (select count(*) from bulk_jobs) as jobs, (select count(*) from bulk_items) as items, (select count(*) from ticks) as ticks,
       (select count(*) from audit) as audit`,
  );
  expect(left).toEqual({ jobs: 2, items: 1, ticks: 1, audit: 1 });
});

test(
  `claims go on while ${ROWS} rows go: none is lost or met twice, and only short locks make one wait`,
  async () => {
    await manyTasks(db.query, { rows: ROWS, days: 5, newestDay: 2 });
    const progress: number[] = [];
    // Statements that hold a lock on tasks from their first line on: what a claim waits for is no longer than these.
    const locked: number[] = [];
    const timed: typeof db.query = async (text, params) => {
      const startedAt = performance.now();
      const rows = await db.query(text, params);
      if (/agonus_(swap_task_day|begin_task_copy)|set_config/.test(text)) locked.push(performance.now() - startedAt);
      return rows as never;
    };
    const quiet = await claimsDuring(() => new Promise((resolve) => setTimeout(resolve, 2000)));
    const { claimed, longest, ms, outcome } = await claimsDuring(() => run({}, undefined, progress, timed));
    expect(outcome).toMatchObject({ kind: "success", result: { partitions_dropped: 3 } });
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    const [started] = await db.query("select count(*) as n from tasks where state = 'STARTED'");
    expect(started?.n).toBe(claimed + quiet.claimed);
    expect(claimed).toBeGreaterThan(0);
    expect(nonZero(await countTasks(db.query))).toEqual(await realCounts());
    const most = Math.max(0, ...locked).toFixed(1);
    const said = `${ROWS} rows in ${ms} ms; ${claimed} claims, the longest ${longest} ms (${quiet.longest} ms before); locks of at most ${most} ms`;
    if (process.env.AGONUS_TASK_ROWS) console.log(JSON.stringify(outcome), said);
  },
  TIMEOUT,
);

/** Enqueues and claims one task after another while `work` goes on. `longest`: the slowest claim, in milliseconds. */
async function claimsDuring<T>(work: () => Promise<T>) {
  let claimed = 0;
  let longest = 0;
  let going = true;
  const claims = (async () => {
    while (going) {
      const id = uuidv7();
      await db.query(
        `insert into tasks (id, name, queue, state, args, max_attempts, due_at)
         values ($1, 'x', 'agents', 'PENDING', '{}', 1, agonus_now())`,
        [id],
      );
      const startedAt = performance.now();
      claimed += (await claimTasks(db.query, [id], uuidv7(), 60, "test")).length;
      longest = Math.max(longest, performance.now() - startedAt);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  })();
  const startedAt = performance.now();
  const outcome = await work();
  const ms = Math.round(performance.now() - startedAt);
  going = false;
  await claims;
  return { outcome, claimed, ms, longest: Number(longest.toFixed(1)) };
}
