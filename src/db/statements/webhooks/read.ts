/** An agent's webhook, with its sealed secrets. The old one is there while the grace after a rotation lasts. */
import type { Query } from "../../query.ts";

export type WebhookRow = {
  url: string;
  secret: string;
  old_secret: string | null;
  grace_ends_at: string | null;
  created_at: string;
  rotated_at: string | null;
};

const READ = `
select w.url, w.secret, w.created_at, w.rotated_at, case when n.graced then w.old_secret end as old_secret,
  case when n.graced then w.grace_ends_at end as grace_ends_at
from webhooks w cross join lateral (select coalesce(w.grace_ends_at > agonus_now(), false) as graced) n
where w.agent_id = $1`;

export async function readWebhook(query: Query, agentId: string): Promise<WebhookRow | null> {
  const [row] = await query<WebhookRow>(READ, [agentId]);
  return row ?? null;
}
