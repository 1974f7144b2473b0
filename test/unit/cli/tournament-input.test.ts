/** What `npm run tournament` says of bad flags, folders and files before it starts anything. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseTournamentArgs } from "../../../src/cli/tournament-args.ts";
import { planTournament } from "../../../src/cli/tournament-plan.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "agonus-input-"));
  const good = candleLines(400);
  candleFolder("good", { "BTC-USDT.5m.csv": good });
  candleFolder("gap", { "BTC-USDT.5m.csv": good.toSpliced(100, 1) });
  candleFolder("malformed", { "BTC-USDT.5m.csv": good.with(7, `${good[7]?.split(",")[0]},1,2,x,1.5,9`) });
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
afterAll(() => rmSync(folder, { recursive: true }));

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
  { what: "a folder that isn't there", args: "--candles @missing", says: [/missing: there is no such file or folder/] },
  {
    what: "a gap",
    args: "--candles @gap --rounds 200",
    says: [/BTC-USDT\.5m\.csv line 101: before it 1 candle is missing/],
  },
  { what: "a malformed line", args: "--candles @malformed", says: [/BTC-USDT\.5m\.csv line 8: low is "x"/] },
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
  { what: "an unknown flag", args: "--candel @good", says: [/Unknown option '--candel'/, /--candles/] },
  { what: "an agents file that is no JSON", args: "--agents @broken.json", says: [/broken\.json: is not valid JSON/] },
  { what: "an agent of an unknown strategy", args: "--agents @agents.json", says: [/agents\.json: 1\.strategy_type/] },
];

test.each(cases)("$what is refused by a sentence", async ({ args: line, says }) => {
  const args = line.split(" ").map((word) => (word.startsWith("@") ? join(folder, word.slice(1)) : word));
  const parsed = parseTournamentArgs(args, {});
  const planned = parsed.kind === "stop" ? parsed : await planTournament(parsed.options);
  if (planned.kind === "ok") throw new Error("It was planned.");
  const { text } = planned.kind === "stop" ? planned : { text: planned.errors.join("\n") };
  for (const sentence of says) expect(text).toMatch(sentence);
  if (planned.kind === "stop") expect(planned.code).toBe(2);
});
