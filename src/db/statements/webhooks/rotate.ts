/** Replaces a webhook's secret. The one before it signs too until the grace has passed. */
import type { Query } from "../../query.ts";

export interface SecretRotation {
  readonly agentId: string;
  readonly sealedSecret: string;
  readonly graceSeconds: number;
  /** The same for a repeat of the request, whose first answer nobody may have read. */
  readonly rotation: string;
}

// A repeat leaves the old secret in its place: it is the one that the endpoint knows.
const ROTATE = `
update webhooks w set secret = $2, rotation = $4, rotated_at = agonus_now(),
  old_secret = case when n.repeats then w.old_secret when $3::int > 0 then w.secret end,
  grace_ends_at = case when n.repeats then w.grace_ends_at when $3::int > 0 then agonus_now() + make_interval(secs => $3::int) end
from (select agent_id, rotation is not distinct from $4::uuid as repeats from webhooks where agent_id = $1 for no key update) n
where w.agent_id = n.agent_id returning w.grace_ends_at`;

/** When the old secret ends; null without a grace. Undefined: the agent has no webhook. */
export async function rotateWebhook(query: Query, rotation: SecretRotation): Promise<string | null | undefined> {
  const { agentId, sealedSecret, graceSeconds } = rotation;
  const [row] = await query<{ grace_ends_at: string | null }>(ROTATE, [
    agentId,
    sealedSecret,
    graceSeconds,
    rotation.rotation,
  ]);
  return row?.grace_ends_at;
}
