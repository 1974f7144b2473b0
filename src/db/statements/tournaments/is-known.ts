/** Whether there is such a tournament: asked before an object is made for it, for an object is made by the first call. */
import type { Query } from "../../query.ts";

export async function isTournament(query: Query, id: string): Promise<boolean> {
  return (await query("select 1 from tournaments where id = $1", [id])).length > 0;
}
