import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { advance } from "../../src/rounds/advance.ts";
import { testClock, world } from "../builders.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../database.ts";
import { inProcess } from "../in-process.ts";

let db: TestDatabase;
beforeEach(async () => {
  db = await openTestDatabase();
});
afterEach(() => db.close());
afterAll(closeTestServer);

test("an outside agent whose task can't be made keeps no other of its batch waiting, and is asked again", async () => {
  const clock = await testClock(db.query);
  const run = inProcess(db.query);
  const cup = await world(db.query, { entries: 3, thinkingSeconds: 30 });
  await clock.set(cup.due(0));
  await advance(run.ports, cup.id);
  const ids = cup.entries.map(({ id }) => id).sort();
  let broken = ids[0];
  const query: typeof db.query = async (text, params) => {
    if (broken !== undefined && params?.[0] === broken) throw new Error("fetch failed");
    return db.query(text, params);
  };
  Object.assign(run.ports, { query });
  const asked = () =>
    db.query<{ entry_id: string }>("select entry_id from tasks order by 1").then((rows) => rows.map((r) => r.entry_id));
  run.queued.splice(0, 99, { queue: "agents", message: { type: "decide", tournament_id: cup.id, entry_ids: ids } });
  await run.drain(1);
  expect(await asked()).toEqual(ids.slice(1));
  broken = undefined;
  await run.drain();
  expect(await asked()).toEqual(ids);
});
