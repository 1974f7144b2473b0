/** Cassettes on their own: files that are none, steps that ended in a fault, and the first difference. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { firstDifference } from "../../../src/cli/cassette/difference.ts";
import { type Cassette, readCassette } from "../../../src/cli/cassette/file.ts";
import { type CassettePlayer, playCassette } from "../../../src/cli/cassette/play.ts";
import { limits } from "../../../src/core/limits.ts";
import { sha256Hex } from "../../../src/core/text/canonical.ts";

let folder = "";
let player: CassettePlayer | null = null;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "agonus-cassette-"));
});
afterEach(async () => {
  await player?.close();
  player = null;
});
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ["", "it is empty"],
  ['{"cassette":"another/1","tournament":"x"}\n', "its first line does not name agonus.cassette/1"],
  [
    '{"cassette":"agonus.cassette/1","tournament":"x"}\n{"hash":"a","te',
    "line 2 is no JSON: was its recording cut off?",
  ],
  ['{"cassette":"agonus.cassette/1","tournament":"x"}\n{"agent":"A"}\n', "line 2 is no step"],
])("a file of %j is no cassette", async (content, sentence) => {
  const path = join(folder, "wrong.jsonl");
  writeFileSync(path, content);
  expect(await readCassette(path)).toContain(sentence);
});

test("a file that is not there is a sentence", async () => {
  expect(await readCassette(join(folder, "none"))).toContain("there is no such file");
});

const body = (user: string) =>
  JSON.stringify({
    model: "small",
    messages: [
      { role: "system", content: "Be fair.\n\nBuy low." },
      { role: "user", content: user },
    ],
  });

type End = Cassette["steps"][number]["end"];
async function cassetteOf(end: End, user = "Round 3: BTC is at 100."): Promise<Cassette> {
  const part = (name: string, hash: string) => ({ name, hash });
  const messages = [
    { role: "system", parts: [part("rules", "rules"), part("instructions", "wishes")] },
    { role: "user", parts: [part("round", "round")] },
  ];
  const texts = new Map([
    ["head", JSON.stringify({ model: "small" })],
    ["rules", "Be fair."],
    ["wishes", "Buy low."],
    ["round", user],
    ["answer", JSON.stringify({ choices: [{ message: { content: "Hm." } }] })],
    ["nonsense", "<html>"],
  ]);
  const request_hash = await sha256Hex(body(user));
  return {
    tournament: "x",
    steps: [{ agent: "A b", round: 3, step: 0, request_hash, request: { head: "head", messages }, end }],
    texts,
  };
}
async function ask(agent: string, request: string) {
  const response = await fetch(`${player?.url}/${encodeURIComponent(agent)}/chat/completions`, {
    method: "POST",
    body: request,
  });
  return { status: response.status, text: await response.text() };
}

test.each<[string, End, number, string]>([
  [
    "an answer, with what the provider counted",
    { kind: "answer", hash: "answer", usage: { input: 7, output: 2 } },
    200,
    '"usage":{"prompt_tokens":7,"completion_tokens":2}',
  ],
  ["an answer that nobody counted", { kind: "answer", hash: "answer", usage: null }, 200, '"Hm."}}]}'],
  ["an answer that was none", { kind: "nonsense", hash: "nonsense" }, 200, "<html>"],
  ["a provider that refused", { kind: "unavailable", why: "busy" }, 400, "busy"],
])("it plays %s", async (_, end, status, said) => {
  player = await playCassette(await cassetteOf(end));
  const got = await ask("A b", body("Round 3: BTC is at 100."));
  expect(got.status).toBe(status);
  expect(got.text).toContain(said);
  expect(player.missed.aborted).toBe(false);
});

test("it plays an answer that was too long", async () => {
  player = await playCassette(await cassetteOf({ kind: "too_long" }));
  const { text } = await ask("A b", body("Round 3: BTC is at 100."));
  expect(text.length).toBeGreaterThan(limits.modelAnswerBytesMax);
});

test("a request that it does not know is refused, and the first difference is named", async () => {
  const cassette = await cassetteOf({ kind: "nonsense", hash: "nonsense" });
  player = await playCassette(cassette);
  const { status, text } = await ask("A b", body("Round 3: BTC is at 99."));
  expect(status).toBe(400);
  expect(text).toBe(
    'A b asked what the cassette does not know. Nearest is step 1 of round 3, which differs in message 2 (user) from character 20 on: recorded "100.", asked "99.".',
  );
  expect(player.missed.reason).toBe(text);
  expect(firstDifference(cassette, "Nobody", body("x"))).toBe("The cassette has no step of Nobody.");
  const longer = JSON.stringify({ ...JSON.parse(body("Round 3: BTC is at 100.")), temperature: 1 });
  expect(firstDifference(cassette, "A b", longer)).toContain("which differs in its settings");
});
