/** Dead letters, and what agents said of their decisions, have a retention of their own. */
import { uuidv7 } from "uuidv7";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { checkLedger } from "../../../src/ledger/check-ledger.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { inProcess } from "../../support/in-process.ts";
import { buildFixture, storeFixture } from "../../support/ledger/fixture.ts";

let db: TestDatabase;
beforeEach(async () => {
  db = await openTestDatabase();
});
afterEach(() => db.close());
afterAll(closeTestServer);

async function cleanUp(args: Record<string, unknown> = {}) {
  const run = inProcess(db.query);
  const { taskId } = await run.ports.enqueue("cleanup_old_results", args, { key: null });
  await run.drain();
  const [task] = await db.query<{ state: string; result: Record<string, unknown> }>(
    "select state, result from tasks where id = $1",
    [taskId],
  );
  expect(task?.state).toBe("SUCCESS");
  return task?.result;
}

test("dead letters go after thirty days, or after what the arguments say", async () => {
  for (const days of [0, 8, 29, 31, 300]) {
    await db.query(
      `insert into dead_letters (id, queue, message_id, body, deliveries, outcome, received_at)
       values ($1, 'agents', $2, '{}', 3, 'kept', agonus_now() - make_interval(days => $3::int))`,
      [uuidv7(), `message ${days}`, days],
    );
  }
  const left = async () =>
    (await db.query<{ id: string }>("select message_id as id from dead_letters order by received_at desc")).map(
      ({ id }) => id,
    );
  expect(await cleanUp()).toMatchObject({ dead_letters: 2 });
  expect(await left()).toEqual(["message 0", "message 8", "message 29"]);
  expect(await cleanUp({ dead_letter_hours: 7 * 24 })).toMatchObject({ dead_letters: 2 });
  expect(await left()).toEqual(["message 0"]);
});

test("what agents said goes by whole rounds after ninety days; decisions stay, and the ledger still is exact", async () => {
  const fixture = buildFixture({ candlesARound: 1 });
  await storeFixture(db.query, fixture);
  const rounds = await db.query<{ id: string }>(
    "select distinct r.id, r.number from rounds r join decision_details d on d.round_id = r.id order by r.number",
  );
  const old = rounds.slice(0, 2).map(({ id }) => id);
  await db.query("update rounds set settled_at = agonus_now() where settled_at is not null");
  await db.query("update rounds set settled_at = agonus_now() - interval '91 days' where id = any($1)", [old]);
  const count = async (table: string) =>
    Object.fromEntries(
      (
        await db.query<{ id: string; n: number }>(`select round_id as id, count(*)::int as n from ${table} group by 1`)
      ).map(({ id, n }) => [id, n]),
    );
  const [details, decisions] = [await count("decision_details"), await count("decisions")];
  const before = await checkLedger(db.query);
  expect(before).toMatchObject({ ok: true });

  const gone = old.reduce((sum, id) => sum + (details[id] ?? 0), 0);
  expect(gone).toBeGreaterThan(0);
  expect(await cleanUp()).toMatchObject({ details: gone });
  expect(await count("decisions")).toEqual(decisions);
  expect(await count("decision_details")).toEqual(
    Object.fromEntries(Object.entries(details).filter(([id]) => !old.includes(id))),
  );
  expect(await checkLedger(db.query)).toEqual(before);
  // Another run finds nothing more, and what goes otherwise than by whole rounds is still found.
  expect(await cleanUp()).toMatchObject({ details: 0 });
  await db.query("delete from decision_details where round_id = $1", [rounds[2]?.id]);
  expect(await checkLedger(db.query)).toMatchObject({ ok: false });
  expect(await cleanUp({ detail_hours: 1 })).toMatchObject({ details: 0 });
});

test("what agents said in a round that was cancelled midway goes too, and what never opened is not looked at", async () => {
  const fixture = buildFixture({ candlesARound: 1 });
  await storeFixture(db.query, fixture);
  await db.query("update rounds set settled_at = agonus_now() where settled_at is not null");
  const [round] = await db.query<{ id: string; n: number }>(
    "select round_id as id, count(*)::int as n from decision_details group by 1 order by 2 desc limit 1",
  );
  await db.query(
    `update rounds set state = 'skipped', skip_reason = 'cancelled', settled_at = null, quoted_at = null, closed_at = null,
       opened_at = agonus_now() - interval '91 days' where id = $1`,
    [round?.id],
  );
  await db.query(
    `insert into rounds (id, tournament_id, number, state, skip_reason, due_at, deadline_at)
     select gen_random_uuid(), tournament_id, 100000, 'skipped', 'outage', agonus_now() - interval '91 days', agonus_now() from rounds where id = $1`,
    [round?.id],
  );
  expect(await cleanUp()).toMatchObject({ details: round?.n });
  expect(await db.query("select from decision_details where round_id = $1", [round?.id])).toEqual([]);
  expect(await db.query("select number from rounds where details_dropped_at is not null and number = 100000")).toEqual(
    [],
  );
});
