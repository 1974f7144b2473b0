/** How long ago each of the two clocks last ticked, in seconds; null for one that never has. */
import type { Query } from "../../query.ts";

export async function readClocks(query: Query): Promise<{ cron: number | null; beat: number | null }> {
  const rows = await query<{ name: string; age_seconds: number }>(
    `select name, greatest(0, extract(epoch from agonus_now() - beat_at))::float8 as age_seconds
       from clocks where name in ('cron', 'beat')`,
  );
  const age = (name: string) => rows.find((row) => row.name === name)?.age_seconds ?? null;
  return { cron: age("cron"), beat: age("beat") };
}
