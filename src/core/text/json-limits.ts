/**
 * Refuses parts of a body that no schema excludes. PostgreSQL refuses NUL characters and lone surrogates. A deep
 * document overflows the stack of every function that walks it by recursion, so the walk below uses a list instead.
 */
import type { FieldError } from "../error-codes.ts";
import { notAField } from "./echo.ts";
import { InexactNumber, parseJson } from "./json-text.ts";

const DEPTH_MAX = 20;
const NODES_MAX = 100_000;

/** Parses a body. forbiddenParts names the path of a number that a float can't hold exactly (InexactNumber). */
export function readJsonText(text: string): unknown {
  return parseJson(text, (value) => forbiddenParts(value).length === 0);
}

/** A value and its place in the document. A path is built only for an error, to keep the walk cheap. */
interface Place {
  readonly value: object;
  readonly at: Place | null;
  readonly key: string;
  readonly depth: number;
}

export function forbiddenParts(root: unknown): FieldError[] {
  const fault = faultOf(root);
  if (fault) return [{ path: "", message: fault }];
  if (typeof root !== "object" || root === null) return [];
  const stack: Place[] = [{ value: root, at: null, key: "", depth: 0 }];
  let seen = 0;
  for (let place = stack.pop(); place !== undefined; place = stack.pop()) {
    const isList = Array.isArray(place.value);
    for (const [key, value] of Object.entries(place.value)) {
      if (++seen > NODES_MAX) return [{ path: "", message: `must have at most ${NODES_MAX} values` }];
      const keyFault = isList ? null : key === "__proto__" ? notAField : textFault(key);
      if (keyFault) return [{ path: pathOf(place, JSON.stringify(key)), message: keyFault }];
      if (place.depth >= DEPTH_MAX) {
        return [{ path: pathOf(place, key), message: `must be at most ${DEPTH_MAX} levels deep` }];
      }
      const valueFault = faultOf(value);
      if (valueFault) return [{ path: pathOf(place, key), message: valueFault }];
      if (typeof value === "object" && value !== null) stack.push({ value, at: place, key, depth: place.depth + 1 });
    }
  }
  return [];
}

function pathOf(place: Place, last: string): string {
  const keys = [last];
  for (let at = place; at.at !== null; at = at.at) keys.unshift(at.key);
  return keys.join(".");
}

function faultOf(value: unknown): string | null {
  if (value instanceof InexactNumber) return value.message;
  if (typeof value === "string") return textFault(value);
  if (typeof value === "number" && !Number.isFinite(value)) return "must be a finite number";
  return null;
}

function textFault(text: string): string | null {
  if (text.includes("\u0000")) return "must not contain a NUL character";
  return text.isWellFormed() ? null : "must be well-formed Unicode";
}
