/** Records a clock's tick. Returns the time, and how long ago this clock and the other clock last ticked before. */
import type { Query } from "../../query.ts";

// The selects see the rows as they were before the insert, so own_ms is the clock's previous tick.
const BEAT = `
with beaten as (
  insert into clocks (name, beat_at) values ($1, agonus_now())
  on conflict (name) do update set beat_at = excluded.beat_at)
select agonus_ms(agonus_now()) as now_ms, (select agonus_ms(beat_at) from clocks where name = $1) as own_ms,
  (select agonus_ms(beat_at) from clocks where name = $2) as other_ms`;

export async function beatClock(
  query: Query,
  name: "cron" | "beat",
): Promise<{ nowMs: number; ownAgeMs: number | null; otherAgeMs: number | null }> {
  const [row] = await query<{ now_ms: number; own_ms: number | null; other_ms: number | null }>(BEAT, [
    name,
    name === "cron" ? "beat" : "cron",
  ]);
  if (!row) throw new Error("the database did not say its time");
  const age = (ms: number | null) => (ms === null ? null : row.now_ms - ms);
  return { nowMs: row.now_ms, ownAgeMs: age(row.own_ms), otherAgeMs: age(row.other_ms) };
}
