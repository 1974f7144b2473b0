/** An invite's row as the API reads it. The hash of its code never leaves the statements that compare it. */
export type InviteRow = {
  id: string;
  tournament_id: string;
  uses: number;
  used: number;
  created_by: string;
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
};

export const INVITE_COLUMNS = `id, tournament_id, uses, used, created_by, created_at, expires_at, revoked_at`;

/** Whether somebody may join by the invite `i` now. */
export const INVITE_WORKS = `i.revoked_at is null and i.used < i.uses and coalesce(i.expires_at, 'infinity') > agonus_now()`;
