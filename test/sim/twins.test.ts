import { expect, test } from "vitest";
import { runSim } from "./process.ts";
import { twins } from "./twins.ts";

test.concurrent.each(twins)("without its guard ($guard) the simulation finds a violation", async (twin) => {
  const [result] = await runSim([...twin.run.split(" "), "--twin", twin.name]);
  expect(result?.violations.map(({ text }) => text).join("\n")).toMatch(twin.says);
});
