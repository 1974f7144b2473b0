/** The browser's scans take each size and each theme once, not each with each. This holds what that stands on. */
import { expect, test } from "vitest";
import { projectFiles, read, withoutComments } from "../../support/project-files.ts";

const styles = projectFiles("src/dashboard")
  .filter((file) => file.endsWith(".css"))
  .map((file) => withoutComments(read(file)).replace(/\s+/g, " "));

test("a theme is other colours, and nothing else: no style but the scheme itself depends on it", () => {
  expect(styles.length).toBeGreaterThan(5);
  const rules = styles.flatMap((text) =>
    [...text.matchAll(/[^{}]*(?:data-theme|prefers-color-scheme)[^{}]*\{[^{}]*\}/g)].map(([rule]) => rule.trim()),
  );
  expect(rules).toEqual([
    ':root[data-theme="light"] { color-scheme: light; }',
    ':root[data-theme="dark"] { color-scheme: dark; }',
  ]);
});

test("a size changes places and measures, and no colour", () => {
  const blocks = styles.flatMap((text) =>
    [...text.matchAll(/@(?:media|container)[^{]*(?:width|height)[^{]*\{((?:[^{}]*\{[^{}]*\})*)/g)].map(
      ([block]) => block,
    ),
  );
  expect(blocks.length).toBeGreaterThan(3);
  const properties = blocks.flatMap((block) => [...block.matchAll(/([\w-]+):[^;{}]*;/g)].map(([, name = ""]) => name));
  expect(properties.length).toBeGreaterThan(10);
  const paints =
    /color|background|opacity|shadow|filter|fill|stroke|border$|outline|blend|mask|^--(?!gap|text|row|radius)/;
  expect(properties.filter((name) => paints.test(name))).toEqual([]);
});
