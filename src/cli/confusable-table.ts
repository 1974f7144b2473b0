/** Packs Unicode's confusables.txt into one short text of ASCII, which core/text/look-alike.ts reads. */

/** Reads lines such as "0430 ; 0061 ; MA # …" into pairs of a character and the text that it looks like. */
function pairsOf(text: string): (readonly [string, string])[] {
  return text.split("\n").flatMap((line) => {
    const [, from = "", to = ""] = /^\uFEFF?([0-9A-F]+)\s*;\s*([0-9A-F ]+?)\s*;/.exec(line) ?? [];
    return from === "" ? [] : [[charsOf(from), charsOf(to)] as const];
  });
}

const charsOf = (hex: string): string => String.fromCodePoint(...hex.split(" ").map((one) => Number.parseInt(one, 16)));
const codeOf = (char: string): number => char.codePointAt(0) ?? 0;

/**
 * Groups the characters by the text that they look like. A group is that text, a colon, and its characters in ascending order.
 * Each character is written as its distance from the character before it. All numbers are in base 36.
 */
export function confusableTable(text: string): string {
  const byLook = new Map<string, number[]>();
  for (const [from, to] of pairsOf(text)) {
    const isKept = from.normalize("NFKC").normalize("NFD") === from && to !== from;
    if (isKept) byLook.set(to, [...(byLook.get(to) ?? []), codeOf(from)]);
  }
  const rows = [...byLook].map(([look, codes]) => {
    const sorted = codes.toSorted((a, b) => a - b);
    const steps = sorted.map((code, i) => (code - (sorted[i - 1] ?? 0)).toString(36));
    return `${[...look].map((char) => codeOf(char).toString(36)).join(".")}:${steps.join(",")}`;
  });
  return rows.toSorted().join(";");
}
