import { expect, test } from "vitest";
import { read } from "../support/project-files.ts";

const page = read("docs/variables.md");
const rowsOf = (text: string) =>
  [...text.matchAll(/^\| (`[^|]+) \|/gm)].flatMap(([, cell = ""]) =>
    [...cell.matchAll(/`([A-Z_]+)`/g)].map(([, name = ""]) => name),
  );
const section = (title: string) => page.split(`\n## ${title}\n`)[1]?.split("\n## ")[0] ?? "";

test("docs/variables.md lists every variable and secret that the Worker reads, and no other", () => {
  const declared = read("src/env.ts").split("export interface Settings")[0] ?? "";
  const names = [...declared.matchAll(/^ {2}readonly (\w+)\??: string;$/gm)].map(([, name = ""]) => name);
  expect(names.length).toBeGreaterThan(10);
  expect(rowsOf(page).toSorted()).toEqual(names.toSorted());
});

test("docs/variables.md tells the variables of wrangler.toml from secrets and from what the local stack sets", () => {
  const vars = read("wrangler.toml").split(/^\[(?:[\w.]*\.)?vars\]$/m);
  expect(vars).toHaveLength(4);
  for (const text of vars.slice(1)) {
    const stated = [...(text.split(/^\[/m)[0] ?? "").matchAll(/^([A-Z_]+) = /gm)].map(([, name = ""]) => name);
    expect(rowsOf(section("In wrangler.toml")).toSorted()).toEqual(stated.toSorted());
  }
  const marked = (mark: string) =>
    [...read("src/env.ts").matchAll(new RegExp(`/\\*\\* ${mark}[^]*?\\*/\\n {2}readonly (\\w+)`, "g"))].map(
      ([, name = ""]) => name,
    );
  expect(rowsOf(section("Secrets")).toSorted()).toEqual(marked("Secret").toSorted());
});
