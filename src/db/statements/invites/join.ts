/**
 * An agent joins a tournament by an invite. One statement takes a use of the invite and makes the entry, and where the agent
 * is new the agent and its key: all of it or nothing.
 */
import type { Query } from "../../query.ts";
import type { NewAgent, NewWebhook } from "../agents/insert.ts";
import { FIRST_ROUND, NEW_ENTRY_COLUMNS, type NewEntry } from "../entries/join.ts";
import { INVITE_WORKS } from "./columns.ts";

export interface Joining {
  /** SHA-256 of the code, in hex. */
  readonly codeHash: string;
  readonly entry: NewEntry;
  /** The agent that is made with the entry, its webhook, its key, and the record of it. Null: the agent exists. */
  readonly made: {
    readonly agent: NewAgent;
    readonly webhook: NewWebhook | null;
    readonly key: { readonly id: string; readonly prefix: string; readonly hash: string };
    readonly audit: { readonly id: string; readonly correlationId: string };
  } | null;
}

export interface JoinedByInvite {
  /** False: nobody may join by the invite. */
  readonly works: boolean;
  /** Null: the tournament takes no more entries. */
  readonly status: "upcoming" | "live" | "paused" | null;
  /** False where the two above hold: the agent has an entry there, or one whose name looks like its own, or is archived. */
  readonly joined: boolean;
}

// The tournament's row is locked first, as by every join: so who joins by the same invite at the same time goes one after the
// other. A statement that waited sees the newest row of the invite, because the lock on it reads that row anew.
const JOIN = `
with found as materialized (select id, tournament_id from invites where code_hash = $1),
t as materialized (
  select t.id, t.status, t.starting_cash from tournaments t join found f on f.tournament_id = t.id
  where t.status in ('upcoming', 'live', 'paused') for no key update of t),
i as materialized (
  select i.id from invites i join t on t.id = i.tournament_id
  where i.code_hash = $1 and ${INVITE_WORKS} for no key update of i),
${FIRST_ROUND},
asked as (select * from jsonb_to_record($2::jsonb) as x(${NEW_ENTRY_COLUMNS})),
joined as (
  insert into entries (id, tournament_id, agent_id, agent_name, skeleton, shape, strategy, baseline, limits, params,
    thinking_seconds, kind, first_round, cash)
  select a.id, t.id, a.agent_id, a.agent_name, a.skeleton, a.shape, a.strategy, a.baseline, a.limits, a.params, a.thinking_seconds,
    a.kind, first.number, t.starting_cash
  from asked a cross join t cross join i cross join first
  where $3::jsonb is not null or exists (select from agents g where g.id = a.agent_id and g.archived_at is null)
  on conflict do nothing returning agent_id, tournament_id),
agent as (
  insert into agents (id, name, personality, strategy_type, strategy, baseline, avatar_url, owner, config, kind)
  select n.id, n.name, n.personality, n.strategy_type, n.strategy, n.baseline, n.avatar_url, n.owner, n.config, n.kind
  from joined cross join jsonb_to_record($3::jsonb) as n(id uuid, name text, personality text, strategy_type text, strategy text,
    baseline boolean, avatar_url text, owner text, config jsonb, kind text)
  where n.id is not null),
called as (insert into webhooks (agent_id, url, secret) select agent_id, $9, $10 from joined where $9::text is not null),
keyed as (
  insert into keys (id, role, name, prefix, hash, agent_id)
  select $4::uuid, 'agent', a.agent_name, $5, $6, a.agent_id from joined j join asked a on a.agent_id = j.agent_id
  where $3::jsonb is not null),
used as (update invites v set used = v.used + 1 from i cross join joined where v.id = i.id),
came as (insert into invite_joins (invite_id, agent_id) select i.id, j.agent_id from i cross join joined j on conflict do nothing),
told as (
  insert into audit (id, actor, action, target, details, correlation_id)
  select $7::uuid, 'invite ' || i.id, 'POST /join', j.tournament_id::text, jsonb_build_object('agent_id', j.agent_id,
    'name', $3::jsonb->>'name', 'kind', $3::jsonb->>'kind', 'key', $5::text), $8
  from i cross join joined j where $3::jsonb is not null)
select exists (select from i) as works, (select status from t) as status, exists (select from joined) as joined`;

export async function joinByInvite(query: Query, { codeHash, entry, made }: Joining): Promise<JoinedByInvite> {
  const [row] = await query<JoinedByInvite & Record<string, unknown>>(JOIN, [
    codeHash,
    JSON.stringify(entry),
    made && JSON.stringify(made.agent),
    made?.key.id ?? null,
    made?.key.prefix ?? null,
    made?.key.hash ?? null,
    made?.audit.id ?? null,
    made?.audit.correlationId ?? null,
    made?.webhook?.url ?? null,
    made?.webhook?.sealedSecret ?? null,
  ]);
  return row ?? { works: false, status: null, joined: false };
}
