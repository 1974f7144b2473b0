import { tmpdir } from "node:os";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runLedger } from "../../../src/cli/ledger.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { buildFixture, storeFixture } from "../../support/ledger/fixture.ts";

let database: TestDatabase;
const fixture = buildFixture({});
const wrong = buildFixture({ index: 1 });
beforeAll(async () => {
  database = await openTestDatabase();
  await storeFixture(database.query, fixture);
  await storeFixture(database.query, wrong);
  await database.query("update entries set fees = fees + 0.00000001 where tournament_id = $1 and agent_name = 'Bold'", [
    wrong.tournamentId,
  ]);
});
afterAll(async () => {
  await database.close();
  await closeTestServer();
});

async function run(...argv: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  let opened = 0;
  const code = await runLedger(argv, {
    open: async () => {
      opened++;
      return { query: database.query, close: async () => void opened-- };
    },
    out: (line) => out.push(line),
    err: (line) => err.push(line),
  });
  expect(opened, "every database that was opened is closed").toBe(0);
  return { code, out: out.join("\n"), err: err.join("\n") };
}
const data = ["--data", tmpdir()];

test("an exact tournament ends with its verdict and exit code 0", async () => {
  const { code, out } = await run("--tournament", fixture.tournamentId, ...data);
  expect(out).toMatch(/^✓ Fixture 0 \(completed, .*\): exact, [\d,]+ values compared\.$/);
  expect(code).toBe(0);
});

test("an error is printed as a sentence that names the row, with exit code 1", async () => {
  const { code, out } = await run(...data);
  expect(out).toMatch(/✓ Fixture 0/);
  expect(out).toMatch(
    /✗ Fixture 1 .*: 1 of [\d,]+ values are wrong\.\n {2}entries\.fees of Bold is [\d.]+ where [\d.]+ follows\.$/,
  );
  expect(code).toBe(1);
});

test("--json ends with one line", async () => {
  const { code, out } = await run("--json", ...data);
  const result = JSON.parse(out);
  expect(result).toMatchObject({ ok: false, failures: 1, errors: [{ table: "entries", key: "Bold", column: "fees" }] });
  expect(result.tournaments.map((one: { ok: boolean }) => one.ok)).toEqual([true, false]);
  expect(code).toBe(1);
});

test.each([
  ["no such folder", ["--data", "/no/such/folder"], /There is no data folder/],
  ["an id that is none", ["--tournament", "7", ...data], /must be a tournament's id/],
  [
    "an unknown tournament",
    ["--tournament", "01985000-0001-7000-8000-00ff00000000", ...data],
    /There is no tournament/,
  ],
  ["an unknown flag", ["--frobnicate", ...data], /All flags: npm run ledger/],
])("%s is bad input: a sentence and exit code 2", async (_, argv, sentence) => {
  const { code, out, err } = await run(...argv);
  expect(err).toMatch(sentence);
  expect(out).toBe("");
  expect(code).toBe(2);
});

test("a tournament whose rows can't be read is named, the others get their verdict, and the exit code is 2", async () => {
  const good = await openTestDatabase();
  const one = buildFixture({});
  const two = buildFixture({ index: 1 });
  await storeFixture(good.query, one);
  await storeFixture(good.query, two);
  await good.query('update tournaments set rules = \'{"fee_bps": "ten"}\' where id = $1', [one.tournamentId]);
  const out: string[] = [];
  const err: string[] = [];
  const code = await runLedger(data, {
    open: async () => ({ query: good.query, close: async () => {} }),
    out: (line) => out.push(line),
    err: (line) => err.push(line),
  });
  await good.close();
  expect(err.join("\n")).toMatch(/^\? .*could not be checked: /);
  expect(err.join("\n")).toContain(one.tournamentId);
  expect(out.join("\n")).toContain(two.tournamentId);
  expect(out.join("\n")).toMatch(/exact, [\d,]+ values compared/);
  expect(code).toBe(2);
});
