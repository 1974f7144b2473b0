import fc from "fast-check";
import { expect, test } from "vitest";
import { confusableTable } from "../../../src/cli/confusable-table.ts";
import { CONFUSABLES, CONFUSABLES_VERSION } from "../../../src/core/text/confusables.ts";
import { Lookalikes, lookOf } from "../../../src/core/text/look-alike.ts";

const alike = (a: string, b: string) => {
  const [one, other] = [lookOf(a), lookOf(b)];
  return one.skeleton === other.skeleton || one.shape === other.shape;
};

test.each([
  ["Alice", "ALICE", "its case"],
  ["Alice", "\u0410lice", "a Cyrillic A"],
  ["Alice", "\u0391lice", "a Greek Alpha"],
  ["scope", "\u0455\u0441\u043e\u0440\u0435", "Cyrillic throughout"],
  ["Alice", "\uff21lice", "a full-width A"],
  ["Alice", "\u{1d400}lice", "a mathematical bold A"],
  ["Model AI", "Model Al", "a small l for a capital I"],
  ["paypal", "paypa1", "a 1"],
  ["Bob", "B0b", "a zero"],
  ["Alice", "A|ice", "a bar"],
  ["modern", "modem", "r and n for m"],
  ["Jos\u00e9", "Jose\u0301", "the same, taken apart"],
  ["Stra\u00dfe", "STRASSE", "capitals of \u00df"],
  ["\u03c3\u03b1\u03c2", "\u03a3\u0391\u03a3", "a final sigma"],
  ["\ufb01sh", "fish", "a ligature"],
  ["A-B", "A\u2013B", "a dash"],
  ["A B", "A\u00a0B", "a no-break space"],
  ["A B", "A  B", "two spaces, of which a page shows one"],
  ["Alice", "Al\u200bice", "a character without width"],
  ["Alice", "Al\u00adice", "a soft hyphen"],
  ["Alice", "Al\u{1d159}ice", "a note without a head"],
  ["Jos\u00e9", "Jos\u00e9\u0301", "a mark that stands twice"],
])("%s and %s look alike: %s", (a, b) => {
  expect(alike(a, b)).toBe(true);
  expect(alike(b, a)).toBe(true);
});

test.each([
  ["Alice", "Alina"],
  ["Mail", "Mall"],
  ["Jose", "Jos\u00e9"],
  ["Agent 1", "Agent 2"],
  ["Buy and hold BTC (baseline)", "Buy and hold ETH (baseline)"],
  ["\u0411\u043e\u0440\u0438\u0441", "\u0413\u043b\u0435\u0431"],
  ["\u9f8d", "\u864e"],
])("%s and %s do not look alike", (a, b) => {
  expect(alike(a, b)).toBe(false);
});

test("a name looks like itself in every Unicode form, and likeness goes both ways", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 80 }), (name) => {
      const look = lookOf(name);
      for (const form of ["NFC", "NFD"]) expect(lookOf(name.normalize(form))).toEqual(look);
      expect(lookOf(look.skeleton).skeleton).toBe(look.skeleton);
    }),
    { examples: [["\u{1f16d}"]] },
  );
});

test("the table is Unicode's, small, and plain ASCII", () => {
  expect(CONFUSABLES_VERSION).toBe("15.0.0");
  expect(CONFUSABLES.length).toBeLessThan(40_000);
  expect(CONFUSABLES).toMatch(/^[0-9a-z.:,;]+$/);
  expect(CONFUSABLES.split(/[,;]/).length).toBeGreaterThan(2500);
});

test("the table is made from Unicode's lines, without characters that can't stand in a name", () => {
  const lines = [
    "\uFEFF# confusables.txt",
    "0430 ;\t0061 ;\tMA\t# ( \u0430 \u2192 a ) CYRILLIC SMALL LETTER A",
    "0251 ;\t0061 ;\tMA\t#",
    "006D ;\t0072 006E ;\tMA\t#",
    // Full-width letters: NFKC replaces them before the table is used.
    "FF41 ;\t0061 ;\tMA\t#",
    "",
  ];
  expect(confusableTable(lines.join("\n"))).toBe("2p:gh,db;36.32:31");
});

test("an earlier name is found by either of the two looks", () => {
  const seen = new Lookalikes<string>();
  expect(seen.add(lookOf("Model AI"), "first")).toBeUndefined();
  expect(seen.add(lookOf("model ai"), "second")).toBe("first");
  expect(seen.add(lookOf("Model Al"), "third")).toBe("first");
  expect(seen.add(lookOf("Model B"), "fourth")).toBeUndefined();
});
