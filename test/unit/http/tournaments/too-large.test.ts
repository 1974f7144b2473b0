/** Starting cash and prices whose product can't be stored are refused at creation, with a sentence. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { importCandles } from "../../../../src/markets/create-source.ts";
import { importedCandles } from "../../../support/candles/imported.ts";
import { closeTestServer } from "../../../support/database.ts";
import { type Api, openApi } from "../../../support/http-app.ts";

const FIRST = Date.UTC(2025, 0, 1);
const STEP = 300_000;
const at = (n: number) => new Date(FIRST + n * STEP).toISOString();

let api: Api;
/** Candles of a symbol that stays at 1, but for one candle behind the warm-up. */
async function imported(name: string, low: string, high: string, odd = 130): Promise<string> {
  const rows = Array.from({ length: 200 }, (_, n) => ({
    openAt: FIRST + n * STEP,
    open: "1",
    close: "1",
    volume: "1",
    ...(n === odd ? { low, high } : { low: "1", high: "1" }),
  }));
  return importCandles(api.db.query, importedCandles({ "A-USD": rows }, { contentHash: name.padEnd(64, "0") }));
}
const body = (source: string, starting_cash: string) => ({
  name: "Cup",
  market: "replay",
  symbols: ["A-USD"],
  interval_seconds: 300,
  starting_cash,
  starts_at: at(120),
  ends_at: at(140),
  rules: { candle_source: source },
});
const asked = async (source: string, cash: string) => {
  const { status, body: answer } = await api.post("/tournaments", body(source, cash));
  return status === 201 ? "made" : `${status} ${answer.code}: ${answer.detail}`;
};

beforeAll(async () => {
  api = await openApi();
});
afterAll(async () => {
  await api.db.close();
  await closeTestServer();
});

describe("a replay", () => {
  test("whose cash would buy 1e20 units at the lowest price is refused; a little less is not", async () => {
    const cheap = await imported("cheap", "0.00000001", "1");
    expect(await asked(cheap, "1000000000000")).toBe(
      "422 trading.too_large: starting_cash would buy 1e20 A-USD or more at its lowest price, 0.00000001: that can't be stored.",
    );
    expect(await asked(cheap, "999999999999")).toBe("made");
  });

  test("whose cash could be worth 1e20 between the lowest and the highest price is refused, also as a patch and a dry run", async () => {
    const wild = await imported("wild", "0.00001", "1000000000");
    const says =
      "422 trading.too_large: starting_cash in A-USD could grow to 1e20 or more between its prices 0.00001 and 1000000000: that can't be stored.";
    expect(await asked(wild, "1000000")).toBe(says);
    expect(await asked(wild, "999999")).toBe("made");
    const dry = await api.post("/tournaments?dry_run=true", body(wild, "1000000"));
    expect(dry).toMatchObject({
      status: 422,
      body: { code: "trading.too_large", errors: [{ path: "starting_cash" }] },
    });
    const { body: made } = await api.post("/tournaments", body(wild, "500"));
    const patched = await api.patch(`/tournaments/${made.id}`, { starting_cash: "1000000" });
    expect(patched).toMatchObject({ status: 422, body: { code: "trading.too_large" } });
    expect(await api.patch(`/tournaments/${made.id}`, { starting_cash: "999999" })).toMatchObject({ status: 200 });
  });

  test("is not judged by candles outside its time span", async () => {
    expect(await asked(await imported("before", "0.00001", "1000000000", 118), "1000000")).toBe("made");
    expect(await asked(await imported("behind", "0.00001", "1000000000", 140), "1000000")).toBe("made");
    expect(await asked(await imported("shown", "0.00001", "1000000000", 119), "1000000")).toMatch(/^422/);
  });
});
