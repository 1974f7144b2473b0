/** The real statements of a round under random contention, and what becomes of them without their guards. */
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { manyConnections } from "../connections.ts";
import { failings, trial } from "../contention.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../database.ts";
import { type Twin, withTwin } from "../guards.ts";

let db: TestDatabase;
let many: ReturnType<typeof manyConnections>;
beforeEach(async () => {
  db = await openTestDatabase();
  many = manyConnections(db.url, 16);
});
afterEach(async () => {
  await many.end();
  await db.close();
});
afterAll(closeTestServer);

test.each(["1", "2", "3"])(
  "nothing is decided after the close, nothing twice, and every digit is right (seed %s)",
  async (seed) => {
    const report = await trial(many.query, seed, { rounds: 8, entries: 16 });
    expect(failings(report)).toEqual([]);
    // A trial in which nothing collided would prove nothing.
    expect(Object.values(report.seen).every((n) => n > 0)).toBe(true);
  },
);

const twins: (Twin & { what: string; fails: RegExp })[] = [
  {
    what: "the lock on the round while decisions are written",
    of: "insert into decisions",
    guard: "agonus_now() < deadline_at for share",
    broken: "agonus_now() < deadline_at",
    fails: /decisionsAfterClose/,
  },
  {
    what: "the version of a decision",
    of: "insert into decisions",
    guard: "and a.version = e.version",
    broken: "",
    fails: /acceptedStale/,
  },
  {
    what: "the version of a fill",
    of: "insert into trades",
    guard: /b\.version = e\.version|e\.version = b\.version/g,
    broken: "true",
    fails: /versionErrors|ledgerFailures/,
  },
];
test.each(twins)("without $what, the trial fails", async ({ fails, ...twin }) => {
  const broken = (query: typeof db.query) => withTwin(query, twin);
  let found: string[] = [];
  for (const seed of ["1", "2", "3"]) {
    found = failings(await trial(many.query, seed, { rounds: 4, entries: 16, twin: broken }));
    if (found.some((failing) => fails.test(failing))) break;
    await many.end();
    await db.close();
    db = await openTestDatabase();
    many = manyConnections(db.url, 16);
  }
  expect(found.join("; ")).toMatch(fails);
});
