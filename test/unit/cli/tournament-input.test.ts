/** What `npm run tournament` says of bad flags, folders and files before it starts anything. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseTournamentArgs, type TournamentOptions } from "../../../src/cli/tournament/args.ts";
import { planModels } from "../../../src/cli/tournament/models.ts";
import { type PlanResult, planTournament } from "../../../src/cli/tournament/plan.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "agonus-input-"));
  const good = candleLines(400);
  candleFolder("good", { "BTC-USDT.5m.csv": good });
  candleFolder("gap", { "BTC-USDT.5m.csv": good.toSpliced(100, 1) });
  candleFolder("malformed", { "BTC-USDT.5m.csv": good.with(7, `${good[7]?.split(",")[0]},1,2,x,1.5,9`) });
  candleFolder("few", { "BTC-USDT.5m.csv": good.slice(0, 40) });
  writeFileSync(join(folder, "broken.json"), '[{"name": "A"');
  const llm = { base_url: "https://models.example:8443/v1", model: "large", key_secret: "LLM_KEY_MINE" };
  writeFileSync(join(folder, "models.json"), JSON.stringify([{ name: "M", kind: "llm", config: { llm } }]));
  const edge = { provider: "workers-ai", model: "@cf/meta/llama-3" };
  writeFileSync(join(folder, "edge.json"), JSON.stringify([{ name: "E", kind: "llm", config: { llm: edge } }]));
  writeFileSync(join(folder, "house.json"), JSON.stringify([{ name: "A", strategy_type: "value" }]));
  writeFileSync(join(folder, "outside.json"), JSON.stringify([{ name: "O", kind: "outside" }]));
  writeFileSync(join(folder, "no-model.json"), JSON.stringify([{ name: "M", kind: "llm" }]));
  writeFileSync(join(folder, "no.jsonl"), "{}\n");
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
  {
    what: "an agent that nobody would answer for",
    args: "--agents @outside.json",
    says: [/0\.kind must be house or llm/],
  },
  { what: "a model without its settings", args: "--agents @no-model.json", says: [/0\.config\.llm is needed/] },
  { what: "two cassettes", args: "--candles @good --record a --cassette b", says: [/don't go together/] },
  { what: "a cassette on the synthetic market", args: "--cassette a", says: [/need --candles/] },
  {
    what: "a cassette without a model",
    args: "--candles @good --agents @house.json --rounds 9 --record a",
    says: [/No language model plays/],
  },
  {
    what: "a file that is no cassette",
    args: "--candles @good --agents @models.json --rounds 9 --cassette @no.jsonl",
    says: [/no\.jsonl is no cassette/],
  },
  {
    what: "a model's key that is not set",
    args: "--candles @good --agents @models.json --rounds 9",
    says: [/LLM_KEY_MINE, which an agent names as key_secret, is not set/],
  },
  {
    what: "a model of Workers AI",
    args: "--candles @good --agents @edge.json --rounds 9",
    says: [/@cf\/meta\/llama-3 runs on Workers AI, which only a deployment has/],
  },
  { what: "an agent of an unknown strategy", args: "--agents @agents.json", says: [/agents\.json: 1\.strategy_type/] },
];

test.each(cases)("$what is refused by a sentence", async ({ args: line, says }) => {
  const args = line.split(" ").map((word) => (word.startsWith("@") ? join(folder, word.slice(1)) : word));
  const parsed = parseTournamentArgs(args, {});
  const planned = parsed.kind === "stop" ? parsed : await withModels(parsed.options);
  if (planned.kind === "ok") throw new Error("It was planned.");
  const { text } = planned.kind === "stop" ? planned : { text: planned.errors.join("\n") };
  for (const sentence of says) expect(text).toMatch(sentence);
  if (planned.kind === "stop") expect(planned.code).toBe(2);
});

/** The plan, and what it needs of models. */
async function withModels(options: TournamentOptions): Promise<PlanResult> {
  const planned = await planTournament(options);
  if (planned.kind === "bad") return planned;
  const models = await planModels(planned.plan, {});
  await planned.plan.close();
  return models.kind === "bad" ? models : planned;
}

test("a model's key comes from the shell, and may go to the hosts of its agents alone", async () => {
  const args = ["--candles", join(folder, "good"), "--agents", join(folder, "models.json"), "--rounds", "9"];
  const parsed = parseTournamentArgs(args, {});
  const planned = parsed.kind === "run" ? await planTournament(parsed.options) : parsed;
  if (planned.kind !== "ok") throw new Error(JSON.stringify(planned));
  expect(await planModels(planned.plan, { LLM_KEY_MINE: "secret", LLM_KEY_OTHER: "another" })).toEqual({
    kind: "ok",
    cassette: null,
    models: { variables: { LLM_HOSTS_MINE: "models.example:8443" }, keys: { LLM_KEY_MINE: "secret" } },
  });
  await planned.plan.close();
});
