/** Which of these ids the database doesn't know: of messages that are older than the backup it was restored from. */
import type { Query } from "../../query.ts";

const UNKNOWN = {
  tournament: `select id from unnest($1::uuid[]) as a(id) where not exists (select from tournaments t where t.id = a.id) order by id`,
  entry: `select id from unnest($1::uuid[]) as a(id) where not exists (select from entries e where e.id = a.id) order by id`,
  round: `select id from unnest($1::uuid[]) as a(id) where not exists (select from rounds r where r.id = a.id) order by id`,
  task: `select id from unnest($1::uuid[]) as a(id) where not exists (select from tasks t where t.id = a.id) order by id`,
} as const;

export type Known = keyof typeof UNKNOWN;

export async function findUnknown(query: Query, what: Known, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  return (await query<{ id: string }>(UNKNOWN[what], [ids])).map(({ id }) => id);
}
