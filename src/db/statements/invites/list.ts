/** A tournament's invites, the newest first, with those who came by each. */
import type { Query } from "../../query.ts";
import { INVITE_COLUMNS, type InviteRow } from "./columns.ts";

/** An invite shows at most so many of those who came by it: the newest. */
const JOINED_SHOWN = 100;

export type ListedInvite = InviteRow & {
  joined: { agent_id: string; agent: string; joined_at: string }[];
};

const LIST = `
select ${INVITE_COLUMNS}, coalesce(c.joined, '[]') as joined
from invites i left join lateral (
  select jsonb_agg(jsonb_build_object('agent_id', x.agent_id, 'agent', x.name, 'joined_at', x.joined_at)
    order by x.joined_at desc, x.agent_id desc) as joined
  from (select j.agent_id, a.name, j.joined_at from invite_joins j join agents a on a.id = j.agent_id
    where j.invite_id = i.id order by j.joined_at desc, j.agent_id desc limit ${JOINED_SHOWN}) x) c on true
where i.tournament_id = $1 and ($2::uuid is null or i.id < $2::uuid) order by i.id desc limit $3`;

/** `before`: only invites with a smaller id. */
export async function listInvites(
  query: Query,
  tournamentId: string,
  before: string | null,
  limit: number,
): Promise<ListedInvite[]> {
  return query<ListedInvite>(LIST, [tournamentId, before, limit]);
}
