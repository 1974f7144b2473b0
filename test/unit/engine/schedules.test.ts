import { afterAll, beforeEach, expect, test } from "vitest";
import { pauseSchedule, resumeSchedule } from "../../../src/db/statements/schedules/control.ts";
import { dueTimes, judge, lastDueMs, nextDueMs, summedUp, TICKS_MAX } from "../../../src/engine/schedules/due.ts";
import { fireDue, runNow } from "../../../src/engine/schedules/fire.ts";
import { onBeat, onCron } from "../../../src/engine/schedules/run-clocks.ts";
import type { Schedule } from "../../../src/engine/schedules/schedule.ts";
import { schedules } from "../../../src/tasks/schedules.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { type InProcess, inProcess } from "../../support/in-process.ts";

const at = (time: string) => Date.parse(`2026-03-01T${time}Z`);
const named = (name: string): Schedule => {
  const found = schedules.find((schedule) => schedule.name === name);
  if (!found) throw new Error(name);
  return found;
};
const rankings = named("update_tournament_rankings");
const transitions = named("check_tournament_transitions");
const cleanup = named("cleanup_old_results");

let db: TestDatabase;
let world: InProcess;
beforeEach(async () => {
  db = await openTestDatabase();
  // The database's clock is a row, so one statement moves the time.
  await db.query(`create table test_clock (at timestamptz not null)`);
  await db.query(`insert into test_clock values ('2026-03-01T12:00:00Z')`);
  await db.query(
    `create or replace function agonus_now() returns timestamptz language sql volatile as 'select at from test_clock'`,
  );
  world = inProcess(db.query);
  return () => db.close();
});
afterAll(closeTestServer);

const setClock = (time: string) => db.query(`update test_clock set at = $1`, [new Date(at(time)).toISOString()]);
const ticks = (name: string) =>
  db.query<{ due_at: string; outcome: string; reason: string | null; fired_by: string; task_id: string | null }>(
    `select due_at, outcome, reason, fired_by, task_id from ticks where schedule = $1 order by due_at`,
    [name],
  );
const tasksOf = (name: string) =>
  db.query<{ id: string; state: string }>(`select id, state from tasks where name = $1`, [name]);
const finishAll = () =>
  db.query(`update tasks set state = 'SUCCESS', finished_at = agonus_now() where state in ('PENDING', 'RETRY')`);

test("due times follow the cron or the interval of a schedule", () => {
  expect(lastDueMs(transitions, at("12:00:59"))).toBe(at("12:00:00"));
  expect(lastDueMs(transitions, at("12:01:00"))).toBe(at("12:01:00"));
  expect(lastDueMs(rankings, at("12:00:29.999"))).toBe(at("12:00:00"));
  expect(lastDueMs(named("run_all_live_tournament_agents"), at("12:04:59"))).toBe(at("12:00:00"));
  expect(lastDueMs(named("recover_crashed_agents"), at("12:03:59"))).toBe(at("12:02:00"));
  expect(lastDueMs(cleanup, at("23:59:59"))).toBe(at("00:00:00"));
  expect(nextDueMs(transitions, at("12:00:00"))).toBe(at("12:01:00"));
  expect(nextDueMs(rankings, at("12:00:00"))).toBe(at("12:00:30"));
  expect(dueTimes(transitions, at("11:57:00"), at("12:00:10"))).toEqual([
    at("11:58:00"),
    at("11:59:00"),
    at("12:00:00"),
  ]);
  expect(dueTimes(rankings, 0, at("12:00:00"))).toHaveLength(TICKS_MAX);
  expect(dueTimes(rankings, at("12:00:00"), at("12:00:29"))).toEqual([]);
});

test("an outage is one run, not a burst, and every tick of it has a row that says so", async () => {
  await fireDue(world.ports, [transitions], "cron", at("12:00:01"));
  await finishAll();
  await fireDue(world.ports, [transitions], "cron", at("12:05:40"));
  const rows = await ticks(transitions.name);
  expect(rows.map((row) => row.outcome)).toEqual(["fired", "coalesced", "coalesced", "coalesced", "coalesced", "late"]);
  expect(rows[1]?.reason).toContain("2026-03-01T12:05:00.000Z");
  expect(rows[5]?.reason).toBe("40 s after it was due");
  expect(await tasksOf(transitions.name)).toHaveLength(2);
});

test("the first tick of a new database is not late, however late in its minute the stack starts", async () => {
  await fireDue(world.ports, [transitions], "cron", at("12:00:48"), at("12:00:00"));
  expect(await ticks(transitions.name)).toMatchObject([
    { outcome: "fired", reason: null, task_id: expect.any(String) },
  ]);
  await finishAll();
  await fireDue(world.ports, [transitions], "cron", at("12:01:48"), at("12:01:00"));
  expect((await ticks(transitions.name)).at(-1)).toMatchObject({ outcome: "late" });
});

test("one row counts the ticks that are too far back to be recorded one by one", async () => {
  const day = 86_400_000;
  for (const [schedule, stepMs] of [
    [transitions, 60_000],
    [rankings, 30_000],
  ] as const) {
    await fireDue(world.ports, [schedule], "beat", at("12:00:01"));
    await finishAll();
    await fireDue(world.ports, [schedule], "beat", at("12:00:01") + 3 * day);
    const rows = await ticks(schedule.name);
    const expected = (3 * day) / stepMs;
    expect(rows).toHaveLength(1 + 1 + TICKS_MAX);
    expect(rows[1]).toMatchObject({
      due_at: new Date(at("12:00:00") + (expected - TICKS_MAX) * stepMs).toISOString(),
      outcome: "coalesced",
      reason: `one row stands for the ${expected - TICKS_MAX} ticks since 2026-03-01T12:00:00.000Z: no clock ran`,
      task_id: null,
    });
    await finishAll();
    // A second call records nothing new.
    await fireDue(world.ports, [schedule], "beat", at("12:00:02") + 3 * day);
    expect(await ticks(schedule.name)).toHaveLength(rows.length);
  }
});

test("a gap of exactly as many ticks as are recorded needs no such row", () => {
  const now = at("12:00:00");
  const times = dueTimes(rankings, now - TICKS_MAX * 30_000, now);
  expect(times).toHaveLength(TICKS_MAX);
  expect(summedUp(times, now - TICKS_MAX * 30_000)).toBeNull();
  expect(summedUp(times, now - TICKS_MAX * 30_000 - 1)).toMatchObject({ dueMs: now - TICKS_MAX * 30_000 });
});

test("a tick whose clock died between enqueueing its task and storing its row is recorded as fired, however late that happens", async () => {
  await fireDue(world.ports, [transitions], "cron", at("12:00:01"));
  await finishAll();
  const dying: typeof db.query = (text, params) =>
    text.includes("insert into ticks") ? Promise.reject(new Error("the clock died")) : db.query(text, params);
  await fireDue({ ...world.ports, query: dying }, [transitions], "cron", at("12:01:01"));
  expect(await ticks(transitions.name)).toHaveLength(1);
  await finishAll();
  await fireDue(world.ports, [transitions], "cron", at("12:03:01"));
  const rows = await ticks(transitions.name);
  expect(rows.map((row) => row.outcome)).toEqual(["fired", "fired", "coalesced", "fired"]);
  const tasks = (await tasksOf(transitions.name)).map(({ id }) => id);
  expect(rows.flatMap((row) => row.task_id ?? []).sort()).toEqual(tasks.sort());
});

test("policies: a missed tick is skipped when the next is near, caught up within the window, and dropped beyond it", () => {
  expect(judge(rankings, [at("12:00:00"), at("12:00:30")], at("12:00:35"), null).map((v) => v.outcome)).toEqual([
    "skipped",
    "fired",
  ]);
  const day = 86_400_000;
  expect(judge(cleanup, [at("00:00:00") - day, at("00:00:00")], at("09:00:00"), null).map((v) => v.outcome)).toEqual([
    "skipped",
    "late",
  ]);
});

test("two clocks that fire one tick make one task and one row", async () => {
  await Promise.all([
    fireDue(world.ports, [transitions], "cron", at("12:00:01")),
    fireDue(world.ports, [transitions], "beat", at("12:00:02")),
  ]);
  expect(await tasksOf(transitions.name)).toHaveLength(1);
  expect(await ticks(transitions.name)).toHaveLength(1);
});

test("a clock that died between enqueueing a task and storing its row fires nothing twice", async () => {
  await world.ports.enqueue(transitions.name, {}, { key: `tick:${transitions.name}:${at("12:00:00")}` });
  await fireDue(world.ports, [transitions], "beat", at("12:00:20"));
  expect(await tasksOf(transitions.name)).toHaveLength(1);
  expect(await ticks(transitions.name)).toMatchObject([{ outcome: "fired" }]);
});

test.each([
  ["lives on", false],
  ["dies before its row", true],
])(
  "a tick that one clock skipped while another fired it is recorded as fired; the other clock %s",
  async (_what, dies) => {
    const overtaken: typeof db.query = async (text, params) => {
      if (dies && text.includes("insert into ticks")) throw new Error("the clock died");
      const rows = await db.query(text, params);
      if (text.includes("left join schedule_controls")) {
        await pauseSchedule(db.query, transitions.name, "operator", "maintenance");
        await fireDue(world.ports, [transitions], "beat", at("12:00:01"));
      }
      return rows as never;
    };
    await fireDue({ ...world.ports, query: overtaken }, [transitions], "cron", at("12:00:02"));
    if (dies) {
      expect(await ticks(transitions.name)).toMatchObject([{ outcome: "skipped", fired_by: "beat" }]);
      await fireDue(world.ports, [transitions], "beat", at("12:01:00"));
    }
    const [task] = await tasksOf(transitions.name);
    const [row] = await ticks(transitions.name);
    expect(row).toMatchObject({ outcome: "fired", reason: null, task_id: task?.id });
  },
);

test("a tick is skipped while the previous run has not ended, and its row names that run", async () => {
  await fireDue(world.ports, [transitions], "cron", at("12:00:00"));
  await fireDue(world.ports, [transitions], "cron", at("12:01:00"));
  const [first] = await tasksOf(transitions.name);
  const rows = await ticks(transitions.name);
  expect(rows.map((row) => row.outcome)).toEqual(["fired", "skipped"]);
  expect(rows[1]?.reason).toBe(`the previous run has not ended: task ${first?.id}`);
  await finishAll();
  await fireDue(world.ports, [transitions], "cron", at("12:02:00"));
  expect((await ticks(transitions.name)).at(-1)?.outcome).toBe("fired");
});

test("a paused schedule's ticks are skipped with the reason; an operator may still run it", async () => {
  await pauseSchedule(db.query, transitions.name, "operator", "maintenance");
  await fireDue(world.ports, [transitions], "cron", at("12:00:00"));
  expect(await ticks(transitions.name)).toMatchObject([
    { outcome: "skipped", reason: "paused by operator: maintenance" },
  ]);
  await runNow(world.ports, transitions, at("12:00:30"));
  expect(await ticks(transitions.name)).toMatchObject([{}, { outcome: "fired", fired_by: "operator" }]);
  await finishAll();
  await resumeSchedule(db.query, transitions.name);
  await fireDue(world.ports, [transitions], "cron", at("12:01:00"));
  expect((await ticks(transitions.name)).at(-1)).toMatchObject({ outcome: "fired", fired_by: "cron" });
});

test("each clock does the other one's work within a minute", async () => {
  await setClock("12:00:00");
  await onCron(world.ports, "* * * * *", at("12:00:00"));
  expect(await ticks(rankings.name)).toHaveLength(1);
  await finishAll();
  // The crons stop; Beat goes on.
  await setClock("12:01:05");
  await onBeat(world.ports);
  expect((await ticks(transitions.name)).map((row) => row.fired_by)).toEqual(["cron"]);
  await setClock("12:01:20");
  await onBeat(world.ports);
  expect((await ticks(transitions.name)).map((row) => row.fired_by)).toEqual(["cron", "beat"]);
});

test("a cron that can't reach Beat does Beat's work and logs the failure", async () => {
  const wakeBeat = () => Promise.reject(new Error("no object answers"));
  await world.ports.enqueue(transitions.name, {}, { key: null });
  await db.query(`update tasks set sent_at = null, sends = 0`);
  world.queued.length = 0;
  await onCron({ ...world.ports, wakeBeat }, "*/2 * * * *", at("12:00:00"));
  expect(await ticks(rankings.name)).toHaveLength(1);
  expect(world.queued).toContainEqual({ queue: "agents", message: { type: "tasks", task_ids: [expect.any(String)] } });
  expect(world.events).toContainEqual(
    expect.objectContaining({ event: "fault", where: "clocks.wake", error: "no object answers" }),
  );
});

test("Beat logs once that the crons have stopped, when the next minute's tick is overdue too", async () => {
  const told = () =>
    world.events.flatMap((event) => (event.event === "fault" && event.error.startsWith("cron") ? [event.error] : []));
  for (let round = 1; round <= 2; round++) {
    await onCron(world.ports, "* * * * *", at("12:00:00") + (round - 1) * 600_000);
    const quiet = [5, 60, 75];
    const silent = [80, 85, 300];
    for (const seconds of [...quiet, ...silent]) {
      await db.query(`update test_clock set at = $1::timestamptz + make_interval(secs => $2)`, [
        new Date(at("12:00:00") + (round - 1) * 600_000).toISOString(),
        seconds,
      ]);
      await onBeat(world.ports);
      expect(told(), `${seconds} s`).toHaveLength(seconds <= 75 ? round - 1 : round);
    }
    expect(told()[round - 1]).toBe("cron was silent for 80 s");
    await setClock("12:10:00");
  }
});
