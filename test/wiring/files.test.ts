import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { expect, test } from "vitest";
import { projectFiles, ROOT, read } from "../support/project-files.ts";

const sources = projectFiles("src", "durable-objects").filter((file) => /\.(ts|tsx|mjs)$/.test(file));
const tests = projectFiles("test").filter((file) => file.endsWith(".ts"));

test("files are named in kebab-case, and no name is vague", () => {
  const bad = [...sources, ...tests].filter(
    (file) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.(test|bench|config|d))?\.(ts|tsx|mjs)$/.test(basename(file)),
  );
  expect(bad).toEqual([]);
  const vague = [...sources, ...tests].filter((file) =>
    file.split("/").some((part) => /^(utils?|helpers?|common|types|misc|shared)(\.|$)/.test(part)),
  );
  expect(vague).toEqual([]);
});

test("a source file has at most 250 lines", () => {
  expect(sources.filter((file) => read(file).trimEnd().split("\n").length > 250)).toEqual([]);
});

test("a folder has at most thirty files side by side", () => {
  const folders = Map.groupBy([...sources, ...tests], dirname);
  const wide = [...folders].filter(([, files]) => files.length > 30);
  expect(wide.map(([folder, files]) => `${folder}: ${files.length}`)).toEqual([]);
});

test("the lock file names no registry, so that any mirror serves it", () => {
  const lock = read("package-lock.json");
  expect(JSON.parse(lock).lockfileVersion).toBeGreaterThanOrEqual(3);
  expect(lock).not.toContain('"resolved"');
  expect(lock).toContain('"integrity"');
});

test("packages are pinned to one version", () => {
  const { dependencies, devDependencies } = JSON.parse(read("package.json"));
  const loose = Object.entries<string>({ ...dependencies, ...devDependencies }).filter(
    ([, version]) => !/^(npm:.+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
  );
  expect(loose).toEqual([]);
});

test("every npm script goes through the set-up and names a file that exists", () => {
  const { scripts } = JSON.parse(read("package.json"));
  const known = new Set(projectFiles("src"));
  for (const [name, script] of Object.entries<string>(scripts)) {
    const [, entry = ""] = /^node src\/local\/run\.mjs (?:--\S+ )*(\S+)/.exec(script) ?? [];
    expect(entry, name).not.toBe("");
    if (entry.startsWith("src/")) expect(known, name).toContain(entry);
  }
});

test("every file and folder of the source that CONTRIBUTING.md and the documents name exists", () => {
  const gone: string[] = [];
  let named = 0;
  for (const page of [
    "CONTRIBUTING.md",
    "src/dashboard/README.md",
    ...projectFiles("docs/*.md", "docs/decisions/*.md"),
  ]) {
    for (const [, path = ""] of read(page).matchAll(
      /`((?:src|test|durable-objects|migrations|findings)\/[\w./-]+)`/g,
    )) {
      // The reader of docs/agents.md is to make this one.
      if (path === "src/strategies/breakout.ts") continue;
      named += 1;
      if (!existsSync(join(ROOT, path))) gone.push(`${page}: ${path}`);
    }
  }
  expect(gone).toEqual([]);
  expect(named).toBeGreaterThan(100);
});
