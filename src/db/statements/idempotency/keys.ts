/** Idempotency keys: who works under one, what it answered, and the task's id that is reserved for it. */
import type { Query } from "../../query.ts";

export interface StoredAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly location: string | null;
}

export type Claimed =
  /** This request works. `taskId` is the same for whoever takes over from one that died: it makes no second task. */
  | { readonly kind: "ours"; readonly taskId: string; readonly stamp: string }
  | { readonly kind: "mismatch" }
  | { readonly kind: "in_flight" }
  | { readonly kind: "answered"; readonly answer: StoredAnswer }
  /** The answer showed the secret of this access key or invite, and was not stored. */
  | { readonly kind: "secret_shown"; readonly shown: Shown };

type Shown = { readonly key_id: string } | { readonly invite_id: string };

/** A request at work for longer is taken for dead, and the next one of its kind takes over. */
const IN_FLIGHT_SECONDS_MAX = 60;
/** In the place of a status: it failed on our side, and the next one takes over at once. */
const OPEN = 0;

// Free after 24 hours, whether cleaned up or not. Taken over: the same request's, by the reserved id that it had.
const CLAIM = `
insert into idempotency_keys as i (key, request_hash, body) values ($1, $2, jsonb_build_object('task_id', $3::text))
on conflict (key) do update set request_hash = excluded.request_hash, status = null, created_at = agonus_now(),
  body = /* guard request-body */ case when i.created_at < agonus_now() - interval '24 hours' then excluded.body else i.body end /* end */
where /* guard request-key */ i.created_at < agonus_now() - interval '24 hours' /* end */
  or (i.request_hash = excluded.request_hash and (i.status = ${OPEN}
    or (i.status is null and i.created_at < agonus_now() - make_interval(secs => ${IN_FLIGHT_SECONDS_MAX}))))
returning body->>'task_id' as task_id, created_at::text as stamp`;

export async function claimKey(query: Query, key: string, requestHash: string, taskId: string): Promise<Claimed> {
  const [ours] = await query<{ task_id: string; stamp: string }>(CLAIM, [key, requestHash, taskId]);
  if (ours) return { kind: "ours", taskId: ours.task_id, stamp: ours.stamp };
  return lookAtKey(query, key, requestHash);
}

/** What another request made of the key. */
async function lookAtKey(query: Query, key: string, requestHash: string): Promise<Exclude<Claimed, { kind: "ours" }>> {
  const [row] = await query<{ request_hash: string; status: number | null; body: Record<string, unknown> }>(
    `select request_hash, status, body from idempotency_keys where key = $1`,
    [key],
  );
  // Gone: the request that worked was refused, and its key is free again.
  if (!row) return { kind: "in_flight" };
  if (row.request_hash !== requestHash) return { kind: "mismatch" };
  if (row.status === null || row.status === OPEN) return { kind: "in_flight" };
  const { answer, location, shown_key: keyId, shown_invite: inviteId } = row.body;
  if (typeof keyId === "string") return { kind: "secret_shown", shown: { key_id: keyId } };
  if (typeof inviteId === "string") return { kind: "secret_shown", shown: { invite_id: inviteId } };
  return {
    kind: "answered",
    answer: { status: row.status, body: answer, location: typeof location === "string" ? location : null },
  };
}

/** Only by who works under it still: `stamp` is the claim's. */
export async function storeAnswer(query: Query, key: string, stamp: string, answer: StoredAnswer): Promise<void> {
  await query(
    `update idempotency_keys set status = $3, body = body || $4::jsonb
     where key = $1 and created_at = $2::timestamptz and status is null`,
    [key, stamp, answer.status, JSON.stringify({ answer: answer.body, location: answer.location })],
  );
}

/** The answer showed a secret, so only the id of its access key or invite is kept. */
export async function storeShownSecret(
  query: Query,
  key: string,
  stamp: string,
  status: number,
  shown: Shown,
): Promise<void> {
  await query(
    `update idempotency_keys set status = $3, body = body || $4::jsonb
     where key = $1 and created_at = $2::timestamptz and status is null`,
    [
      key,
      stamp,
      status,
      JSON.stringify("key_id" in shown ? { shown_key: shown.key_id } : { shown_invite: shown.invite_id }),
    ],
  );
}

/** Nothing was done: whatever comes next under the key is the first. */
export async function freeKey(query: Query, key: string, stamp: string): Promise<void> {
  await query(`delete from idempotency_keys where key = $1 and created_at = $2::timestamptz and status is null`, [
    key,
    stamp,
  ]);
}

/** It may have been done in part: the same request goes on where this one broke off. */
export async function openKey(query: Query, key: string, stamp: string): Promise<void> {
  await query(
    `update idempotency_keys set status = ${OPEN} where key = $1 and created_at = $2::timestamptz and status is null`,
    [key, stamp],
  );
}
