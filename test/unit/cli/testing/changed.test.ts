import { describe, expect, test } from "vitest";
import { changedSince, planChanged } from "../../../../src/cli/testing/changed.ts";
import { ProjectGraph, projectFiles } from "../../../../src/cli/testing/import-graph.ts";
import { stages } from "../../../../src/cli/testing/stages.ts";

const files = projectFiles();
const whole = new ProjectGraph(files);

/** What runs after a change: "whole", the number of test files, or nothing. */
function planOf(file: string | null, graph = whole): Record<string, "whole" | readonly string[]> {
  const plans = planChanged(stages, file === null ? [] : [file], graph);
  return Object.fromEntries(
    plans.flatMap(({ stage, files }) => (files?.length === 0 ? [] : [[stage.name, files ?? "whole"] as const])),
  );
}
const everything = Object.fromEntries(stages.map(({ name }) => [name, "whole"]));

describe("a change runs what it can break:", () => {
  test("nothing for nothing", () => expect(planOf(null)).toEqual({}));

  test.each(["package.json", "package-lock.json", "migrations/0000_baseline.sql", "src/local/setup.mjs"])(
    "everything for %s",
    (file) => expect(planOf(file)).toEqual(everything),
  );

  test("a page: lint, types, layout, and the browser", () => {
    const plan = planOf("src/dashboard/main.tsx");
    expect(plan).toMatchObject({ lint: "whole", types: "whole", browser: "whole" });
    for (const stage of ["sim", "workers"]) expect(plan).not.toHaveProperty(stage);
  });

  test("a document: lint and the tests that read it", () => {
    const plan = planOf("docs/recovery.md");
    expect(plan.lint).toBe("whole");
    expect(plan.unit).toContain("test/unit/sim/twins.test.ts");
    for (const stage of ["types", "sim", "workers", "e2e", "browser"]) expect(plan).not.toHaveProperty(stage);
  });

  test("a rule of the game: every stage, and of the unit tests those that import it", () => {
    const plan = planOf("src/core/fills.ts");
    expect(plan).toMatchObject({ sim: "whole", workers: "whole", e2e: "whole", browser: "whole" });
    expect(plan.unit).toContain("test/unit/core/fills.test.ts");
    expect(plan.unit).not.toContain("test/unit/core/time-text.test.ts");
  });

  test("a helper of tests: the tests that import it, also by another helper", () => {
    const plan = planOf("test/support/round-scene.ts");
    expect(plan.unit).toContain("test/unit/rounds/guards.test.ts");
    expect(plan.unit).not.toContain("test/unit/core/fills.test.ts");
    expect(plan).not.toHaveProperty("e2e");
  });

  test("one test file: itself", () => {
    // A text with the whole path would make this file depend on it.
    const file = ["test", "unit", "core", "metrics.test.ts"].join("/");
    expect(planOf(file).unit).toEqual([file]);
  });

  test("a deleted file: what still names it", () => {
    const gone = "test/support/guards.ts";
    const left = files.filter((file) => file !== gone);
    expect(planOf(gone, new ProjectGraph(left, [gone])).unit).toEqual(planOf(gone).unit);
    expect(planOf(gone).unit).toContain("test/unit/rounds/guards.test.ts");
  });

  test("the settings of a stage: that whole stage", () => {
    expect(planOf("vitest.workers.config.ts")).toMatchObject({ workers: "whole", lint: "whole", types: "whole" });
    expect(planOf("wrangler.toml")).toMatchObject({ workers: "whole", e2e: "whole", browser: "whole" });
  });
});

test("git says what differs from a commit, and a commit that it does not know is no change", () => {
  expect(Array.isArray(changedSince("HEAD"))).toBe(true);
  expect(changedSince("no-such-branch")).toBeNull();
  expect(changedSince("--output=x")).toBeNull();
});
