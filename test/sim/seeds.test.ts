import { expect, test } from "vitest";
import { runSim } from "./process.ts";

const SEEDS = 40;
const STEPS = "300";
const range = (from: number, to: number) => runSim(["--seeds", `${from}-${to}`, "--steps", STEPS]);

test("40 seeds of 300 steps keep every invariant, and reach decisions, trades, settlements and over 20 kinds of fault", async () => {
  const results = (await Promise.all([range(1, SEEDS / 2), range(SEEDS / 2 + 1, SEEDS)])).flat();
  const broken = results.filter(({ violations }) => violations.length > 0);
  expect(
    broken.map(({ seed, violations }) => `npm run sim -- --seed ${seed} --steps ${STEPS}: ${violations[0]?.text}`),
  ).toEqual([]);
  expect(results).toHaveLength(SEEDS);
  const sum = (of: (result: (typeof results)[number]) => number) =>
    results.reduce((all, result) => all + of(result), 0);
  expect(sum(({ decisions }) => decisions)).toBeGreaterThan(1000);
  expect(sum(({ trades }) => trades)).toBeGreaterThan(60);
  expect(sum(({ rounds }) => rounds.settled ?? 0)).toBeGreaterThan(250);
  const kinds = new Set(results.flatMap(({ faults }) => Object.keys(faults)));
  expect(kinds.size).toBeGreaterThan(20);
});

test("the same seed has the same history, byte for byte", async () => {
  const once = () => runSim(["--seed", "7", "--steps", "400"]);
  const [[one], [other]] = await Promise.all([once(), once()]);
  expect(one?.hash).toBe(other?.hash);
  expect(one?.steps).toBeGreaterThan(400);
});

test("without faults no entry misses a round, and no round is skipped", async () => {
  const results = (
    await Promise.all([1, 2].map((n) => runSim(["--seeds", `${n * 4 - 3}-${n * 4}`, "--steps", "400", "--rate", "0"])))
  ).flat();
  expect(results.flatMap(({ seed, violations }) => violations.map(({ text }) => `seed ${seed}: ${text}`))).toEqual([]);
  expect(results).toHaveLength(8);
});
