/** Retention of the tables beside tasks. Each call deletes at most `rowsMax` rows and returns their number. */
import type { Query } from "../../query.ts";

// Walks the keys in order; the next call goes on behind `last`. A key is deleted when its task no longer exists.
const KEYS = `
with seen as (select key, task_id, created_at from task_keys where key > $1 order by key limit $3),
gone as (
  delete from task_keys k using seen s
  where k.key = s.key and k.task_id = s.task_id and s.created_at <= $2::timestamptz
    and not exists (select from tasks t where t.id = s.task_id)
  returning k.key)
select (select count(*) from gone) as deleted, (select max(key) from seen) as last`;

export async function deleteGoneKeys(
  query: Query,
  after: string,
  createdBefore: string,
  rowsMax: number,
): Promise<{ deleted: number; last: string | null }> {
  const [row] = await query<{ deleted: number; last: string | null }>(KEYS, [after, createdBefore, rowsMax]);
  return row ?? { deleted: 0, last: null };
}

const REST = {
  bulk_items: `delete from bulk_items where (job_id, task_id) in (
    select i.job_id, i.task_id from bulk_jobs j join bulk_items i on i.job_id = j.id
    where (j.state in ('done', 'aborted') and j.finished_at < agonus_now() - interval '7 days')
      or (j.state = 'dry_run' and j.created_at < agonus_now() - interval '1 day') limit $1) returning 1`,
  ticks: `delete from ticks where (schedule, due_at) in (
    select schedule, due_at from ticks where due_at < agonus_now() - interval '30 days' limit $1) returning 1`,
  idempotency_keys: `delete from idempotency_keys where key in (
    select key from idempotency_keys where created_at < agonus_now() - interval '24 hours' limit $1) returning 1`,
  sessions: `delete from sessions where token_hash in (
    select token_hash from sessions where expires_at <= agonus_now() limit $1) returning 1`,
  wrong_keys: `delete from wrong_keys where address in (
    select address from wrong_keys where since < agonus_now() - interval '1 hour' limit $1) returning 1`,
  recoveries: `delete from recoveries where id in (
    select id from recoveries where id < agonus_uuid_at(agonus_now() - interval '30 days') limit $1) returning 1`,
  // A text says to the hour when a step last used it, and the oldest steps go first.
  model_contents: `delete from model_contents where hash in (
    select hash from model_contents where used_at < (select coalesce(min(sent_at), agonus_now()) from model_steps) - interval '2 hours'
    limit $1) returning 1`,
  venue_faults: `delete from venue_faults where id in (
    select id from venue_faults where at < agonus_now() - interval '7 days' limit $1) returning 1`,
  // What a broken upload left, in this order: candles, the upload with its pieces, a source that never got a symbol.
  uploaded_candles: `delete from candles where (source_id, symbol, open_at) in (
    select c.source_id, c.symbol, c.open_at from candle_uploads u join candles c using (source_id, symbol)
    where u.touched_at < agonus_now() - interval '1 hour' limit $1) returning 1`,
  candle_uploads: `delete from candle_uploads where (source_id, symbol) in (
    select source_id, symbol from candle_uploads u where touched_at < agonus_now() - interval '1 hour'
      and not exists (select from candles c where c.source_id = u.source_id and c.symbol = u.symbol) limit $1) returning 1`,
  candle_sources: `delete from candle_sources where id in (
    select id from candle_sources s where kind = 'files' and not whole and symbols = '{}'
      and created_at < agonus_now() - interval '1 hour'
      and not exists (select from candle_uploads u where u.source_id = s.id) limit $1) returning 1`,
  // A job that ran keeps its row as the record of who ran it. Only unconfirmed dry runs are deleted.
  bulk_jobs: `delete from bulk_jobs where id in (
    select id from bulk_jobs where state = 'dry_run' and created_at < agonus_now() - interval '1 day' limit $1) returning 1`,
} as const;

const LETTERS = `
with gone as (delete from dead_letters where id in (
  select id from dead_letters where received_at < agonus_now() - make_interval(hours => $1::int) limit $2) returning 1)
select count(*) as n from gone`;

/** Dead letters are kept only for inspection: rows owe their work, or the messages are unreadable. */
export async function deleteDeadLetters(query: Query, hours: number, rowsMax: number): Promise<number> {
  const [row] = await query<{ n: number }>(LETTERS, [hours, rowsMax]);
  return row?.n ?? 0;
}

export const restOfCleanup = Object.keys(REST) as readonly (keyof typeof REST)[];

export async function deleteOld(query: Query, what: keyof typeof REST, rowsMax: number): Promise<number> {
  const [row] = await query<{ n: number }>(`with gone as (${REST[what]}) select count(*) as n from gone`, [rowsMax]);
  return row?.n ?? 0;
}
