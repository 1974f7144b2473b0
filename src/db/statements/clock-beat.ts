/** A clock says that it lives, and learns the time and how long the other one has been silent. */
import type { Query } from "../query.ts";

const BEAT = `
with beaten as (
  insert into clocks (name, beat_at) values ($1, agonus_now())
  on conflict (name) do update set beat_at = excluded.beat_at)
select agonus_ms(agonus_now()) as now_ms, (select agonus_ms(beat_at) from clocks where name = $2) as other_ms`;

export async function beatClock(
  query: Query,
  name: "cron" | "beat",
): Promise<{ nowMs: number; otherAgeMs: number | null }> {
  const [row] = await query<{ now_ms: number; other_ms: number | null }>(BEAT, [
    name,
    name === "cron" ? "beat" : "cron",
  ]);
  if (!row) throw new Error("the database did not say its time");
  return { nowMs: row.now_ms, otherAgeMs: row.other_ms === null ? null : row.now_ms - row.other_ms };
}
