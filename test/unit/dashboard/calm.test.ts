import { expect, test } from "vitest";
import { calmRows } from "../../../src/dashboard/ops/calm.ts";

interface Row {
  readonly id: string;
  readonly content: number;
}
const rowsOf = (ids: string, content = 1): Row[] => [...ids].map((id) => ({ id, content }));
const calm = (kept: string, now: string, isWhole: boolean) => {
  const { rows, newer } = calmRows(rowsOf(kept), rowsOf(now, 2), ({ id }) => id, isWhole);
  return { shown: rows.map(({ id, content }) => `${id}${content}`).join(" "), newer };
};

test("a calm list keeps its rows in their places, with their newest contents, and counts what is newer", () => {
  expect(calm("cba", "edcba", true)).toEqual({ shown: "c2 b2 a2", newer: 2 });
});

test("a list that sorts itself anew keeps its order", () => {
  expect(calm("cba", "abc", true)).toEqual({ shown: "c2 b2 a2", newer: 0 });
  expect(calm("cba", "adcb", true)).toEqual({ shown: "c2 b2 a2", newer: 1 });
});

test("a row that has left the list goes, but not one that newer rows may have pushed off the page", () => {
  expect(calm("cba", "ca", true)).toEqual({ shown: "c2 a2", newer: 0 });
  expect(calm("cba", "dcb", true)).toEqual({ shown: "c2 b2", newer: 1 });
  expect(calm("cba", "dcb", false)).toEqual({ shown: "c2 b2 a1", newer: 1 });
  expect(calm("dcba", "ecb", false)).toEqual({ shown: "c2 b2 a1", newer: 1 });
});

test("a list of which nothing is known any more keeps what it shows, and calls all rows newer", () => {
  expect(calm("cba", "zyx", false)).toEqual({ shown: "c1 b1 a1", newer: 3 });
});

test("further pages are added below, and an empty list takes what comes", () => {
  expect(calm("dc", "edcba", false)).toEqual({ shown: "d2 c2 b2 a2", newer: 1 });
  expect(calm("", "cba", true)).toEqual({ shown: "c2 b2 a2", newer: 0 });
  expect(calm("cba", "zyx", true)).toEqual({ shown: "z2 y2 x2", newer: 0 });
  expect(calm("cba", "", true)).toEqual({ shown: "", newer: 0 });
});
