/** JSON as PostgreSQL's jsonb gives it back. Pure. */

const bytes = new TextEncoder();

/** Shorter names come first, equal lengths by their bytes: https://www.postgresql.org/docs/current/datatype-json.html. */
function byStoredOrder(a: string, b: string): number {
  const [left, right] = [bytes.encode(a), bytes.encode(b)];
  if (left.length !== right.length) return left.length - right.length;
  for (let at = 0; at < left.length; at++) {
    const order = (left[at] ?? 0) - (right[at] ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}

/**
 * A copy with the members of each object in the order in which jsonb keeps them, so that code which walks over them sees the
 * same as after a trip through the database. What JSON has no text for is left out.
 */
export function asStored<T>(value: T): T {
  return sorted(JSON.parse(JSON.stringify(value)));
}

function sorted<T>(value: T): T;
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).sort(([a], [b]) => byStoredOrder(a, b));
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]));
}
