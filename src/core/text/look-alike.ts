/** What a name looks like, by UTS 39: two names that look alike have the same skeleton or the same shape. Pure. */
import { CONFUSABLES } from "./confusables.ts";

export interface Look {
  /** Its look without regard to case. */
  readonly skeleton: string;
  /** Its look as it is written: "AI" and "Al" look alike, although their lower-case forms do not. */
  readonly shape: string;
}

/** Unpacked at the first use, so that it does not slow down the Worker's start. */
let table: ReadonlyMap<string, string> | undefined;

function unpacked(): ReadonlyMap<string, string> {
  const looks = new Map<string, string>();
  const charOf = (code: string) => String.fromCodePoint(Number.parseInt(code, 36));
  for (const row of CONFUSABLES.split(";")) {
    const [look = "", steps = ""] = row.split(":");
    const to = look.split(".").map(charOf).join("");
    let code = 0;
    for (const step of steps.split(",")) {
      code += Number.parseInt(step, 36);
      looks.set(String.fromCodePoint(code), to);
    }
  }
  return looks;
}

/** Characters that are drawn as nothing or as a box, though Unicode counts them as letters and symbols: braille, a note, a Khitan filler, an object. */
export const BLANK = /[\u2800\u{1d159}\u{16fe4}\ufffc]/u;
const BLANKS = new RegExp(BLANK, "gu");

/** Decomposed. A mark that stands twice on one letter is drawn on itself, so it counts once. */
const apart = (text: string): string => text.normalize("NFD").replaceAll(/(\p{Mn})\1+/gu, "$1");

/**
 * The skeleton of UTS 39, section 4: decompose, replace each character by its prototype, decompose again. A prototype may hold a
 * tab (that of U+1F16D does), which looks like a space.
 */
function replaced(text: string): string {
  table ??= unpacked();
  const looks = table;
  return apart(Array.from(apart(text), (char) => looks.get(char) ?? char).join("")).replaceAll(/\s+/gu, " ");
}

/** Unicode's NFKC_Casefold. Upper case comes first because "ß" becomes "SS"; a final sigma becomes a sigma. */
const folded = (text: string): string =>
  text.normalize("NFKC").toUpperCase().toLowerCase().replaceAll("ς", "σ").normalize("NFKC");

/** The name as a page shows it: without invisible characters, and with one space for several. */
const visible = (name: string): string =>
  name
    .replaceAll(/[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu, "")
    .replaceAll(BLANKS, "")
    .normalize("NFKC")
    .replaceAll(/\s+/gu, " ")
    .trim();

/** Prototypes may be capitals ("0" looks like "O"), so the result is folded and replaced again until nothing changes. */
const FOLDS_MAX = 4;

export function lookOf(name: string): Look {
  const seen = visible(name);
  let skeleton = replaced(folded(seen));
  for (let i = 0; i < FOLDS_MAX; i++) {
    const again = replaced(folded(skeleton));
    if (again === skeleton) break;
    skeleton = again;
  }
  return { skeleton, shape: replaced(seen) };
}

/** Remembers names by their looks, and finds an earlier one that looks like a new one. */
export class Lookalikes<T> {
  readonly #found = new Map<string, T>();

  /** Returns the value of an earlier name that looks like this one. If there is none, it adds this one. */
  add({ skeleton, shape }: Look, value: T): T | undefined {
    const keys = [`skeleton ${skeleton}`, `shape ${shape}`];
    for (const key of keys) {
      const rival = this.#found.get(key);
      if (rival !== undefined) return rival;
    }
    for (const key of keys) this.#found.set(key, value);
    return undefined;
  }
}
