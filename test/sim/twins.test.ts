import { expect, test } from "vitest";
import { runSim } from "./process.ts";
import { twins } from "./twins.ts";

test.concurrent.each(twins)("without its guard ($guard) the simulation finds a violation", async (twin) => {
  const args = ["--seed", String(twin.seed), "--steps", String(twin.steps)];
  const [result] = await runSim([...args, "--twin", twin.name]);
  expect(result?.violations.map(({ text }) => text).join("\n")).toMatch(twin.says);
});
