/**
 * Takes the most that a step can cost from an entry's budget, before the step is sent, and notes the step. The guard stands
 * in the statement: two objects of one entry wait for each other's row, and the second one sees what the first one took.
 */
import type { Query } from "../../query.ts";
import { USED_AGAIN } from "./contents.ts";

export interface Reservation {
  readonly roundId: string;
  readonly entryId: string;
  /** From 0: the request of the round's decision. An attempt is one sending of it. */
  readonly step: number;
  readonly attempt: number;
  readonly tokens: number;
  /** Null: the model's price is unknown. */
  readonly usd: string | null;
  /** Null: without such a limit. */
  readonly tokensPerRound: number | null;
  readonly usdPerRound: string | null;
  readonly usdTotal: string | null;
  readonly model: string;
  readonly requestHash: string;
  readonly request: unknown;
  /** By hash: texts that the request consists of, without those that should be stored. */
  readonly contents: Readonly<Record<string, string>>;
  /** Hashes of those that should be stored. */
  readonly known: readonly string[];
}

// A reservation of another round is released here: that round's task has ended, and nobody knows what its step cost.
const RESERVE = `
with asked as (select $5::bigint as tokens, coalesce($6::numeric, 0) as usd),
taken as (
  insert into model_accounts as a (entry_id, round_id, held_usd, round_usd, round_tokens)
  select $2, $1, usd, usd, tokens from asked
  where ($7::bigint is null or tokens <= $7) and ($8::numeric is null or usd <= $8) and ($9::numeric is null or usd <= $9)
    or exists (select from model_accounts where entry_id = $2)
  on conflict (entry_id) do update set round_id = excluded.round_id,
    held_usd = case when a.round_id = excluded.round_id then a.held_usd else 0 end + excluded.held_usd,
    round_usd = case when a.round_id = excluded.round_id then a.round_usd else 0 end + excluded.round_usd,
    round_tokens = case when a.round_id = excluded.round_id then a.round_tokens else 0 end + excluded.round_tokens
  where /* guard model-budget */ ($7::bigint is null or case when a.round_id = excluded.round_id then a.round_tokens else 0 end + excluded.round_tokens <= $7)
    and ($8::numeric is null or case when a.round_id = excluded.round_id then a.round_usd else 0 end + excluded.round_usd <= $8)
    and ($9::numeric is null or a.usd + case when a.round_id = excluded.round_id then a.held_usd else 0 end + excluded.held_usd <= $9) /* end */
  returning entry_id),
kept as (
  insert into model_contents (hash, content)
  select key, value from jsonb_each_text($13::jsonb) where exists (select from taken) order by key
  ${USED_AGAIN}),
noted as (
  insert into model_steps (round_id, entry_id, step, attempt, state, model, request_hash, request, reserved_tokens, reserved_usd)
  select $1, $2, $3, $4, 'reserved', $10, $11, $12::jsonb, $5::bigint, $6::numeric from taken returning step)
select (select count(*) from noted)::int as noted,
  (select coalesce(jsonb_agg(k), '[]') from jsonb_array_elements_text($14::jsonb) k
    where exists (select from taken) and not exists (select from model_contents c where c.hash = k)) as missing`;

/** `isTaken` is false where the budget does not have it, and nothing was taken. `missing`: what the database lacks of `known`. */
export async function reserveStep(
  query: Query,
  r: Reservation,
): Promise<{ readonly isTaken: boolean; readonly missing: readonly string[] }> {
  const [row] = await query<{ noted: number; missing: string[] }>(RESERVE, [
    r.roundId,
    r.entryId,
    r.step,
    r.attempt,
    r.tokens,
    r.usd,
    r.tokensPerRound,
    r.usdPerRound,
    r.usdTotal,
    r.model,
    r.requestHash,
    JSON.stringify(r.request),
    JSON.stringify(r.contents),
    JSON.stringify(r.known),
  ]);
  return { isTaken: row?.noted === 1, missing: row?.missing ?? [] };
}
