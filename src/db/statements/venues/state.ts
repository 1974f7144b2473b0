/** What is known of a venue's address: when it answered last, how long it asks to wait, how far its clock is off. */
import type { Query } from "../../query.ts";

export interface VenueState {
  /** How long nobody may call it, in milliseconds from now by the database's clock; 0 when anybody may. */
  readonly blocked_ms: number;
  /** Its clock less ours, in milliseconds; null before it was asked. */
  readonly clock_skew_ms: number | null;
}

const READ = `
select greatest(0, coalesce(agonus_ms(blocked_until) - agonus_ms(agonus_now()), 0)) as blocked_ms, clock_skew_ms
from venue_states where venue = $1`;

export async function readVenueState(query: Query, venue: string): Promise<VenueState | null> {
  const [row] = await query<VenueState & Record<string, unknown>>(READ, [venue]);
  return row ?? null;
}

/** A call's outcome. */
export interface VenueCall {
  readonly venue: string;
  /** Null keeps what is stored. */
  readonly clockSkewMs: number | null;
  readonly usedWeight: number | null;
  readonly blockedMs: number;
  /** Null for an answer that can be read. */
  readonly fault: VenueFault | null;
}

export interface VenueFault {
  readonly kind: string;
  readonly code: string;
  readonly reason: string;
  readonly status: number | null;
  readonly excerpt: string;
  /** The call's path, without the host. */
  readonly path: string;
}

// The longest wait stays: a call that was under way when the venue refused another one must not shorten it.
const SAVE = `
with faults as (
  insert into venue_faults (venue, at, kind, code, reason, status, excerpt, path)
  select $1, agonus_now(), f.kind, f.code, f.reason, f.status, f.excerpt, f.path
  from jsonb_to_recordset($5::jsonb) as f(kind text, code text, reason text, status int, excerpt text, path text))
insert into venue_states as s (venue, clock_skew_ms, used_weight, blocked_until, answered_at, failed_at)
values ($1, $2, $3, agonus_now() + make_interval(secs => $4::float8 / 1000),
  case when $6 then agonus_now() end, case when not $6 then agonus_now() end)
on conflict (venue) do update set clock_skew_ms = coalesce(excluded.clock_skew_ms, s.clock_skew_ms),
  used_weight = coalesce(excluded.used_weight, s.used_weight),
  blocked_until = greatest(s.blocked_until, excluded.blocked_until),
  answered_at = coalesce(excluded.answered_at, s.answered_at), failed_at = coalesce(excluded.failed_at, s.failed_at)`;

/** Stores what a call told of the venue, and its fault. */
export async function saveVenueCall(query: Query, call: VenueCall): Promise<void> {
  await query(SAVE, [
    call.venue,
    call.clockSkewMs,
    call.usedWeight,
    call.blockedMs,
    JSON.stringify(call.fault === null ? [] : [call.fault]),
    call.fault === null,
  ]);
}
