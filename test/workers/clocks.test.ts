import { createScheduledController, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { uuidv7 } from "uuidv7";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Beat } from "../../durable-objects/beat.ts";
import worker from "../../src/index.ts";
import { eventually, finished, liveRound, query, taskOf } from "./arrange.ts";

const beat = () => env.BEAT.getByName("beat");
const MINUTE = 60_000;

/** Runs Beat's alarm now, and removes the next alarm that it sets, so that each test fires Beat itself. */
async function fireBeat(): Promise<void> {
  await beat().wake();
  await runDurableObjectAlarm(beat());
  await runInDurableObject(beat(), (_: Beat, state) => state.storage.deleteAlarm());
}

async function fireCron(cron: string, scheduledTime: number): Promise<void> {
  await worker.scheduled(createScheduledController({ cron, scheduledTime }), env);
  await runInDurableObject(beat(), (_: Beat, state) => state.storage.deleteAlarm());
}

const ticksOf = (schedule: string) =>
  query<{ due_at: string; fired_by: string; outcome: string; task_id: string }>(
    "select * from ticks where schedule = $1 order by due_at desc",
    [schedule],
  );

beforeEach(async () => {
  await query("delete from ticks");
  await query("delete from clocks");
});
afterEach(() => vi.restoreAllMocks());

test("a task whose lease ran out returns to its queue and runs to its end, without spending the lost attempt", async () => {
  const id = uuidv7();
  await query(
    `insert into tasks (id, name, queue, state, args, attempt, max_attempts, due_at, sent_at, sends, token, lease_until, started_at)
     values ($1, 'update_tournament_rankings', 'agents', 'STARTED', '{}', 1, 2, agonus_now(), agonus_now(), 1,
       gen_random_uuid(), agonus_now() - interval '1 s', agonus_now())`,
    [id],
  );
  await fireBeat();
  const task = await finished(id);
  expect(task).toMatchObject({ state: "SUCCESS", attempt: 1 });
  expect(task.history.map(({ why }) => why)).toContain("its lease ran out: whoever ran it is gone");
});

test("a lease that still runs is left alone", async () => {
  const id = uuidv7();
  await query(
    `insert into tasks (id, name, queue, state, args, attempt, max_attempts, due_at, token, lease_until)
     values ($1, 'update_tournament_rankings', 'agents', 'STARTED', '{}', 1, 2, agonus_now(), gen_random_uuid(), agonus_now() + interval '5 s')`,
    [id],
  );
  await fireBeat();
  expect(await taskOf(id)).toMatchObject({ state: "STARTED", attempt: 1 });
  await query("delete from tasks where id = $1", [id]);
});

test("a task whose message was never sent is sent by the next sweep", async () => {
  const id = uuidv7();
  await query(
    `insert into tasks (id, name, queue, state, args, max_attempts, due_at)
     values ($1, 'update_tournament_rankings', 'agents', 'PENDING', '{}', 2, agonus_now())`,
    [id],
  );
  await fireBeat();
  expect(await finished(id)).toMatchObject({ state: "SUCCESS" });
});

test("Beat fires the rankings once for each half minute, however often its alarm comes", async () => {
  await fireBeat();
  await fireBeat();
  const ticks = await ticksOf("update_tournament_rankings");
  const dueTimes = ticks.map(({ due_at }) => Date.parse(due_at));
  expect(new Set(dueTimes).size).toBe(dueTimes.length);
  expect(dueTimes.length).toBeLessThanOrEqual(2);
  expect(dueTimes[0]).toBeGreaterThan(Date.now() - 35_000);
  for (const dueAt of dueTimes) expect(dueAt % 30_000).toBe(0);
  for (const tick of ticks) expect(await finished(tick.task_id)).toMatchObject({ state: "SUCCESS" });
});

test("Beat records the ticks that a silent cron owes, and leaves them to a cron that lives", async () => {
  // A minute that begins meanwhile fires a tick of its own.
  const minute = Math.floor(Date.now() / MINUTE) * MINUTE;
  // The only row is three minutes old: the cron has been silent since.
  await query("delete from ticks where schedule = 'check_tournament_transitions'");
  await query(
    `insert into ticks (schedule, due_at, outcome, fired_by)
     values ('check_tournament_transitions', date_trunc('minute', agonus_now()) - interval '3 minutes', 'fired', 'cron')`,
  );
  await fireBeat();
  const [newest, ...older] = await ticksOf("check_tournament_transitions");
  expect(newest).toMatchObject({ fired_by: "beat" });
  expect(Date.parse(newest?.due_at ?? "") % MINUTE).toBe(0);
  const owed = older.slice(0, -1).filter((tick) => Date.parse(tick.due_at) < minute);
  expect(owed.length).toBeGreaterThan(0);
  expect(new Set(owed.map((tick) => tick.outcome))).toEqual(new Set(["coalesced"]));
  // A cron that has just ticked owes nothing.
  await query("update ticks set due_at = date_trunc('minute', agonus_now()) where due_at = $1", [newest?.due_at]);
  const before = (await ticksOf("check_tournament_transitions")).length;
  await fireBeat();
  expect((await ticksOf("check_tournament_transitions")).length).toBe(before);
});

test("a live tournament wakes a Beat that has been silent, without waiting for the cron", async () => {
  const live = await liveRound();
  await fireBeat();
  await runInDurableObject(beat(), (_: Beat, state) => state.storage.deleteAlarm());
  const alarmOf = () => runInDurableObject(beat(), (_: Beat, state) => state.storage.getAlarm());
  await env.ARENA.getByName(live.tournamentId).wake(live.tournamentId);
  expect(await alarmOf()).toBeNull();
  await query("update clocks set beat_at = agonus_now() - interval '21 seconds' where name = 'beat'");
  await env.ARENA.getByName(live.tournamentId).wake(live.tournamentId);
  await eventually("Beat's clock ticks", async () => {
    const [clock] = await query<{ fresh: boolean }>(
      "select beat_at > agonus_now() - interval '10 seconds' as fresh from clocks where name = 'beat'",
    );
    return clock?.fresh || undefined;
  });
});

test("Beat sets its next alarm later than now, and a wake does not move it", async () => {
  await beat().wake();
  const before = Date.now();
  await runDurableObjectAlarm(beat());
  const alarm = await runInDurableObject(beat(), (_: Beat, state) => state.storage.getAlarm());
  expect(alarm).toBeGreaterThan(before);
  expect((alarm ?? 0) % 5000).toBe(0);
  await beat().wake();
  expect(await runInDurableObject(beat(), (_: Beat, state) => state.storage.getAlarm())).toBe(alarm);
});

test("a failing alarm of Beat rejects, so that the platform retries it", async () => {
  await beat().wake();
  vi.spyOn(globalThis, "fetch").mockRejectedValue(new Error("the network is down"));
  await expect(runDurableObjectAlarm(beat())).rejects.toThrow();
});

test.for([
  ["* * * * *", "check_tournament_transitions"],
  ["*/2 * * * *", "recover_crashed_agents"],
  ["*/5 * * * *", "run_all_live_tournament_agents"],
  ["0 0 * * *", "cleanup_old_results"],
] as const)("the cron %s fires %s for its minute once, even if it is called twice", async ([cron, schedule]) => {
  const due = Math.floor(Date.now() / MINUTE) * MINUTE;
  await Promise.all([fireCron(cron, due + 120), fireCron(cron, due + 3000)]);
  // Beat's alarm fires the next minute too, where that begins meanwhile.
  const ticks = (await ticksOf(schedule)).filter(({ due_at }) => due_at === new Date(due).toISOString());
  // Beat's alarm may fire the schedule first. In any case it runs once.
  expect(ticks).toHaveLength(1);
  expect(ticks[0]?.fired_by).toMatch(/^(cron|beat)$/);
  const tasks = await query("select id from task_keys k join tasks t on t.id = k.task_id where k.key = $1", [
    `tick:${schedule}:${due}`,
  ]);
  expect(tasks).toHaveLength(1);
  expect(await finished(ticks[0]?.task_id ?? "")).toMatchObject({ state: "SUCCESS" });
});

test("the cron sets Beat's alarm if it is missing, and does the work of a silent Beat", async () => {
  await runInDurableObject(beat(), (_: Beat, state) => state.storage.deleteAlarm());
  const id = uuidv7();
  await query(
    `insert into tasks (id, name, queue, state, args, max_attempts, due_at)
     values ($1, 'update_tournament_rankings', 'agents', 'PENDING', '{}', 2, agonus_now())`,
    [id],
  );
  await worker.scheduled(createScheduledController({ cron: "* * * * *", scheduledTime: Date.now() }), env);
  const [clock] = await query<{ name: string }>("select name from clocks where name = 'cron'");
  expect(clock).toEqual({ name: "cron" });
  expect(await finished(id)).toMatchObject({ state: "SUCCESS" });
  await eventually("Beat beats", async () => (await query("select from clocks where name = 'beat'")).length === 1);
  await runInDurableObject(beat(), (_: Beat, state) => state.storage.deleteAlarm());
});
