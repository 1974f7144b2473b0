import { expect, test } from "vitest";
import { runSim } from "./process.ts";
import { searchFlags } from "./twin.ts";
import { twins } from "./twins.ts";

test.concurrent.each(twins)("without its guard ($guard) the simulation finds a violation", async (twin) => {
  const results = await runSim(searchFlags(twin).split(" "));
  const found = results.at(-1);
  console.log(
    `${twin.name}: seed ${found?.seed} of ${results.length}: ${found?.violations[0]?.text ?? "nothing found"}`,
  );
  expect(found?.violations.map(({ text }) => text).join("\n")).toMatch(twin.says);
});
