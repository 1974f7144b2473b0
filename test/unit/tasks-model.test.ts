/** Random lives of tasks: the statements do what a small model says, and not without their guards. */
import fc from "fast-check";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import type { Query } from "../../src/db/query.ts";
import { type TestClock, testClock } from "../builders.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../database.ts";
import { type Twin, withTwin } from "../guards.ts";
import { livesOfTasks } from "../task-model.ts";

let db: TestDatabase;
let clock: TestClock;
beforeEach(async () => {
  db = await openTestDatabase();
  clock = await testClock(db.query);
});
afterEach(() => db.close());
afterAll(closeTestServer);

/** Another one explores other lives; a failure says its own, with the shortest sequence that fails. */
const SEED = Number(process.env.AGONUS_SEED ?? 1);

test(`a task's row is what its life says, step by step (seed ${SEED})`, async () => {
  const lives = livesOfTasks({ base: db.query, query: db.query, clock }, 160);
  await fc.assert(lives, { seed: SEED, numRuns: 12, interruptAfterTimeLimit: 15_000 });
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
    what: "the state that an edit wants",
    of: "'edited: '",
    guard: " and h.state in ('PENDING', 'RETRY')",
    broken: "",
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
/** What the model says first, within so many lives. */
async function found(query: Query): Promise<string> {
  const lives = livesOfTasks({ base: db.query, query, clock }, 80);
  const { errorInstance } = await fc.check(lives, { seed: 1, numRuns: 60, endOnFailure: true });
  return String(errorInstance ?? "the broken twin passed");
}

test.each(twins)("without $what, the model finds it", async ({ what: _, ...twin }) => {
  const said = await found(withTwin(db.query, twin));
  expect(said).not.toContain("no guard");
  expect(said).not.toContain("passed");
});

test("without the unique index of keys, the model finds two tasks of one key", async () => {
  await db.query(`alter table task_keys drop constraint task_keys_pkey`);
  // A retry says which index it means, and would only say that it is gone.
  const twin = { of: "'run again'", guard: /on conflict \(key\).*excluded\.task_id/g, broken: "" };
  expect(await found(withTwin(db.query, twin))).toMatch(/one key/);
});
