import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { buildFixture, storeFixture } from "../../support/ledger/fixture.ts";
import {
  deletions,
  type LedgerMutation,
  lastDigits,
  moneyThatIsGiven,
  notOfTheLedger,
  tryMutation,
  wrongValues,
} from "../../support/ledger/mutations.ts";

let database: TestDatabase;
const fixture = buildFixture({ candlesARound: 1 });
beforeAll(async () => {
  database = await openTestDatabase();
  await storeFixture(database.query, fixture);
});
afterAll(async () => {
  await database.close();
  await closeTestServer();
});

async function expectCaught(mutation: LedgerMutation): Promise<void> {
  for (const share of [0, 0.5, 1]) {
    const result = await database.session((query) => tryMutation(query, fixture.tournamentId, mutation, share));
    const shown = { share, key: result.key, errors: result.errors.slice(0, 5).map((error) => error.sentence) };
    expect({ outcome: result.outcome, ...shown }).toEqual({ outcome: "caught", ...shown });
  }
}

describe("one wrong row makes the check fail, and is named", () => {
  for (const mutation of [...lastDigits, ...deletions, ...wrongValues])
    test(mutation.name, () => expectCaught(mutation));
});

describe("no column of money and no table is forgotten", () => {
  test("each numeric column is changed by a test, or has a reason not to be", async () => {
    const columns = await database.query<{ name: string }>(
      `select table_name || '.' || column_name as name from information_schema.columns
        where table_schema = 'public' and data_type = 'numeric' order by 1`,
    );
    const covered = new Set(lastDigits.map(({ table, column }) => `${table}.${column}`));
    const left = columns.map(({ name }) => name).filter((name) => !covered.has(name) && !(name in moneyThatIsGiven));
    expect(left).toEqual([]);
  });

  test("a row of each table is deleted by a test, or the table has a reason not to be", async () => {
    const tables = await database.query<{ name: string }>(
      `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition order by 1`,
    );
    const covered = new Set(deletions.map(({ table }) => table));
    const left = tables.map(({ name }) => name).filter((name) => !covered.has(name) && !(name in notOfTheLedger));
    expect(left).toEqual([]);
  });
});
