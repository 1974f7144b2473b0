import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkLedger } from "../../../src/ledger/check-ledger.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { buildFixture, type FixtureOptions, storeFixture } from "../../support/ledger/fixture.ts";

let database: TestDatabase;
beforeEach(async () => {
  database = await openTestDatabase();
});
afterEach(() => database.close());
afterAll(closeTestServer);

async function stored(options: FixtureOptions = {}): Promise<string> {
  const fixture = buildFixture(options);
  await storeFixture(database.query, fixture);
  return fixture.tournamentId;
}

const sentences = (result: { errors: readonly { sentence: string }[] }) => result.errors.map((error) => error.sentence);

describe("the fixture covers the rules", () => {
  test("every refusal of the contract, cuts, misses and a recovery are in it", async () => {
    await stored();
    const codes = await database.query(
      "select distinct refused_at || ' ' || code as code from orders where code is not null order by 1",
    );
    expect(codes.map((row) => row.code)).toEqual([
      "decision trading.bad_amount",
      "decision trading.below_minimum",
      "decision trading.cash_reserve",
      "decision trading.insufficient_cash",
      "decision trading.insufficient_holding",
      "decision trading.position_share",
      "decision trading.risk_limit",
      "decision trading.trades_per_round",
      "decision trading.unknown_symbol",
      "fill trading.below_minimum",
    ]);
    const ties = await database.query(
      "select round from equity_points where rank is not null group by round, rank having count(*) > 1",
    );
    expect(ties.length).toBeGreaterThan(0);
  });
});

describe("an exact ledger passes", () => {
  test.each<[string, FixtureOptions]>([
    ["all rounds settled", {}],
    ["the last round still open", { last: "open", rounds: 7 }],
    ["the last round quoted and half settled", { last: "half_settled", rounds: 7 }],
    ["cancelled, with orders dropped", { last: "cancelled", rounds: 7 }],
    ["rounds of three candles", { candlesARound: 3 }],
    ["no round yet", { rounds: 0 }],
    ["more rounds than a page", { rounds: 120, crowd: 2 }],
  ])("%s", async (_, options) => {
    const result = await checkLedger(database.query, {
      tournamentId: await stored({ ...options, ...(options.rounds === 0 ? { last: "open" } : {}) }),
    });
    expect(sentences(result)).toEqual([]);
    expect(result.ok).toBe(true);
    expect(result.checked).toBeGreaterThan(0);
  });
});

test("288 rounds of 15 entries are checked page by page", async () => {
  const tournamentId = await stored({ rounds: 288, crowd: 7 });
  const pages: number[] = [];
  const result = await checkLedger(database.query, { tournamentId, onProgress: ({ done }) => pages.push(done) });
  expect(sentences(result)).toEqual([]);
  expect(pages).toEqual([50, 100, 150, 200, 250, 288]);
  expect(result.checked).toBeGreaterThan(50_000);
});

test("without an id all tournaments are checked, and rows that belong to none are named", async () => {
  const first = await stored({ index: 1 });
  await stored({ index: 2 });
  const good = await checkLedger(database.query);
  expect(sentences(good)).toEqual([]);
  expect(good.checked).toBeGreaterThan((await checkLedger(database.query, { tournamentId: first })).checked);
  const bad = await database.session(async (query) => {
    await query("begin");
    await query("set local session_replication_role = replica");
    await query("delete from tournaments where id = $1", [first]);
    const result = await checkLedger(query);
    await query("rollback");
    return result;
  });
  expect(bad.errors).toContainEqual(expect.objectContaining({ table: "tournaments", key: first }));
});

test("every error is counted, and at most 200 are listed", async () => {
  const tournamentId = await stored({ rounds: 60 });
  await database.query("update equity_points set equity = equity + 1");
  const result = await checkLedger(database.query, { tournamentId });
  expect(result.ok).toBe(false);
  expect(result.errors).toHaveLength(200);
  expect(result.failures).toBeGreaterThan(300);
});
