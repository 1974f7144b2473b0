import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const ROUNDS = 6;

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "agonus-e2e-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** `npm run NAME -- …`, as a user types it. */
function npm(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const clean = Object.entries(process.env).filter(([name]) => !/^(npm_|VITEST|NODE_ENV$)/.test(name));
  const child = spawn("npm", ["run", "--silent", ...args], { cwd: ROOT, env: Object.fromEntries(clean) });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    err += chunk;
  });
  return new Promise((done) => child.once("close", (code) => done({ code, out, err })));
}

async function play(data: string, seed: string) {
  const options = ["--rounds", String(ROUNDS), "--seed", seed, "--data", join(folder, data), "--json"];
  const { code, out, err } = await npm("tournament", "--", ...options);
  expect(code, err).toBe(0);
  return JSON.parse(out.trim().split("\n").at(-1) ?? "");
}

test("the same seed gives the same tournament, and another seed another", async () => {
  const first = await play("a", "1");
  expect(first).toMatchObject({ rounds: ROUNDS, ledger: { ok: true, errors: [] } });
  expect(first.ledger.checked).toBeGreaterThan(500);
  expect(first.decisions).toBe(ROUNDS * first.entries);
  expect(first.trades).toBeGreaterThan(0);
  expect(Object.keys(first.tasks).filter((state) => state !== "SUCCESS")).toEqual([]);

  expect((await play("b", "1")).hash).toBe(first.hash);
  expect((await play("c", "2")).hash).not.toBe(first.hash);
});

test("the ledger of a finished tournament is checked again from its data folder alone", async () => {
  const { code, out, err } = await npm("ledger", "--", "--data", join(folder, "a"));
  expect(code, err).toBe(0);
  expect(out + err).toMatch(/\d/);
});

test("input that can't be right ends with 2, a sentence, and nothing written", async () => {
  const { code, err } = await npm("tournament", "--", "--rounds", "0", "--data", join(folder, "never"));
  expect(code).toBe(2);
  expect(err).toContain("--rounds");
});
