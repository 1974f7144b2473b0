/** Laws of the parser: whatever the order, the doubles and the shape, the candles are the same. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readFileName } from "../../../src/candles/file-name.ts";
import { FileReader } from "../../../src/candles/file-reader.ts";
import { candleNumber } from "../../../src/candles/number.ts";
import type { Row } from "../../../src/candles/row.ts";
import { decimal } from "../../../src/core/money.ts";
import {
  candles,
  type Made,
  marketOf,
  OURS,
  ours,
  type ShapeName,
  shapes,
  writeFiles,
} from "../../support/candles/files.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "agonus-laws-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function imported(
  files: Readonly<Record<string, string>>,
  ...flags: string[]
): Promise<{ code: number; csv: string }> {
  await rm(join(dir, "in"), { recursive: true, force: true });
  await writeFiles(join(dir, "in"), files);
  const { code } = await candles("import", join(dir, "in"), "--out", join(dir, "out"), ...flags);
  return { code, csv: code === 0 ? await readFile(join(dir, "out", "BTC-USDT.5m.csv"), "utf8") : "" };
}

test("rows in any order, doubled and spread over files, are the series that they were cut from", async () => {
  const rows = marketOf(40);
  const text = (some: readonly Made[]) => [OURS, ...some.map((row) => row.join(","))].join("\n");
  await fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray(rows, { minLength: 40 }),
      fc.array(fc.constantFrom(...rows), { maxLength: 10 }),
      fc.integer({ min: 1, max: 39 }),
      async (shuffled, doubles, cut) => {
        const all = [...doubles, ...shuffled];
        const files = {
          "BTCUSDT-5m-2024-12.csv": text(all.slice(0, cut)),
          "BTCUSDT-5m-2025-01.csv": text(all.slice(cut)),
        };
        expect(await imported(files)).toEqual({ code: 0, csv: ours(rows) });
      },
    ),
    { numRuns: 25 },
  );
});

test("a gap anywhere is refused, and filled it has every candle of the span, marked where nobody traded", async () => {
  const rows = marketOf(30);
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.integer({ min: 1, max: 28 }), { minLength: 1, maxLength: 20 }),
      async (missing) => {
        const files = { "BTC-USDT.5m.csv": ours(rows.filter((_, n) => !missing.includes(n))) };
        expect(await imported(files)).toMatchObject({ code: 2 });
        const { csv } = await imported(files, "--fill", "flat");
        const lines = csv
          .trim()
          .split("\n")
          .slice(1)
          .map((line) => line.split(","));
        expect(lines.map(([time]) => Number(time))).toEqual(rows.map(([time]) => time));
        expect(lines.flatMap(([, , , , , , mark], n) => (mark === "1" ? [n] : []))).toEqual(
          missing.toSorted((a, b) => a - b),
        );
      },
    ),
    { numRuns: 25 },
  );
});

test("a file is the same in whatever pieces it comes", () => {
  const rows = marketOf(25);
  const names = (Object.keys(shapes) as ShapeName[]).filter(
    (name) => typeof shapes[name].content(rows, "BTC", "USDT") === "string",
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...names),
      fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 30 }),
      (name, sizes) => {
        const bytes = new TextEncoder().encode(String(shapes[name].content(rows, "BTC", "USDT")));
        const read = (pieces: readonly Uint8Array[]) => {
          const reader = new FileReader("file", "BTC");
          const found: Row[] = pieces.flatMap((piece) => reader.push(piece));
          return [...found, ...reader.end()];
        };
        const pieces: Uint8Array[] = [];
        for (let at = 0, n = 0; at < bytes.length; n++) {
          const size = sizes[n % sizes.length] ?? 1;
          pieces.push(bytes.subarray(at, at + size));
          at += size;
        }
        expect(read(pieces)).toEqual(read([bytes]));
      },
    ),
    { numRuns: 200 },
  );
});

test("a number keeps its value, in one text", () => {
  const digits = fc.bigInt({ min: 0n, max: 10n ** 18n });
  fc.assert(
    fc.property(digits, fc.integer({ min: -18, max: 10 }), fc.constantFrom("e", "E"), (mantissa, power, letter) => {
      const written = candleNumber(`${mantissa}${letter}${power}`);
      const value = decimal(String(mantissa)).times(decimal(`1e${power}`));
      expect(written).toBe(value.lt(decimal("1e20")) ? value.toFixed() : null);
      if (written !== null) expect(candleNumber(`00${written}${written.includes(".") ? "00" : ".000"}`)).toBe(written);
    }),
  );
});

describe("names", () => {
  test.each<[string, readonly string[], number | null]>([
    ["BTC-USDT.5m.csv", ["BTC-USDT"], 300],
    ["SOL-BRL.1h.csv", ["SOL-BRL"], 3_600],
    ["dumps/BTCUSDT-5m-2025-01.zip", ["BTC-USDT"], 300],
    ["BTCUSDT-1d-2025-01-31.csv", ["BTC-USDT"], 86_400],
    ["BTCUSDT-2025-01.csv", ["BTC-USDT"], null],
    ["XBTUSD_5.csv", ["BTC-USD"], 300],
    ["XBTUSD_1440.csv", ["BTC-USD"], 86_400],
    ["XDGUSD_60.csv", ["DOGE-USD"], 3_600],
    ["Binance_BTCUSDT_d.csv", ["BTC-USDT"], 86_400],
    ["Bitstamp_ETHUSD_2021_minute.csv", ["ETH-USD"], 60],
    ["gemini_LTCBTC_2020_1min.csv", ["LTC-BTC"], 60],
    ["BTC_USDT-5m.json", ["BTC-USDT"], 300],
    ["BTC_USDT_USDT-1h-futures.json.gz", ["BTC-USDT"], 3_600],
    ["BTC_USDT:USDT-4h.json", ["BTC-USDT"], 14_400],
    ["btcusdt_15m.csv", ["BTC-USDT"], 900],
    ["1000PEPEUSDT-3m.csv", ["1000PEPE-USDT"], 180],
    ["4USDT-5m.csv", ["4-USDT"], 300],
    ["币安人生USDT-5m.csv", ["币安人生-USDT"], 300],
    ["btcusd_1-min_data.csv", ["BTC-USD"], 60],
    ["kraken_ETH-XBT_240m.csv", ["ETH-BTC"], 14_400],
    ["ETHBUSD_1w.csv", ["ETH-BUSD", "ETHB-USD"], 604_800],
    ["notes.csv", [], null],
  ])("%s", (name, symbols, intervalSeconds) => {
    expect(readFileName(name)).toEqual({ symbols, intervalSeconds });
  });
});
