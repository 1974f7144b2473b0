/** Starts, pauses, resumes and cancels tournaments. Each returns whether this call made the change. */
import type { Query } from "../../query.ts";

// The row is locked first: whether there are entries is asked anew behind it, or the last one leaves meanwhile unseen.
const START = `
with here as (select id from tournaments where id = $1 and status = 'upcoming' for no key update)
update tournaments t set status = 'live', started_at = agonus_now() from here h
where t.id = h.id and agonus_has_entries(h.id) returning t.id`;
const PAUSE = `update tournaments set status = 'paused', paused_at = agonus_now() where id = $1 and status = 'live' returning id`;
const RESUME = `update tournaments set status = 'live', resumed_at = agonus_now() where id = $1 and status = 'paused' returning id`;

// Entries before orders, as settlement locks them. Their version rises, so that a fill that was computed before is stale.
export const DROPPED = `
locked as (
  select e.id from entries e
  where e.id in (select o.entry_id from orders o where o.state = 'open' and o.round_id in (select id from skipped))
  order by e.id for no key update),
dropped as (
  update orders o set state = 'dropped' from skipped s, locked l
  where o.round_id = s.id and o.entry_id = l.id and o.state = 'open' returning o.entry_id),
fenced as (
  update entries e set version = e.version /* guard drop-raises */ + 1 /* end */ where e.id in (select entry_id from dropped))`;

const CANCEL = `
with t as (
  update tournaments set status = 'cancelled', ended_at = agonus_now()
  where id = $1 and status in ('upcoming', 'live', 'paused') returning id),
skipped as (
  update rounds r set state = 'skipped', skip_reason = 'cancelled' from t
  where r.tournament_id = t.id and r.state in ('scheduled', 'open', 'closed', 'quoted') returning r.id),
${DROPPED}
select id from t`;

const DROP_LATE = `
with skipped as (
  select r.id from rounds r join tournaments t on t.id = r.tournament_id
  where r.tournament_id = $1 and t.status = 'cancelled' and r.state = 'skipped' and r.skip_reason in ('cancelled', 'market.unusable', 'market.stale', 'market.doubtful')),
${DROPPED}
select count(*)::int as dropped from dropped`;

export async function startTournament(query: Query, id: string): Promise<boolean> {
  return (await query(START, [id])).length > 0;
}

export async function pauseTournament(query: Query, id: string): Promise<boolean> {
  return (await query(PAUSE, [id])).length > 0;
}

export async function resumeTournament(query: Query, id: string): Promise<boolean> {
  return (await query(RESUME, [id])).length > 0;
}

/** Ends it where it stands: the active round is skipped and its open orders are dropped. */
export async function cancelTournament(query: Query, id: string): Promise<boolean> {
  const cancelled = (await query(CANCEL, [id])).length > 0;
  if (cancelled) await dropLateOrders(query, id);
  return cancelled;
}

/**
 * Orders of decisions that the cancelling waited for came after it had looked: a second statement sees them. Once the
 * round is skipped no more can come. Harmless to repeat.
 */
export async function dropLateOrders(query: Query, id: string): Promise<void> {
  await query(DROP_LATE, [id]);
}
