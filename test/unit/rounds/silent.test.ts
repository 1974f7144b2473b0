import { afterAll, beforeEach, expect, test } from "vitest";
import { findSilentEntry } from "../../../src/db/statements/entries/silent.ts";
import { type TestClock, testClock, type World, world } from "../../support/builders.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { type InProcess, inProcess } from "../../support/in-process.ts";

let db: TestDatabase;
let clock: TestClock;
let sim: InProcess;
let cup: World;
beforeEach(async () => {
  db = await openTestDatabase();
  clock = await testClock(db.query);
  cup = await world(db.query, { entries: 10, strategy: "cash" });
  sim = inProcess(db.query);
  return () => db.close();
});
afterAll(closeTestServer);

/** Runs one live round: all but `silent` are asked. */
async function round(number: number, silent: readonly string[]): Promise<void> {
  await clock.set(cup.startsAt + number * cup.intervalMs + 1);
  await sim.ports.wakeArena(cup.id);
  const entry_ids = cup.entries.map((entry) => entry.id).filter((id) => !silent.includes(id));
  if (entry_ids.length > 0) await sim.ports.send("agents", [{ type: "decide", tournament_id: cup.id, entry_ids }]);
  await sim.drain();
}
async function close(): Promise<void> {
  await clock.add(200_000);
  await sim.ports.wakeArena(cup.id);
  await sim.drain();
}
const first = () => cup.entries[0]?.id ?? "";

test("an entry that owes and was silent for more than two intervals is found by its own look, and only then", async () => {
  await round(0, []);
  await close();
  for (const number of [1, 2]) {
    await round(number, [first()]);
    expect(await findSilentEntry(db.query, first()), `round ${number}`).toBeNull();
    await close();
  }
  await round(3, [first()]);
  expect(await findSilentEntry(db.query, first())).toBe(cup.entries[0]?.agentId);
  expect(await findSilentEntry(db.query, cup.entries[1]?.id ?? "")).toBeNull();
});

test("where most are silent the outage is ours: nobody finds himself stale", async () => {
  await round(0, []);
  await close();
  const three = cup.entries.slice(0, 3).map((entry) => entry.id);
  for (const number of [1, 2]) {
    await round(number, three);
    await close();
  }
  await round(3, three);
  expect(await findSilentEntry(db.query, first())).toBeNull();
});

test("in a field of two the one that is silent finds itself stale, and both at once do not", async () => {
  await db.query(`update entries set status = 'withdrawn', last_round = -1 where id <> all($1::uuid[])`, [
    cup.entries.slice(0, 2).map(({ id }) => id),
  ]);
  await round(0, []);
  await close();
  for (const number of [1, 2]) {
    await round(number, [first()]);
    await close();
  }
  await round(3, [first()]);
  expect(await findSilentEntry(db.query, first())).toBe(cup.entries[0]?.agentId);
  await close();
  await round(
    4,
    cup.entries.map(({ id }) => id),
  );
  await close();
  await round(
    5,
    cup.entries.map(({ id }) => id),
  );
  expect(await findSilentEntry(db.query, first())).toBeNull();
});

test("a pause is no silence: an entry that decided before it does not find itself stale after it", async () => {
  await round(0, []);
  await close();
  await db.query(`update tournaments set paused_at = started_at, resumed_at = $1`, [
    new Date(cup.due(6) - 1000).toISOString(),
  ]);
  await round(6, [first()]);
  expect(await findSilentEntry(db.query, first())).toBeNull();
});
