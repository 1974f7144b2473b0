/** Cassettes: a tournament with language models is recorded, and played again without them to the same hash. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { marketOf, ours } from "../support/candles/files.ts";
import { run } from "../support/e2e/command.ts";
import { makeFolder, removeFolder } from "../support/e2e/data-folder.ts";
import { readResult } from "../support/e2e/replay-result.ts";
import { fixedModel } from "../support/models/fixed-model.ts";
import type { ScriptedModel } from "../support/models/scripted-model.ts";

const ROUNDS = 50;
let folder = "";
let model: ScriptedModel;
beforeAll(async () => {
  folder = makeFolder();
  model = await fixedModel();
  mkdirSync(join(folder, "candles"));
  for (const [n, symbol] of ["BTC-USDT", "ETH-USDT"].entries()) {
    writeFileSync(join(folder, "candles", `${symbol}.5m.csv`), ours(marketOf(200, n + 1)));
  }
  const thinker = (name: string, kept: string) => ({
    name,
    kind: "llm",
    config: { llm: { base_url: model.url, model: kept, instructions: `You are ${name}.` } },
  });
  writeFileSync(join(folder, "agents.json"), JSON.stringify([thinker("Trader", "trader"), thinker("Moody", "moody")]));
});
afterAll(async () => {
  await model.close();
  expect(await removeFolder(folder)).toBe(0);
});

const cassette = () => join(folder, "models.jsonl");
const play = (name: string, ...more: string[]) =>
  run("tournament", [
    ...["--candles", join(folder, "candles"), "--rounds", String(ROUNDS), "--with", join(folder, "agents.json")],
    ...["--json", "--data", join(folder, name), ...more],
  ]);

test("a recorded tournament is played again without a model, to the same hash", async () => {
  const recorded = await play("recorded", "--record", cassette());
  expect(recorded.code, recorded.err).toBe(0);
  const first = readResult(recorded.out);
  const trades = Object.fromEntries(first.leaderboard.map(({ agent, trades }) => [agent, trades]));
  expect(trades.Trader).toBeGreaterThan(10);
  expect(trades.Moody).toBeGreaterThan(10);
  expect(recorded.err).toMatch(/\d{3} steps of language models are in /);

  const asked = model.received.length;
  const played = await play("played", "--cassette", cassette());
  expect(played.code, played.err).toBe(0);
  expect(readResult(played.out).hash).toBe(first.hash);
  expect(model.received.length).toBe(asked);
});

test("a request that the cassette does not know ends the tournament, with the first difference", async () => {
  const lines = readFileSync(cassette(), "utf8").split("\n");
  // What the model had answered in round 3 is another answer now, so its next prompts are others too.
  const at = lines.findLastIndex((line) => line.includes('"agent":"Trader","round":3,'));
  const { end } = JSON.parse(lines[at] ?? "");
  const other = lines.map((line) =>
    line.startsWith(`{"hash":"${end.hash}"`) ? line.replaceAll("because of the number", "for no reason") : line,
  );
  expect(other).not.toEqual(lines);
  writeFileSync(join(folder, "other.jsonl"), other.join("\n"));
  const { code, err } = await play("missed", "--cassette", join(folder, "other.jsonl"));
  expect(code).toBe(1);
  expect(err).toMatch(/Trader asked what the cassette does not know\. Nearest is step 1 of round 4, which differs in/);
  expect(err).toContain("for no reason");
});

test("a cassette of another tournament is refused before anything starts", async () => {
  const { code, err } = await play("other", "--seed", "2", "--cassette", cassette());
  expect(code).toBe(2);
  expect(err).toContain("must be the same");
});
