/** Stores a new invite. Null when its end has passed, by the database's clock, or when an invite with its id exists. */
import type { Query } from "../../query.ts";
import { INVITE_COLUMNS, type InviteRow } from "./columns.ts";

export interface NewInvite {
  readonly id: string;
  readonly tournamentId: string;
  /** SHA-256 of the code, in hex. */
  readonly codeHash: string;
  readonly uses: number;
  readonly createdBy: string;
  readonly expiresAt: string | null;
}

const INSERT = `
insert into invites (id, tournament_id, code_hash, uses, created_by, expires_at)
select $1, $2, $3, $4, $5, $6::timestamptz
where $6::timestamptz is null or $6::timestamptz > agonus_now()
on conflict (id) do nothing returning ${INVITE_COLUMNS}`;

export async function insertInvite(query: Query, invite: NewInvite): Promise<InviteRow | null> {
  const { id, tournamentId, codeHash, uses, createdBy, expiresAt } = invite;
  const [row] = await query<InviteRow>(INSERT, [id, tournamentId, codeHash, uses, createdBy, expiresAt]);
  return row ?? null;
}
