import { expect, test } from "vitest";
import { searchFlags } from "../../sim/twin.ts";
import { twins } from "../../sim/twins.ts";
import { guardNames, guardsIn, withoutGuard } from "../../support/guards.ts";
import { projectFiles, read } from "../../support/project-files.ts";

/** Where twins are: the simulation's, and those of the tests on a real PostgreSQL. */
const twinFiles = projectFiles("test/unit/*.test.ts", "test/unit/**/*.test.ts").filter(
  (file) => !import.meta.filename.endsWith(file),
);
const named = new Set(
  twinFiles.flatMap((file) => [...read(file).matchAll(/guard: "([a-z-]+)"/g)].map(([, name = ""]) => name)),
);

test("every twin lacks a guard that the sources mark", () => {
  const simulated = twins.flatMap(({ without = [] }) => without.map(({ guard }) => guard));
  expect(simulated.length).toBeGreaterThan(30);
  expect([...simulated, ...named].filter((guard) => !guardNames().has(guard))).toEqual([]);
});

test("every guard that the sources mark has a twin", () => {
  const lacked = new Set([...named, ...twins.flatMap(({ without = [] }) => without.map(({ guard }) => guard))]);
  expect([...guardNames()].filter((guard) => !lacked.has(guard))).toEqual([]);
});

test("docs/recovery.md lists every marked guard", () => {
  const page = read("docs/recovery.md");
  expect([...guardNames()].filter((guard) => !page.includes(`\`${guard}\``))).toEqual([]);
});

test("a guard is taken out at each of its places, and no other with it", () => {
  const text = "a /* guard one */ b /* end */ c /* guard two */ d /* end */ /* guard one */ e /* end */";
  expect(guardsIn(text)).toEqual(["one", "two"]);
  expect(withoutGuard(text, { guard: "one", broken: "x" })).toBe("a x c /* guard two */ d /* end */ x");
  expect(withoutGuard(text, { guard: "three" })).toBe(text);
});

test("docs/recovery.md lists every twin of the simulation with its guard and the command that finds the violation", () => {
  const rows = read("docs/recovery.md").split("\n");
  const missing = twins.filter(
    ({ name, guard, run }) =>
      !rows.some((row) =>
        row.startsWith(`| ${guard} | \`${name}\` | \`npm run sim -- ${searchFlags({ name, run })}\` | `),
      ),
  );
  expect(missing.map(({ name }) => name)).toEqual([]);
});
