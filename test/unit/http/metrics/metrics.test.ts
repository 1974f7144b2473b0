import { uuidv7 } from "uuidv7";
import { afterAll, beforeEach, expect, test } from "vitest";
import { foldCounts } from "../../../../src/db/statements/metrics/fold-counts.ts";
import { sweep } from "../../../../src/engine/sweep.ts";
import { START, type TestClock, testClock, world } from "../../../support/builders.ts";
import { closeTestServer } from "../../../support/database.ts";
import { type Api, openApi } from "../../../support/http-app.ts";
import { type InProcess, inProcess } from "../../../support/in-process.ts";
import { type ParsedFamily, parseOpenMetrics } from "../../../support/open-metrics-parser.ts";

let api: Api;
let clock: TestClock;
let engine: InProcess;
beforeEach(async () => {
  api = await openApi();
  clock = await testClock(api.db.query, START);
  engine = inProcess(api.db.query);
  return () => api.db.close();
});
afterAll(closeTestServer);

async function scrape(): Promise<Map<string, ParsedFamily>> {
  const { status, headers, body } = await api.get("/metrics");
  expect(status, body).toBe(200);
  expect(headers.get("content-type")).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
  return parseOpenMetrics(body);
}
/** The value of a sample as it is written, of whichever family. */
async function values(...keys: string[]): Promise<(number | undefined)[]> {
  const families = await scrape();
  const all = new Map([...families.values()].flatMap((family) => [...family.samples]));
  return keys.map((key) => all.get(key));
}

test("an empty deployment shows every family, at zero, and a strict reader takes the whole of it", async () => {
  const families = await scrape();
  expect([...families.keys()]).toEqual(
    expect.arrayContaining([
      ...["agonus_tasks", "agonus_tasks_finished", "agonus_task_attempts", "agonus_task_wait_seconds"],
      ...["agonus_task_run_seconds", "agonus_leases_lost", "agonus_recoveries", "agonus_recovery_seconds"],
      ...["agonus_recovery_objective_seconds", "agonus_recovery_objective_target", "agonus_recovery_budget_burn"],
      ...["agonus_queue_depth", "agonus_queue_oldest_waiting_seconds", "agonus_queue_running", "agonus_leases_expired"],
      ...["agonus_duplicates_prevented", "agonus_schedule_last_tick_age_seconds", "agonus_schedule_overdue_seconds"],
      ...["agonus_clock_age_seconds", "agonus_rounds", "agonus_round_open_lag_seconds", "agonus_build"],
      ...["agonus_round_settle_lag_seconds", "agonus_round_unsettled_age_seconds", "agonus_live_tournaments"],
    ]),
  );
  for (const queue of ["agents", "trading", "recovery"]) {
    const oldest = families.get("agonus_queue_oldest_waiting_seconds")?.samples;
    expect(oldest?.get(`agonus_queue_oldest_waiting_seconds{queue="${queue}"}`)).toBe(0);
  }
  const tasks = families.get("agonus_tasks")?.samples ?? new Map();
  expect(tasks.size).toBeGreaterThanOrEqual(9 * 6);
  expect([...tasks.values()].every((value) => value === 0)).toBe(true);
});

test("only the key opens /metrics, unless METRICS_OPEN opens it to all", async () => {
  expect((await api.see("/metrics")).status).toBe(401);
  expect((await api.call("GET", "/metrics", { key: "a wrong one" })).status).toBe(401);
  const open = await openApi({ metricsOpen: true });
  expect((await open.see("/metrics")).status).toBe(200);
  await open.db.close();
});

test("a waiting task is a depth and an age, a claimed one a lease and a wait, a finished one a run", async () => {
  const { ports } = engine;
  const name = "update_tournament_rankings";
  await ports.enqueue(name, {});
  await ports.enqueue(name, {}, { countdownSeconds: 3600 });
  await clock.add(42_000);
  expect(
    await values(
      'agonus_queue_depth{queue="agents"}',
      'agonus_queue_oldest_waiting_seconds{queue="agents"}',
      `agonus_tasks{name="${name}",queue="agents",state="PENDING"}`,
    ),
  ).toEqual([1, 42, 2]);

  await api.db.query(
    `update tasks set state = 'STARTED', token = $1, lease_until = agonus_now() + interval '20 s', started_at = agonus_now(),
    history = history || jsonb_build_array(jsonb_build_object('at', agonus_now(), 'state', 'STARTED')) where due_at <= agonus_now()`,
    [uuidv7()],
  );
  await clock.add(3000);
  expect(
    await values(
      'agonus_queue_running{queue="agents"}',
      'agonus_queue_depth{queue="agents"}',
      'agonus_queue_oldest_waiting_seconds{queue="agents"}',
      `agonus_task_wait_seconds_sum{name="${name}"}`,
      `agonus_task_wait_seconds_bucket{name="${name}",le="30.0"}`,
      `agonus_task_wait_seconds_bucket{name="${name}",le="60.0"}`,
    ),
  ).toEqual([1, 0, 0, 42, 0, 1]);

  await api.db.query(
    `update tasks set state = 'SUCCESS', token = null, lease_until = null, finished_at = agonus_now() where state = 'STARTED'`,
  );
  const finished = [
    `agonus_tasks_finished_total{name="${name}",state="SUCCESS"}`,
    `agonus_task_attempts_total{name="${name}",state="SUCCESS"}`,
    `agonus_task_run_seconds_sum{name="${name}"}`,
    `agonus_task_run_seconds_bucket{name="${name}",le="2.5"}`,
    `agonus_task_run_seconds_bucket{name="${name}",le="5.0"}`,
    'agonus_queue_running{queue="agents"}',
  ];
  expect(await values(...finished)).toEqual([1, 1, 3, 0, 1, 0]);
  // Counters stay when the sweep folds their rows, and when retention takes the tasks.
  await foldCounts(api.db.query);
  await foldCounts(api.db.query);
  await api.db.query(`delete from tasks where state = 'SUCCESS'`);
  expect(await values(...finished)).toEqual([1, 1, 3, 0, 1, 0]);
});

test("a duration equal to a bound counts in that bound's bucket", async () => {
  const rows = await api.db.query<{ le: number }>(
    `select agonus_bucket(s) as le from unnest(array[0, 0.005, 0.0051, 1, 300, 300.1]::float8[]) s`,
  );
  expect(rows.map(({ le }) => le)).toEqual([0.005, 0.005, 0.01, 1, 300, Number.POSITIVE_INFINITY]);
});

test("a lost lease shows before the sweep as expired, after it as lost", async () => {
  const { taskId } = await engine.ports.enqueue("check_tournament_transitions", {});
  await api.db.query(
    `update tasks set state = 'STARTED', token = $2, lease_until = agonus_now() + interval '20 s', started_at = agonus_now() where id = $1`,
    [taskId, uuidv7()],
  );
  await clock.add(21_000);
  expect(await values("agonus_leases_expired", "agonus_leases_lost_total")).toEqual([1, 0]);
  await sweep(engine.ports, []);
  expect(
    await values(
      "agonus_leases_expired",
      "agonus_leases_lost_total",
      'agonus_task_attempts_total{name="check_tournament_transitions",state="RETRY"}',
      'agonus_tasks_finished_total{name="check_tournament_transitions",state="SUCCESS"}',
    ),
  ).toEqual([0, 1, 1, 0]);
});

test("a failure that cleanup moves is not counted twice, as it would be by rows that are finished alone", async () => {
  const { query } = api.db;
  const key = 'agonus_tasks_finished_total{name="check_tournament_transitions",state="REVOKED"}';
  await engine.ports.enqueue("check_tournament_transitions", {});
  await query(`update tasks set state = 'REVOKED', finished_at = agonus_now(), started_at = agonus_now(),
    history = history || '[{"state": "REVOKED"}]'`);
  await query(`create table moved as select * from tasks`);
  const move = async () => {
    await query(`delete from tasks`);
    await query(`insert into tasks select * from moved`);
  };
  await move();
  expect(await values(key)).toEqual([1]);
  const [made] = await query<{ text: string }>(`select pg_get_functiondef('agonus_measure_inserted'::regproc) as text`);
  const guard = "and case when args is null then true else jsonb_array_length(history) = 1 end";
  await query((made?.text ?? "").replace(guard, ""));
  await move();
  expect(await values(key)).toEqual([2]);
});

test("decisions of a batch count as run, recoveries by cause with their time, differing answers as prevented", async () => {
  const cup = await world(api.db.query, { entries: 3 });
  const [first] = cup.entries;
  if (!first) throw new Error("no entry");
  await clock.set(cup.due(0));
  await engine.ports.wakeArena(cup.id);
  await engine.ports.send("agents", [
    { type: "decide", tournament_id: cup.id, entry_ids: cup.entries.map(({ id }) => id) },
  ]);
  await engine.drain();
  await engine.ports.enqueue("recover_agent_state", { tournament_id: cup.id, agent_id: first.agentId, cause: "alarm" });
  await clock.add(1500);
  await engine.drain();
  await api.db.query(`update entries set prevented = 2 where id = $1`, [first.id]);
  expect(
    await values(
      'agonus_tasks_finished_total{name="run_agent_decision",state="SUCCESS"}',
      'agonus_task_run_seconds_count{name="run_agent_decision"}',
      'agonus_recoveries_total{cause="alarm"}',
      'agonus_recoveries_total{cause="operator"}',
      'agonus_recovery_seconds_sum{cause="alarm"}',
      "agonus_duplicates_prevented_total",
      "agonus_recovery_objective_seconds",
      'agonus_recovery_budget_burn{window="24h"}',
    ),
  ).toEqual([3, 3, 1, 0, 1.5, 2, 60, 0]);
});

test("rounds show their lag, and the age of a stuck round grows", async () => {
  const cup = await world(api.db.query, { entries: 1 });
  await clock.set(cup.due(0) + 4000);
  await engine.ports.wakeArena(cup.id);
  const keys = [
    "agonus_round_open_lag_seconds",
    "agonus_round_settle_lag_seconds",
    "agonus_round_unsettled_age_seconds",
  ];
  expect(await values(...keys, 'agonus_rounds{state="open"}', "agonus_live_tournaments")).toEqual([4, 0, 4, 1, 1]);
  await clock.set(cup.due(0) + 200_000);
  expect(await values(...keys)).toEqual([4, 0, 200]);
  for (let step = 0; step < 5; step++) {
    await engine.ports.wakeArena(cup.id);
    await engine.drain();
  }
  expect(await values(...keys, 'agonus_rounds{state="open"}', 'agonus_rounds{state="settled"}')).toEqual([
    4, 200, 0, 0, 1,
  ]);
});

test("a schedule's age grows from its last tick, and a tick without a row is overdue", async () => {
  const key = (metric: string) => `agonus_schedule_${metric}{schedule="check_tournament_transitions"}`;
  expect((await values(key("last_tick_age_seconds")))[0]).toBeNaN();
  await api.db.query(
    `insert into ticks (schedule, due_at, outcome, fired_by) values ('check_tournament_transitions', $1, 'fired', 'cron')`,
    [new Date(START).toISOString()],
  );
  await api.db.query(`insert into clocks (name, beat_at) values ('cron', $1)`, [new Date(START).toISOString()]);
  await clock.set(START + 50_000);
  const keys = [key("last_tick_age_seconds"), key("overdue_seconds"), 'agonus_clock_age_seconds{clock="cron"}'];
  expect(await values(...keys)).toEqual([50, 0, 50]);
  // In the last second before a tick nothing is due yet.
  await clock.set(START + 59_500);
  expect(await values(...keys)).toEqual([59.5, 0, 59.5]);
  await clock.set(START + 90_000);
  expect(await values(...keys)).toEqual([90, 30, 90]);
});

test("the platform's counts are shown, and a missing count is NaN, not zero", async () => {
  const oldest_at = new Date(START - 9000).toISOString();
  const busy = await openApi({ backlog: async () => ({ agents: { messages: 7, oldest_at }, trading: null }) });
  await testClock(busy.db.query, START);
  const samples = new Map(
    [...parseOpenMetrics((await busy.get("/metrics")).body).values()].flatMap((f) => [...f.samples]),
  );
  expect(samples.get('agonus_queue_messages{queue="agents"}')).toBe(7);
  expect(samples.get('agonus_queue_oldest_message_seconds{queue="agents"}')).toBe(9);
  expect(samples.get('agonus_queue_messages{queue="trading"}')).toBeNaN();
  await busy.db.close();
});
