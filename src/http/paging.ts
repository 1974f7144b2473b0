/** Lists by cursor. A cursor is opaque to clients, names the list and filters that it came from, and is parsed strictly. */
import { z } from "zod";
import { CodedError } from "../core/error-codes.ts";
import { limits } from "../core/limits.ts";

export const pageFields = {
  limit: z
    .string()
    .regex(/^\d{1,3}$/, `must be a whole number from 1 to ${limits.pageItemsMax}`)
    .transform(Number)
    .pipe(z.number().min(1).max(limits.pageItemsMax))
    .default(limits.pageItemsDefault),
  cursor: z.string().max(1000).optional(),
};
export const pageQuery = z.strictObject(pageFields);

export interface Page<T> {
  readonly items: readonly T[];
  readonly next_cursor: string | null;
}

const cursorSchema = z.tuple([z.string(), z.array(z.string().max(200)).max(4)]);

/** `list` names the list with its filters; `at` is the sort key of the last item that was given out. */
export function writeCursor(list: string, at: readonly string[]): string {
  const bytes = new TextEncoder().encode(JSON.stringify([list, at]));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/** The sort key to go on behind, in the form that `key` demands; null on the first page. */
export function readCursor<S extends z.ZodType>(cursor: string | undefined, list: string, key: S): z.output<S> | null {
  if (cursor === undefined) return null;
  const [from, at] = decode(cursor);
  if (from !== list) throw new CodedError("request.bad_cursor", "The cursor belongs to another list or other filters.");
  const parsed = key.safeParse(at);
  if (!parsed.success) throw new CodedError("request.bad_cursor");
  return parsed.data;
}

function decode(cursor: string): z.infer<typeof cursorSchema> {
  try {
    const bytes = Uint8Array.from(atob(cursor.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
    return cursorSchema.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes)));
  } catch {
    throw new CodedError("request.bad_cursor");
  }
}

/** Most lists go by id alone. */
export const idKey = z.tuple([z.guid()]);

/** `rows` were read with one more than `limit`: that one says that there is a next page. */
export function page<R, T>(
  rows: readonly R[],
  limit: number,
  list: string,
  keyOf: (row: R) => readonly string[],
  toItem: (row: R) => T,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = rows.length > limit && last !== undefined ? writeCursor(list, keyOf(last)) : null;
  return { items: shown.map(toItem), next_cursor: next };
}
