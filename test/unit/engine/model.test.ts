/** Random histories of tasks: the statements do what a small model predicts, and without a guard they do not. */
import fc from "fast-check";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import type { Query } from "../../../src/db/query.ts";
import { type TestClock, testClock } from "../../support/builders.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { type Twin, withTwin } from "../../support/guards.ts";
import { livesOfTasks } from "../../support/task-model.ts";

let db: TestDatabase;
let clock: TestClock;
beforeEach(async () => {
  db = await openTestDatabase();
  clock = await testClock(db.query);
});
afterEach(() => db.close());
afterAll(closeTestServer);

/** Another seed explores other histories. A failure names its seed and the shortest sequence that fails. */
const SEED = Number(process.env.AGONUS_SEED ?? 1);

test(`a task's row is what the model predicts, after every step (seed ${SEED})`, async () => {
  const lives = livesOfTasks({ base: db.query, query: db.query, clock }, 160);
  await fc.assert(lives, { seed: SEED, numRuns: 12, interruptAfterTimeLimit: 15_000 });
});

const twins: (Twin & { what: string })[] = [
  { what: "the lease of another's claim", guard: "claim-lease", broken: "true" },
  { what: "the due time of a claim", guard: "claim-due" },
  { what: "the token of a heartbeat", guard: "heartbeat-token", broken: "$2 = $2::uuid" },
  { what: "the token of an ending", guard: "finish-token", broken: "$2 = $2::uuid" },
  { what: "the lease that a sweep waits for", guard: "sweep-lease" },
  { what: "the count of lost leases", guard: "sweep-count", broken: "0" },
  { what: "the state that a retry wants", guard: "retry-state" },
  { what: "the state that an edit wants", guard: "edit-state" },
  { what: "the key that a retry takes along", guard: "retry-key" },
  { what: "the state that a cancelling wants", guard: "cancel-state" },
  { what: "the lease that a replacing task waits for", guard: "replace-lease", broken: "null::timestamptz" },
  { what: "the time since a row was sent", guard: "sweep-spacing", broken: "agonus_now() > sent_at" },
];
/** The model's first failure within this many histories. */
async function found(query: Query): Promise<string> {
  const lives = livesOfTasks({ base: db.query, query, clock }, 80);
  const { errorInstance } = await fc.check(lives, { seed: 1, numRuns: 60, endOnFailure: true });
  return String(errorInstance ?? "the broken twin passed");
}

test.each(twins)("without $what, the model finds a failure", async ({ what: _, ...twin }) => {
  const said = await found(withTwin(db.query, twin));
  expect(said).not.toContain("passed");
});

test("without the unique index of keys, the model finds two tasks of one key", async () => {
  await db.query(`alter table task_keys drop constraint task_keys_pkey`);
  // The retry statement names the index, so without it the statement would only fail.
  expect(await found(withTwin(db.query, { guard: "retry-holder" }))).toMatch(/one key/);
});
