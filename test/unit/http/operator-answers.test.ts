/** What an operator reads about jobs, schedules, throughput and live entries. */
import { uuidv7 } from "uuidv7";
import { afterAll, beforeAll, expect, test } from "vitest";
import { foldCounts } from "../../../src/db/statements/metrics/fold-counts.ts";
import { takeSample } from "../../../src/db/statements/metrics/throughput.ts";
import { START, type TestClock, testClock, world } from "../../support/builders.ts";
import { closeTestServer } from "../../support/database.ts";
import { type Api, openApi } from "../../support/http-app.ts";
import { insertTask } from "../../support/insert-task.ts";

let api: Api;
let clock: TestClock;
beforeAll(async () => {
  api = await openApi();
  clock = await testClock(api.db.query, START);
});
afterAll(async () => {
  await api.db.close();
  await closeTestServer();
});
const at = (secondsAgo: number) => new Date(clock.now() - secondsAgo * 1000).toISOString();

test("a bulk job says what became of the tasks that it touched, and dry runs are listed only when asked for", async () => {
  const ids = [uuidv7(), uuidv7(), uuidv7()];
  for (const id of ids) await insertTask(api.db.query, { id, state: id === ids[0] ? "SUCCESS" : "FAILURE" });
  const { body } = await api.post("/bulk", { action: "retry", ids });
  const list = async (query: string) =>
    (await api.get(`/bulk?${query}`)).body.items.map((job: { bulk_id: string }) => job.bulk_id);
  expect([await list(""), await list("dry_runs=true")]).toEqual([[], [body.bulk_id]]);
  await api.post("/bulk", { token: body.token });
  expect(await list("")).toEqual([body.bulk_id]);
  await api.db.query(
    `update bulk_items set outcome = case when task_id = $2 then 'skipped' else 'done' end where job_id = $1`,
    [body.bulk_id, ids[2]],
  );
  const job = (await api.get(`/bulk/${body.bulk_id}`)).body;
  expect(job.outcome).toEqual({ looked_at: 2, states: { SUCCESS: 1, FAILURE: 1 } });
  const touched = (await api.get(`/tasks?bulk_id=${body.bulk_id}&state=FAILURE`)).body.items;
  expect(touched.map((task: { task_id: string }) => task.task_id)).toEqual([ids[2], ids[1]]);
  const all = (await api.get(`/tasks?bulk_id=${body.bulk_id}&sort=received&limit=2`)).body;
  expect(all.items.map((task: { task_id: string }) => task.task_id)).toEqual(ids.slice(0, 2));
});

test("the audit says which job a token confirmed, without the token's secret", async () => {
  const { items, names } = (await api.get("/audit")).body;
  const confirmed = items.find((row: { details: { body?: { token?: string } } }) => row.details.body?.token);
  const id = confirmed.details.body.token.slice(0, 36);
  expect(confirmed.details.body.token).toBe(`${id}.[hidden]`);
  expect(names).toContainEqual(expect.objectContaining({ id, kind: "bulk", name: "retry", frozen: 3 }));
});

test("a schedule's run by hand is shown beside its last tick", async () => {
  const { body } = await api.post("/schedules/cleanup_old_results/run");
  const { items } = (await api.get("/schedules")).body;
  const schedule = items.find((each: { name: string }) => each.name === "cleanup_old_results");
  expect(schedule).toMatchObject({ last: null, last_by_hand: { task_id: body.task_id } });
});

test("the throughput of the last hour is known by minute, with its failures and by queue", async () => {
  const { query } = api.db;
  await query("delete from metric_deltas");
  await takeSample(query);
  const ended = (name: string, queue: string, state: string) =>
    insertTask(query, { id: uuidv7(), name, queue, state, started_at: at(1), history: [{}] });
  await ended("run_agent_decision", "agents", "SUCCESS");
  await ended("run_agent_decision", "agents", "FAILURE");
  await ended("execute_agent_trade", "trading", "SUCCESS");
  await foldCounts(query);
  await clock.add(60_000);
  await takeSample(query);
  const { history } = (await api.get("/inspect/stats")).body;
  expect(history).toMatchObject([{ per_minute: 3, failed_per_minute: 1, queues: { agents: 2, trading: 1 } }]);
});

test("a live entry has a verdict, its last round, and the recoveries that the page of recoveries lists", async () => {
  const { query } = api.db;
  const cup = await world(query, { entries: 2 });
  const [first, second] = cup.entries;
  const round = async (number: number, state: string) => {
    const id = uuidv7();
    await query(
      `insert into rounds (id, tournament_id, number, state, due_at, deadline_at, opened_at, participants)
       values ($1, $2, $3, $4, $5, agonus_now() + interval '1 hour', agonus_now(), 2)`,
      [id, cup.id, number, state, at(7)],
    );
    return id;
  };
  const decided = (roundId: string, entry: string | undefined) =>
    query(
      `insert into decisions (round_id, entry_id, outcome, order_count, version, details_hash, decided_at) values ($1, $2, 'held', 0, 0, 'x', $3)`,
      [roundId, entry, at(5)],
    );
  const settled = await round(4, "settled");
  await decided(settled, first?.id);
  await decided(await round(5, "open"), first?.id);
  const recovered = (key: string, late: boolean) =>
    query(
      `insert into recoveries (id, key, tournament_id, entry_id, cause, round_id, detected_at, resumed_at, late)
       values (agonus_uuid_of(agonus_now(), $1), $1, $2, $3, 'resent', $4, agonus_now(), agonus_now(), $5)`,
      [key, cup.id, first?.id, settled, late],
    );
  await recovered("one", false);
  await recovered("two", true);
  const { items } = (await api.get(`/inspect/entries?tournament_id=${cup.id}`)).body;
  expect(items).toMatchObject([
    { entry_id: first?.id, verdict: "well", last_round: expect.any(Number), recoveries: 1, owed_round: null },
    { entry_id: second?.id, verdict: "owes", last_round: null, recoveries: 0, owed_round: 5, owed_seconds: 7 },
  ]);
  // A replay's rounds are due by the market's time, which is long ago.
  await query("update tournaments set market = 'replay' where id = $1", [cup.id]);
  await query("update rounds set due_at = due_at - interval '1 year' where tournament_id = $1", [cup.id]);
  expect((await api.get(`/inspect/entries?tournament_id=${cup.id}`)).body.items).toMatchObject([
    { verdict: "well" },
    { verdict: "owes", owed_seconds: 0 },
  ]);
});
