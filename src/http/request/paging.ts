/** Lists by cursor. A cursor is opaque to clients, names the list and filters that it came from, and is parsed strictly. */
import { decodeBase64Url } from "hono/utils/encode";
import { z } from "zod";
import { CodedError } from "../../core/error-codes.ts";
import { limits } from "../../core/limits.ts";
import { base64Url } from "./base64-url.ts";

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

/** A key goes into a statement, and PostgreSQL takes neither NUL nor half a character. */
const keyPart = z
  .string()
  .max(200)
  .refine((text) => !text.includes("\0") && text.isWellFormed());
const cursorSchema = z.tuple([z.string(), z.array(keyPart).max(4)]);

/** `list` names the list with its filters; `at` is the sort key of the last item on the page. */
function writeCursor(list: string, at: readonly string[]): string {
  return base64Url(new TextEncoder().encode(JSON.stringify([list, at])));
}

/** The sort key behind which the page begins, in the form that `key` demands; null on the first page. */
function readCursor<S extends z.ZodType>(cursor: string | undefined, list: string, key: S): z.output<S> | null {
  if (cursor === undefined) return null;
  const [from, at] = decode(cursor);
  if (from !== list) throw new CodedError("request.bad_cursor", "The cursor belongs to another list or other filters.");
  const parsed = key.safeParse(at);
  if (!parsed.success) throw new CodedError("request.bad_cursor");
  return parsed.data;
}

function decode(cursor: string): z.infer<typeof cursorSchema> {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(decodeBase64Url(cursor));
    return cursorSchema.parse(JSON.parse(text));
  } catch {
    throw new CodedError("request.bad_cursor");
  }
}

/** The page that a query asks for. */
export interface PageAsked {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

interface List<Key extends z.ZodType, Row, Item> {
  /** Names the list with its filters: a cursor of another list is refused. */
  readonly name: string;
  readonly key: Key;
  readonly keyOf: (row: Row) => readonly string[];
  /** Reads at most `rows` rows behind the key `after`. */
  readonly read: (after: z.output<Key> | null, rows: number) => Promise<readonly Row[]>;
  readonly toItem: (row: Row) => Item;
  /**
   * For a list that looks through a part of its rows at a time: the key from which the next request goes on when the page is
   * not full, or null when nothing is left.
   */
  readonly goesOn?: (after: z.output<Key> | null) => readonly string[] | null;
}

export async function readPage<Key extends z.ZodType, Row, Item>(
  { limit, cursor }: PageAsked,
  { name, key, keyOf, read, toItem, goesOn }: List<Key, Row, Item>,
): Promise<Page<Item>> {
  const after = readCursor(cursor, name, key);
  // One row more than the page shows: that row says that there is a next page.
  const rows = await read(after, limit + 1);
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = rows.length > limit && last !== undefined ? keyOf(last) : (goesOn?.(after) ?? null);
  return { items: shown.map(toItem), next_cursor: next === null ? null : writeCursor(name, next) };
}

const idKey = z.tuple([z.guid()]);

/** Most lists are sorted by one id. */
export function readPageById<Row, Item>(
  asked: PageAsked,
  list: {
    readonly name: string;
    readonly idOf: (row: Row) => string;
    readonly read: (after: string | null, rows: number) => Promise<readonly Row[]>;
    readonly toItem: (row: Row) => Item;
  },
): Promise<Page<Item>> {
  return readPage(asked, {
    ...list,
    key: idKey,
    keyOf: (row) => [list.idOf(row)],
    read: (after, rows) => list.read(after?.[0] ?? null, rows),
  });
}

/** `toItem` and `idOf` of most lists. */
export const unchanged = <Row>(row: Row): Row => row;
export const ownId = ({ id }: { readonly id: string }): string => id;
