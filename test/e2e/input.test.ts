import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "./command.ts";
import { makeFolder, removeFolder } from "./data-folder.ts";

let folder = "";
beforeAll(() => {
  folder = makeFolder();
  const good = candleLines(400);
  candleFolder("good", { "BTC-USDT.5m.csv": good });
  candleFolder("gap", { "BTC-USDT.5m.csv": good.toSpliced(100, 1) });
  candleFolder("malformed", { "BTC-USDT.5m.csv": good.with(7, `${good[7]?.split(",")[0]},1,2,x,1.5,9`) });
  candleFolder("unaligned", { "BTC-USDT.5m.csv": good, "ETH-USDT.5m.csv": good.slice(0, -1) });
  candleFolder("few", { "BTC-USDT.5m.csv": good.slice(0, 40) });
  writeFileSync(join(folder, "broken.json"), '[{"name": "A"');
  writeFileSync(
    join(folder, "agents.json"),
    JSON.stringify([
      { name: "A", strategy_type: "value" },
      { name: "B", strategy_type: "luck" },
    ]),
  );
});
afterAll(async () => {
  expect(await removeFolder(folder)).toBe(0);
});

function candleLines(count: number): string[] {
  const start = Date.UTC(2025, 5, 1);
  const rows = Array.from({ length: count }, (_, k) => `${start + k * 300_000},100,101,99,100.5,7`);
  return ["open_time,open,high,low,close,volume", ...rows];
}

function candleFolder(name: string, files: Readonly<Record<string, readonly string[]>>): void {
  mkdirSync(join(folder, name));
  for (const [file, lines] of Object.entries(files)) writeFileSync(join(folder, name, file), `${lines.join("\n")}\n`);
}

/** `@name` stands for a path in the test's folder. */
const cases: readonly { what: string; args: string; says: readonly RegExp[] }[] = [
  { what: "a folder that isn't there", args: "--candles @missing", says: [/missing: there is no such folder/] },
  { what: "a gap", args: "--candles @gap", says: [/BTC-USDT\.5m\.csv line 101: expected \d+ .* 1 candle is missing/] },
  { what: "a malformed line", args: "--candles @malformed", says: [/BTC-USDT\.5m\.csv line 8: low is "x"/] },
  {
    what: "files that end at different times",
    args: "--candles @unaligned",
    says: [/ETH-USDT\.5m\.csv ends at .* but BTC-USDT\.5m\.csv ends at/],
  },
  {
    what: "too few candles for the indicators",
    args: "--candles @few",
    says: [/too few candles/, /need at least \d+ candles of 5m, and there are 39/],
  },
  {
    what: "more rounds than the candles hold",
    args: "--candles @good --rounds 4000",
    says: [/--rounds 4000: only \d+ rounds of 5m fit/],
  },
  {
    what: "an interval that is no multiple",
    args: "--candles @good --interval 7m",
    says: [/7m is not a multiple of the candles' own 5m/],
  },
  {
    what: "a start between two candles",
    args: "--candles @good --start 2025-06-01T12:03:00Z",
    says: [/--start: no candle opens at 2025-06-01 12:03 UTC/],
  },
  {
    what: "a start in the warm-up",
    args: "--candles @good --start 2025-06-01T00:05:00Z",
    says: [/leaves no room for .* warm-up/],
  },
  { what: "an unknown flag", args: "--candel @good", says: [/--candel: there is no such option/, /--candles/] },
  { what: "an agents file that is no JSON", args: "--agents @broken.json", says: [/broken\.json: is not valid JSON/] },
  { what: "an agent of an unknown strategy", args: "--agents @agents.json", says: [/agents\.json: 1\.strategy_type/] },
];

test.each(cases)("$what ends with 2 and a sentence, and nothing is written", async ({ what, args: line, says }) => {
  const dataDir = join(folder, `data of ${what}`);
  const args = line.split(" ").map((word) => (word.startsWith("@") ? join(folder, word.slice(1)) : word));
  const { code, out, err } = await run("tournament", [...args, "--json", "--data", dataDir]);
  expect(err).not.toMatch(/^\s+at /m);
  for (const sentence of says) expect(err).toMatch(sentence);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(existsSync(dataDir)).toBe(false);
});

test("the ledger command without a database ends with 2 and makes none", async () => {
  const dataDir = join(folder, "no ledger");
  const { code, err } = await run("ledger", ["--data", dataDir]);
  expect(code).toBe(2);
  expect(err).toContain("There is no data folder");
  expect(existsSync(dataDir)).toBe(false);
});

test("a bad argument of npm start ends with 2 and makes no data folder", async () => {
  const dataDir = join(folder, "no start");
  for (const bad of [["--interval", "never"], ["--colour"]]) {
    const { code, err } = await run("start", ["--data", dataDir, ...bad]);
    expect(code, err).toBe(2);
    expect(err).toContain(bad[0]);
  }
  expect(existsSync(dataDir)).toBe(false);
});
