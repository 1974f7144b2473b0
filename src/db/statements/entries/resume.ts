/** Lets a halted entry go on: it is asked again, and its misses are forgotten. */
import type { Query } from "../../query.ts";

export async function resumeEntry(query: Query, entryId: string): Promise<void> {
  await query(
    `update entries set halted_at = null, misses = 0 where id = $1 and (halted_at is not null or misses > 0)`,
    [entryId],
  );
}
