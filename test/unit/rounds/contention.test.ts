/** The real statements of a round under random contention, and what becomes of them without their guards. */
import { afterAll, beforeEach, expect, test } from "vitest";
import { manyConnections } from "../../support/connections.ts";
import { failings, trial } from "../../support/contention.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { type Twin, withTwin } from "../../support/guards.ts";

let db: TestDatabase;
let many: ReturnType<typeof manyConnections>;
/** Each trial has a database of its own. */
async function begin(): Promise<void> {
  await end();
  db = await openTestDatabase();
  many = manyConnections(db.url, 16);
}
async function end(): Promise<void> {
  await many?.end();
  await db?.close();
}
beforeEach(begin);
afterAll(async () => {
  await end();
  await closeTestServer();
});

test("nothing is decided after the close, nothing twice, and every digit is right, whatever collides", async () => {
  const unseen = new Set<string>();
  for (let seed = 1; seed <= 3 || (unseen.size > 0 && seed <= 12); seed++) {
    if (seed > 1) await begin();
    const report = await trial(many.query, String(seed), { rounds: 8, entries: 16 });
    expect(failings(report), `seed ${seed}`).toEqual([]);
    for (const [what, n] of Object.entries(report.seen)) {
      if (n > 0) unseen.delete(what);
      else if (seed === 1) unseen.add(what);
    }
  }
  // Trials in which nothing collided would prove nothing.
  expect([...unseen]).toEqual([]);
});

const twins: (Twin & { what: string; fails: RegExp })[] = [
  { what: "the lock on the round while decisions are written", guard: "decision-lock", fails: /decisionsAfterClose/ },
  { what: "the version of a decision", guard: "decision-version", fails: /acceptedStale/ },
  { what: "the version of a fill", guard: "fill-version", fails: /versionErrors|ledgerFailures/ },
];
test.each(twins)("without $what, the trial fails", async ({ fails, ...twin }) => {
  const broken = (query: typeof db.query) => withTwin(query, twin);
  let found: string[] = [];
  // What collides is the machine's to choose: most are found by the first, and a busy one may need some more.
  for (const seed of ["1", "2", "3", "4", "5", "6", "7", "8"]) {
    found = failings(await trial(many.query, seed, { rounds: 4, entries: 16, twin: broken }));
    if (found.some((failing) => fails.test(failing))) break;
    await begin();
  }
  expect(found.join("; ")).toMatch(fails);
});
