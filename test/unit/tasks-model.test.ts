/** Random lives of tasks: the statements do what a small model says, and not without their guards. */
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { type TestClock, testClock } from "../builders.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../database.ts";
import { type Twin, withTwin } from "../guards.ts";
import { play } from "../task-model.ts";

let db: TestDatabase;
let clock: TestClock;
beforeEach(async () => {
  db = await openTestDatabase();
  clock = await testClock(db.query);
});
afterEach(() => db.close());
afterAll(closeTestServer);

test.each(["1", "2", "3"])("a task's row is what its life says, step by step (seed %s)", async (seed) => {
  expect(await play(db.query, db.query, clock, seed, 400)).toBe(null);
});

const twins: (Twin & { what: string })[] = [
  { what: "the lease of another's claim", of: "'claimed'", guard: "lease_until < agonus_now()", broken: "true" },
  { what: "the due time of a claim", of: "'claimed'", guard: "and due_at <= agonus_now()", broken: "" },
  { what: "the token of a heartbeat", of: "set lease_until", guard: "and token = $2", broken: "and $2 = $2::uuid" },
  {
    what: "the token of an ending",
    of: "result = coalesce($4::jsonb",
    guard: "t.token = $2 and",
    broken: "$2 = $2::uuid and",
  },
  { what: "the lease that a sweep waits for", of: "with lost as", guard: "and lease_until < agonus_now()", broken: "" },
  {
    what: "the count of lost leases",
    of: "with lost as",
    guard: "lost_leases = t.lost_leases + 1",
    broken: "lost_leases = 0",
  },
  {
    what: "the state that a retry wants",
    of: "'run again'",
    guard: "where t.id = h.id and h.state in ('SUCCESS', 'FAILURE', 'REVOKED')",
    broken: "where t.id = h.id",
  },
  {
    what: "the key that a retry takes along",
    of: "'run again'",
    guard: "and (h.key is null or exists (select from kept))",
    broken: "",
  },
  {
    what: "the state that a cancelling wants",
    of: "'asked to cancel'",
    guard: "and h.state in ('PENDING', 'RETRY', 'STARTED')",
    broken: "",
  },
  {
    what: "the lease that a replacing task waits for",
    of: "with swapped",
    guard: "select lease_until from old",
    broken: "select null::timestamptz from old",
  },
  {
    what: "the time since a row was sent",
    of: "owed as (",
    guard: "sent_at is null or sent_at <",
    broken: "sent_at is null or agonus_now() >",
  },
];
test.each(twins)("without $what, the model finds it", async ({ what: _, ...twin }) => {
  for (const seed of ["1", "2", "3", "4"]) {
    const found = await play(db.query, withTwin(db.query, twin), clock, seed, 200);
    if (found) return expect(found).not.toContain("no guard");
    await db.query(`delete from tasks`);
    await db.query(`delete from task_keys`);
  }
  expect.fail("the broken twin passed");
});

test("without the unique index of keys, the model finds two tasks of one key", async () => {
  await db.query(`alter table task_keys drop constraint task_keys_pkey`);
  // A retry says which index it means, and would only say that it is gone.
  const query = withTwin(db.query, { of: "'run again'", guard: /on conflict \(key\).*excluded\.task_id/g, broken: "" });
  expect(await play(db.query, query, clock, "1", 100)).toMatch(/one key/);
});
