/** The documents of docs/ as their pages read them. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { blocksOf } from "../../../src/dashboard/docs/markdown.ts";

test("every document of docs/ is read to its end, and its links between documents have pages", () => {
  const folder = join(import.meta.dirname, "../../../docs");
  const names = readdirSync(folder).filter((name) => name.endsWith(".md"));
  expect(names.length).toBeGreaterThan(10);
  for (const name of names) {
    const text = readFileSync(join(folder, name), "utf8");
    const blocks = blocksOf(text);
    const headings = blocks.filter(({ kind }) => kind === "heading").length;
    expect([name, headings]).toEqual([name, text.replaceAll(/```[\s\S]*?```/g, "").match(/^#{1,6} /gm)?.length]);
    // What was not understood would be left as marks in a paragraph.
    expect(
      blocks.flatMap((block) => (block.kind === "paragraph" && /^(\||#|```|- )/.test(block.text) ? [block.text] : [])),
    ).toEqual([]);
    for (const [, to = ""] of text.matchAll(/\]\(([\w-]+)\.md/g))
      expect([name, names.includes(`${to}.md`)]).toEqual([name, true]);
  }
});

test("every decision has a number of its own, and stands in the list", () => {
  const docs = join(import.meta.dirname, "../../../docs");
  const made = readdirSync(join(docs, "decisions")).flatMap((name) =>
    [...readFileSync(join(docs, "decisions", name), "utf8").matchAll(/^## (\d+)\. /gm)].map(([, number]) =>
      Number(number),
    ),
  );
  const listed = [...readFileSync(join(docs, "decisions.md"), "utf8").matchAll(/^\| (\d+) \|/gm)].map(([, n]) =>
    Number(n),
  );
  const inOrder = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b);
  expect(made.length).toBeGreaterThan(40);
  expect(inOrder(made)).toEqual([...new Set(inOrder(made))]);
  expect(inOrder(listed)).toEqual(inOrder(made));
});
