/** The webhook and the first key of a new agent that we call. Both secrets are shown once, by the answer that makes them. */
import { accessKey } from "../../core/access/access-key.ts";
import type { AgentKind } from "../../core/agents/agent-kinds.ts";
import { sha256Hex } from "../../core/text/canonical.ts";
import { readKey } from "../../db/statements/keys/read.ts";
import { checkWebhookUrl, newWebhookSecret } from "../../rounds/doors/webhook/endpoint.ts";
import type { HttpContext } from "../context.ts";
import { secretShown } from "../request/idempotency.ts";
import { invalid } from "../request/validation.ts";

interface Asked {
  readonly kind?: AgentKind | undefined;
  readonly webhook_url?: string | undefined;
}

/** Null for an agent of another kind. Throws where the URL is missing, superfluous or not allowed, and for a repeat. */
export async function secretsOfNew(c: HttpContext, agentId: string, { kind, webhook_url }: Asked) {
  if (kind !== "webhook") {
    if (webhook_url === undefined) return null;
    throw invalid([{ path: "webhook_url", message: "is only for agents of the kind webhook" }]);
  }
  if (webhook_url === undefined) throw invalid([{ path: "webhook_url", message: "is required for the kind webhook" }]);
  const { query, webhooks, newId, newToken, reservedId } = c.get("deps");
  const keyId = reservedId ?? newId();
  if (reservedId !== undefined && (await readKey(query, keyId))) throw secretShown({ key_id: keyId });
  const url = await checkWebhookUrl(webhooks, webhook_url);
  const { secret, sealed } = await newWebhookSecret(webhooks, agentId, newToken());
  const { key, prefix } = accessKey("agent", newToken());
  c.set("shownSecret", { key_id: keyId });
  return {
    stored: { webhook: { url, sealedSecret: sealed }, key: { id: keyId, prefix, hash: await sha256Hex(key) } },
    shown: { agent_id: agentId, key_id: keyId, key, webhook_url: url, webhook_secret: secret },
  };
}
