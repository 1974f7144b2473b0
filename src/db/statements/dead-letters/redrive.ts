/** Dead letters that an operator has sent once more. Each goes once; what nobody can read stays where it is. */
import type { Query } from "../../query.ts";

export type LetterCount = { type: string; letters: number; oldest_at: string };

/** What a redrive would send, by kind of message. */
export async function countRedrive(query: Query, queue: string): Promise<LetterCount[]> {
  return query<LetterCount>(
    `select coalesce(body->>'type', '?') as type, count(*)::int as letters, min(received_at) as oldest_at
     from dead_letters where queue = $1 and outcome = 'resent' and redriven_at is null group by 1 order by 1`,
    [queue],
  );
}

export async function countUnreadable(query: Query, queue: string): Promise<number> {
  const [row] = await query<{ n: number }>(
    `select count(*)::int as n from dead_letters where queue = $1 and outcome = 'kept'`,
    [queue],
  );
  return row?.n ?? 0;
}

const TAKE = `
with taken as (
  select id from dead_letters where queue = $1 and outcome = 'resent' /* guard redrive-once */ and redriven_at is null /* end */
  order by received_at, id limit $2 for no key update skip locked)
update dead_letters d set redriven_at = agonus_now() from taken t where d.id = t.id /* guard redrive-once */ and d.redriven_at is null /* end */
returning d.id, d.body`;

/** Marks the next ones as sent and returns them: of two operators one gets each. */
export async function takeLetters(query: Query, queue: string, most: number): Promise<{ id: string; body: unknown }[]> {
  return query<{ id: string; body: unknown }>(TAKE, [queue, most]);
}

/** Its body is none that this version can read: it stays, for whoever looks. */
export async function keepLetter(query: Query, id: string): Promise<void> {
  await query(`update dead_letters set outcome = 'kept', redriven_at = null where id = $1`, [id]);
}
