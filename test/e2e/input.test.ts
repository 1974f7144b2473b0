/** Bad input of the commands. What each sentence says is in test/unit/cli. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "../support/e2e/command.ts";
import { makeFolder, removeFolder } from "../support/e2e/data-folder.ts";

let folder = "";
beforeAll(() => {
  folder = makeFolder();
});
afterAll(async () => {
  expect(await removeFolder(folder)).toBe(0);
});

test.for<[string, Parameters<typeof run>[0], string[], string]>([
  [
    "a folder of candles that isn't there",
    "tournament",
    ["--candles", "nowhere", "--json"],
    "there is no such file or folder",
  ],
  ["an unknown flag of a replay", "tournament", ["--candel", "nowhere"], "Unknown option '--candel'"],
  ["a bad value of npm start", "start", ["--interval", "never"], "never"],
  ["an unknown flag of npm start", "start", ["--colour"], "--colour"],
  ["the ledger without a database", "ledger", [], "There is no data folder"],
])("%s ends with 2 and a sentence, and nothing is written", async ([what, script, args, sentence]) => {
  const dataDir = join(folder, what);
  const { code, out, err } = await run(script, ["--data", dataDir, ...args]);
  expect(err).toContain(sentence);
  expect(err).not.toMatch(/^\s+at /m);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(existsSync(dataDir)).toBe(false);
});
