/** GET /inspect/attention: each trouble is named once, with what leads to its cure; without trouble the list is empty. */
import { uuidv7 } from "uuidv7";
import { afterAll, beforeEach, expect, test } from "vitest";
import { START, type TestClock, testClock, world } from "../../support/builders.ts";
import { closeTestServer } from "../../support/database.ts";
import { type Api, openApi } from "../../support/http-app.ts";
import { insertTask } from "../../support/insert-task.ts";

let api: Api;
let clock: TestClock;
beforeEach(async () => {
  api = await openApi();
  clock = await testClock(api.db.query, START);
  return () => api.db.close();
});
afterAll(closeTestServer);

const look = async () => (await api.get("/inspect/attention")).body;
const at = (secondsAgo: number) => new Date(clock.now() - secondsAgo * 1000).toISOString();
const task = (fields: Record<string, unknown>) => insertTask(api.db.query, { id: uuidv7(), ...fields });

test("without trouble nothing needs attention, and an operator alone may look", async () => {
  await task({ due_at: at(-60) });
  const { items, counts } = await look();
  expect(items).toEqual([]);
  expect(counts).toEqual({
    tasks: 1,
    errors: 0,
    bulk: 0,
    queues: 0,
    dead_letters: 0,
    consumers: 0,
    schedules: 0,
    recoveries: 0,
  });
  expect((await api.see("/inspect/attention")).status).toBe(401);
});

test("errors, late ticks, recoveries, silent consumers, waiting tasks and pauses of the last hour are each one line", async () => {
  const cup = await world(api.db.query, { entries: 3 });
  const { query } = api.db;
  const error = { code: "agent.failed", message: "agent 1 broke" };
  for (const ago of [10, 20]) {
    await task({ state: "FAILURE", error, signature: "agent <n> broke", finished_at: at(ago), created_at: at(ago) });
  }
  await task({
    state: "FAILURE",
    error: { code: "task.lost" },
    signature: "older",
    finished_at: at(4000),
    created_at: at(4000),
  });
  await query(
    `insert into ticks (schedule, due_at, outcome, fired_by, reason) values
    ('cleanup_old_results', $1, 'late', 'cron', null), ('cleanup_old_results', $2, 'coalesced', 'cron', null),
    ('check_tournament_transitions', $1, 'fired', 'cron', null), ('recover_crashed_agents', $1, 'skipped', 'cron', 'paused by operator')`,
    [at(60), at(120)],
  );
  const recovered = (entry: number, resumed: string | null, late: boolean, cause = "resent") =>
    query(
      `insert into recoveries (id, key, tournament_id, entry_id, cause, round_id, detected_at, resumed_at, late)
       values (agonus_uuid_of($1::timestamptz, $2), $2, $3, $4, $8, $5, $1, $6, $7)`,
      [at(30), `key ${entry}`, cup.id, cup.entries[entry]?.id, uuidv7(), resumed, late, cause],
    );
  await recovered(0, at(29), false);
  await recovered(1, at(29), true);
  // What an operator asked for is no trouble.
  await recovered(2, at(29), false, "operator");
  await query(
    `insert into consumers (id, code_version, batches, tasks, last_seen_at) values
    ('worker gone', 'v', '{"agents": 1}', 1, $1), ('worker here', 'v', '{"trading": 1}', 1, $2)`,
    [at(33), at(3)],
  );
  const running = { state: "STARTED", token: uuidv7(), attempt: 1, started_at: at(40) };
  await task({ ...running, consumer: "worker gone", lease_until: at(13) });
  // Its lease goes on, though its consumer is silent: an object thinks.
  await task({ ...running, token: uuidv7(), consumer: "worker gone", lease_until: at(-13) });
  await task({ queue: "trading", due_at: at(45) });
  await api.post("/queues/recovery/pause", { reason: "a look" });
  await api.post("/schedules/cleanup_old_results/pause", {});
  await query(
    `insert into dead_letters (id, queue, message_id, body, deliveries, outcome, received_at)
    values ($1, 'agents', 'm', '{}', 6, 'kept', $2)`,
    [uuidv7(), at(9000)],
  );

  const { items, counts } = await look();
  expect(items).toMatchObject([
    { kind: "queue_waits", tone: "bad", queue: "trading", seconds: 45, is_consumed: true },
    { kind: "consumers_silent", consumers: 1, tasks: 1 },
    { kind: "errors", tone: "bad", signature: "agent <n> broke", code: "agent.failed", count: 2, again: "yes" },
    { kind: "dead_letters", tone: "bad", letters: 1 },
    { kind: "recoveries", tone: "wait", mended: 1, lost: 0 },
    { kind: "late_ticks", tone: "wait", schedule: "cleanup_old_results", ticks: 2, outcome: "late" },
    { kind: "queue_paused", queue: "recovery", by: "operator", reason: "a look" },
    { kind: "schedule_paused", schedule: "cleanup_old_results", reason: null },
  ]);
  expect(items).toHaveLength(8);
  expect(counts).toMatchObject({ errors: 1, queues: 2, dead_letters: 1, consumers: 1, schedules: 2, recoveries: 1 });
});

test("a paused tournament is a line until it goes on", async () => {
  const cup = await world(api.db.query, { entries: 1 });
  await api.post(`/tournaments/${cup.id}/pause`);
  expect((await look()).items).toEqual([
    {
      kind: "tournament_paused",
      tone: "wait",
      tournament_id: cup.id,
      tournament: `Cup ${cup.id}`,
      since: expect.stringMatching(/^2026-03-02T00:00:00/),
    },
  ]);
  await api.post(`/tournaments/${cup.id}/resume`);
  expect((await look()).items).toEqual([]);
});
