/** A tournament is made on imported candles while a further symbol cuts them to a shorter span: one of the two is refused. */
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import type { Query } from "../../../../src/db/query.ts";
import { finishSymbol } from "../../../../src/db/statements/markets/uploads/end.ts";
import { insertTournament } from "../../../../src/db/statements/tournaments/insert.ts";
import { updateTournament } from "../../../../src/db/statements/tournaments/update.ts";
import { marketOf } from "../../../support/candles/files.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../../support/database.ts";
import { type Twin, withTwin } from "../../../support/guards.ts";
import { NOWHERE } from "../../../support/http-app.ts";

const MINUTES = 300_000;
const FIRST = Date.parse("2025-01-01T00:00:00Z");
const at = (candle: number) => new Date(FIRST + candle * MINUTES).toISOString();
const upload = { sourceId: "files:race", symbol: "ETH-USDT", token: NOWHERE };
/** The further symbol has no candles after the 250th. */
const uploaded = { firstOpenAt: FIRST, lastOpenAt: FIRST + 249 * MINUTES, report: {} };
const settings = {
  name: "Race",
  candleSourceId: upload.sourceId,
  symbols: ["BTC-USDT"],
  intervalSeconds: 300,
  startsAt: at(200),
  endsAt: at(290),
  startingCash: "500",
  rules: {},
  rulesHash: "a",
  prizePool: "0",
};
const make = (query: Query) => insertTournament(query, crypto.randomUUID(), "replay", settings, []);

let db: TestDatabase;
beforeEach(async () => {
  db = await openTestDatabase();
  await db.query(
    `insert into candle_sources (id, kind, name, symbols, interval_seconds, first_open_at, last_open_at)
     values ($1, 'files', 'Race', '{BTC-USDT}', 300, $2, $3)`,
    [upload.sourceId, at(0), at(299)],
  );
  await db.query(
    `insert into candles (source_id, symbol, open_at, open, high, low, close, volume)
     select $1, 'BTC-USDT', to_timestamp(c.t / 1000.0), c.p, c.p, c.p, c.p, 1 from jsonb_to_recordset($2::jsonb) as c(t bigint, p numeric)`,
    [upload.sourceId, JSON.stringify(marketOf(300, 1, FIRST).map(([t]) => ({ t, p: 1 })))],
  );
  await db.query("insert into candle_uploads (source_id, symbol, token) values ($1, $2, $3)", Object.values(upload));
});
afterEach(() => db.close());
afterAll(closeTestServer);

/** Begins `second` while what `first` did is not committed yet, and commits once `second` waits for it or is done. */
async function beside<T>(first: (query: Query) => Promise<unknown>, second: (query: Query) => Promise<T>): Promise<T> {
  let result: Promise<T> | undefined;
  let isDone = false;
  await db.session(async (query) => {
    await query("begin");
    await first(query);
    result = second(db.query).finally(() => {
      isDone = true;
    });
    // Not by the transaction's own connection: what it sees of other connections stays as it was at its first look.
    const waits = async () =>
      (await db.query("select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"))
        .length > 0;
    while (!isDone && !(await waits())) await new Promise((resolve) => setTimeout(resolve, 5));
    await query("commit");
  });
  if (result === undefined) throw new Error("the second one never began");
  return result;
}

const candles = async () => (await db.query<{ n: number }>("select count(*)::int as n from candles"))[0]?.n;

const guards: (Twin & { what: string; holds: (through: (query: Query) => Query) => Promise<boolean> })[] = [
  {
    what: "a tournament is made while a symbol is added: the symbol is refused, and no candle goes",
    guard: "upload-unused",
    broken: "and $7::text is not null",
    holds: async (through) =>
      !(await beside(make, (query) => finishSymbol(through(query), upload, uploaded))) && (await candles()) === 300,
  },
  {
    what: "a symbol is added while a tournament is made that needs the candles behind it: the tournament is refused",
    guard: "files-cover",
    holds: async (through) =>
      !(await beside(
        (query) => finishSymbol(query, upload, uploaded),
        (query) => make(through(query)),
      )),
  },
  {
    what: "a symbol is added while a tournament is moved to a time behind its candles: the change is refused",
    guard: "files-cover",
    holds: async (through) => {
      const other = { ...upload, sourceId: "files:other" };
      await db.query(
        `insert into candle_sources select $1, kind, name, symbols, interval_seconds, market_clock, first_open_at, last_open_at
         from candle_sources`,
        [other.sourceId],
      );
      const id = crypto.randomUUID();
      expect(await insertTournament(db.query, id, "replay", { ...settings, candleSourceId: other.sourceId }, [])).toBe(
        true,
      );
      return !(await beside(
        (query) => finishSymbol(query, upload, uploaded),
        (query) => updateTournament(through(query), id, settings.rulesHash, settings),
      ));
    },
  },
];

test.each(guards)("$what", async ({ holds }) => {
  expect(await holds((query) => query)).toBe(true);
});

test.each(guards)("without the guard it would not hold: $what", async ({ holds, ...twin }) => {
  expect(await holds((query) => withTwin(query, twin))).toBe(false);
});

test("a symbol that another one overtakes is added all the same", async () => {
  const later = { ...upload, symbol: "SOL-USDT" };
  await db.query("insert into candle_uploads (source_id, symbol, token) values ($1, $2, $3)", Object.values(later));
  const added = await beside(
    (query) => finishSymbol(query, upload, uploaded),
    (query) => finishSymbol(query, later, { ...uploaded, firstOpenAt: FIRST + 10 * MINUTES }),
  );
  expect(added).toBe(true);
  expect(await db.query("select symbols, first_open_at, last_open_at from candle_sources")).toEqual([
    { symbols: ["BTC-USDT", "ETH-USDT", "SOL-USDT"], first_open_at: at(10), last_open_at: at(249) },
  ]);
});
