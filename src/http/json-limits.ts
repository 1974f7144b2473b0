/**
 * What no part of a body may hold, whatever its schema allows: PostgreSQL refuses NUL and lone surrogates, and a deep
 * document overflows the stack of whoever walks it by recursion. So this one walks without.
 */
import type { FieldError } from "../core/error-codes.ts";

const DEPTH_MAX = 20;
const NODES_MAX = 100_000;

export function forbiddenParts(root: unknown): FieldError[] {
  const stack: { value: unknown; path: string; depth: number }[] = [{ value: root, path: "", depth: 0 }];
  for (let node = stack.pop(), seen = 0; node !== undefined; node = stack.pop(), seen++) {
    const { value, path, depth } = node;
    if (seen > NODES_MAX) return [{ path: "", message: `must have at most ${NODES_MAX} values` }];
    if (depth > DEPTH_MAX) return [{ path: path.slice(0, 200), message: `must be at most ${DEPTH_MAX} levels deep` }];
    const fault = faultOf(value);
    if (fault) return [{ path, message: fault }];
    if (typeof value !== "object" || value === null) continue;
    for (const [key, child] of Object.entries(value)) {
      const keyFault = key === "__proto__" ? "is not a field" : textFault(key);
      if (keyFault) return [{ path: join(path, JSON.stringify(key)), message: keyFault }];
      stack.push({ value: child, path: join(path, key), depth: depth + 1 });
    }
  }
  return [];
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

function faultOf(value: unknown): string | null {
  if (typeof value === "string") return textFault(value);
  if (typeof value === "number" && !Number.isFinite(value)) return "must be a finite number";
  return null;
}

function textFault(text: string): string | null {
  if (text.includes("\u0000")) return "must not contain a NUL character";
  return text.isWellFormed() ? null : "must be well-formed Unicode";
}
