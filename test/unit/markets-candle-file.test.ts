import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readCandleFolder } from "../../src/cli/candle-folder.ts";
import { parseCandleFile } from "../../src/markets/candle-file.ts";

const HEADER = "open_time,open,high,low,close,volume";
const T0 = Date.parse("2025-06-01T00:00:00Z");
const NAME = "BTC-USDT.5m.csv";
const line = (index: number, rest = "100,110,90,105,1.5", step = 300_000) => `${T0 + index * step},${rest}`;
const file = (...lines: string[]) => [HEADER, ...lines].join("\n");

function errorsOf(text: string): readonly string[] {
  const result = parseCandleFile(NAME, text, 300);
  return result.kind === "bad" ? result.errors : [];
}

describe("a candle file", () => {
  test("gives its candles with every number as the text that it is", () => {
    const result = parseCandleFile(NAME, file(line(0, "0.10,0.20,0.05,0.150,0"), line(1)), 300);
    expect(result).toEqual({
      kind: "ok",
      candles: [
        { openAt: T0, open: "0.10", high: "0.20", low: "0.05", close: "0.150", volume: "0" },
        { openAt: T0 + 300_000, open: "100", high: "110", low: "90", close: "105", volume: "1.5" },
      ],
    });
  });

  test("may have a BOM, CRLF and blank lines at its end", () => {
    const plain = parseCandleFile(NAME, file(line(0), line(1)), 300);
    expect(plain.kind).toBe("ok");
    expect(parseCandleFile(NAME, `\uFEFF${file(line(0), line(1), "", "").replaceAll("\n", "\r\n")}`, 300)).toEqual(
      plain,
    );
  });

  test.each([
    ["an empty file", "", /^BTC-USDT.5m.csv: is empty; its first line must be "open_time,open,high,low,close,volume"$/],
    ["a header alone", HEADER, /^BTC-USDT.5m.csv: has a header but no candles$/],
    [
      "a wrong header",
      "time,o,h,l,c,v\n1,2,3,4,5,6",
      /^BTC-USDT.5m.csv line 1: expected the header "open_time,.* but found "time,o,h,l,c,v"$/,
    ],
    ["a field too few", file(line(0), line(1, "1,2,3,4")), /line 3: expected 6 fields .* but found 5$/],
    ["a field too many", file(line(0, "100,110,90,105,1,9")), /line 2: expected 6 fields .* but found 7$/],
    ["a blank line in the middle", file(line(0), "", line(1)), /line 3: is blank$/],
    ["a word for a number", file(line(0, "abc,110,90,105,1")), /line 2: open is "abc", not a plain decimal number/],
    ["an exponent", file(line(0, "100,110,9e1,105,1")), /line 2: low is "9e1", not a plain decimal number/],
    ["an empty field", file(line(0, "100,110,90,,1")), /line 2: close is empty$/],
    ["a negative price", file(line(0, "100,110,-90,105,1")), /line 2: low is -90; it can't be negative$/],
    ["a negative volume", file(line(0, "100,110,90,105,-1")), /line 2: volume is -1; it can't be negative$/],
    ["a price of zero", file(line(0, "100,110,0.00,105,1")), /line 2: low is 0.00; a price must be above zero$/],
    ["a high below the low", file(line(0, "100,80,90,105,1")), /line 2: high 80 is below low 90$/],
    ["a high below the close", file(line(0, "100,104.9,90,105,1")), /line 2: high 104.9 is below close 105$/],
    [
      "a high below the open in the last of 20 digits",
      file(line(0, "1.000000000002,1.000000000001,1,1,1")),
      /line 2: high 1.000000000001 is below open/,
    ],
    ["a low above the open", file(line(0, "100,110,101,105,1")), /line 2: low 101 is above open 100$/],
    ["a time that is no number", file("noon,100,110,90,105,1"), /line 2: open_time is "noon", not whole milliseconds$/],
    [
      "a time in seconds",
      file("1748736000,100,110,90,105,1"),
      /line 2: open_time 1748736000 is before 2001; it must be in milliseconds/,
    ],
    [
      "a time between candles",
      file(line(0), `${T0 + 300_001},100,110,90,105,1`),
      /line 3: open_time 1748736300001 .* is not a multiple of 5m$/,
    ],
    [
      "a gap",
      file(line(0), line(3)),
      /line 3: expected 1748736300000 \(2025-06-01 00:05 UTC\) but found 1748736900000 \(2025-06-01 00:15 UTC\): 2 candles are missing$/,
    ],
    [
      "a duplicate time",
      file(line(0), line(0)),
      /line 3: open_time 1748736000000 \(2025-06-01 00:00 UTC\) stands twice$/,
    ],
    [
      "a time backwards",
      file(line(4), line(3)),
      /line 3: goes back in time: 1748736900000 .* comes after 1748737200000/,
    ],
  ])("with %s is refused by file and line", (_, text, sentence) => {
    expect(errorsOf(text)).toEqual([expect.stringMatching(sentence)]);
  });

  test("with one unreadable line is not also accused of a gap", () => {
    expect(errorsOf(file(line(0), line(1, "x,110,90,105,1"), line(2)))).toHaveLength(1);
  });

  test("with thousands of bad lines names the first few and says that there are more", () => {
    const errors = errorsOf(file(...Array.from({ length: 3_000 }, (_, index) => line(index, "x,1,1,1,1"))));
    expect(errors).toHaveLength(6);
    expect(errors.at(-1)).toMatch(/more errors/);
  });
});

describe("a candle folder", () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "agonus-candles-"));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));
  const put = (name: string, text: string) => writeFile(join(dir, name), text);
  async function errors(path = dir): Promise<string> {
    const result = await readCandleFolder(path);
    return result.kind === "bad" ? result.errors.join("\n") : "";
  }

  test("gives its symbols, their common span, and a hash of the content alone", async () => {
    await put("ETH-USDT.15m.csv", file(line(0, "1,2,1,2,0", 900_000), line(1, "2,3,1,2,1", 900_000)));
    await put("BTC-USDT.15m.csv", file(line(0, "1,2,1,2,0", 900_000), line(1, "2,3,1,2,1", 900_000)));
    await put("README.md", "not a candle file");
    const first = await readCandleFolder(dir);
    if (first.kind === "bad") throw new Error(first.errors.join());
    expect(first.folder).toMatchObject({
      symbols: ["BTC-USDT", "ETH-USDT"],
      intervalSeconds: 900,
      firstOpenAt: T0,
      lastOpenAt: T0 + 900_000,
    });
    await put(
      "ETH-USDT.15m.csv",
      `${file(line(0, "1,2,1,2,0", 900_000), line(1, "2,3,1,2,1", 900_000)).replaceAll("\n", "\r\n")}\r\n`,
    );
    expect(await readCandleFolder(dir)).toEqual(first);
    await put("ETH-USDT.15m.csv", file(line(0, "1,2,1,2,0", 900_000), line(1, "2,3,1,2.5,1", 900_000)));
    const changed = await readCandleFolder(dir);
    expect(changed.kind === "ok" && changed.folder.contentHash).not.toBe(first.folder.contentHash);
  });

  test("that is missing, is a file, has no candle files or names of another kind, is refused by a sentence", async () => {
    expect(await errors(join(dir, "nowhere"))).toMatch(/nowhere: there is no such folder$/);
    await put("btc.csv", "x");
    expect(await errors(join(dir, "btc.csv"))).toMatch(/btc.csv is a file; it must be a folder/);
    expect(await errors()).toMatch(/has no candle files named like BTC-USDT.5m.csv \(it has btc.csv\)$/);
    await put("BTC-USDT.7m.csv", "x");
    expect(await errors()).toBe("BTC-USDT.7m.csv: 7m is no candle interval; it must be one of 1m, 5m, 15m, 1h, 4h, 1d");
  });

  test("of several intervals or quote currencies is refused", async () => {
    await put("BTC-USDT.5m.csv", file(line(0)));
    await put("ETH-USDT.1m.csv", file(line(0)));
    expect(await errors()).toMatch(/^BTC-USDT.5m.csv and ETH-USDT.1m.csv differ in interval/);
    await rm(join(dir, "ETH-USDT.1m.csv"));
    await put("ETH-USDC.5m.csv", file(line(0)));
    expect(await errors()).toMatch(/^BTC-USDT.5m.csv and ETH-USDC.5m.csv differ in quote currency/);
  });

  test("whose files cover different times is refused with the file and its time", async () => {
    await put("BTC-USDT.5m.csv", file(line(0), line(1), line(2)));
    await put("ETH-USDT.5m.csv", file(line(1), line(2)));
    await put("SOL-USDT.5m.csv", file(line(0), line(1)));
    expect(await errors()).toBe(
      "ETH-USDT.5m.csv begins at 2025-06-01 00:05 UTC but BTC-USDT.5m.csv begins at 2025-06-01 00:00 UTC; all files must cover the same times\n" +
        "SOL-USDT.5m.csv ends at 2025-06-01 00:05 UTC but BTC-USDT.5m.csv ends at 2025-06-01 00:10 UTC; all files must cover the same times",
    );
  });

  test("with a file that is a folder or can't be read says which", async () => {
    await put("BTC-USDT.5m.csv", file(line(0)));
    await mkdir(join(dir, "ETH-USDT.5m.csv"));
    expect(await errors()).toBe("ETH-USDT.5m.csv: can't be read (EISDIR)");
  });

  const real = process.env.AGONUS_CANDLES;
  test.skipIf(real === undefined)("of real candles is complete (skips where AGONUS_CANDLES is not set)", async () => {
    const result = await readCandleFolder(real ?? "");
    expect(result.kind === "bad" ? result.errors : []).toEqual([]);
  });
});
