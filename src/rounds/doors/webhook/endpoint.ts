/** A webhook's address and secret, as they are made and changed. */
import { addressesFault, readWebhookUrl } from "../../../core/agents/webhook-address.ts";
import { CodedError } from "../../../core/error-codes.ts";
import type { Query } from "../../../db/query.ts";
import { readWebhook } from "../../../db/statements/webhooks/read.ts";
import type { Endpoint, Fault } from "./call.ts";
import type { WebhookPorts } from "./ports.ts";

const FIELD = "webhook_url";

/** Throws webhook.bad_url where no webhook may be sent to the URL now. Returns the URL as it will be called. */
export async function checkWebhookUrl({ resolve, loopback }: WebhookPorts, text: string): Promise<string> {
  const read = readWebhookUrl(text, { loopback });
  if (read.kind === "wrong") throw badUrl(read.message);
  if (read.name !== null) {
    const addresses = await resolve(read.name).catch((cause: unknown) => {
      throw badUrl("has a name that could not be looked up: try again", cause);
    });
    const fault = addressesFault(addresses, { loopback });
    if (fault !== null) throw badUrl(fault);
  }
  return read.url.href;
}

function badUrl(message: string, cause?: unknown): CodedError {
  const options = cause === undefined ? undefined : { cause };
  return new CodedError("webhook.bad_url", `${FIELD} ${message}.`, [{ path: FIELD, message }], options);
}

export interface NewSecret {
  /** Shown once. */
  readonly secret: string;
  /** Stored. */
  readonly sealed: string;
}

/** `token`: 256 random bits in 43 characters of base64url. Throws auth.not_configured where the deployment has no secret. */
export async function newWebhookSecret({ vault }: WebhookPorts, agentId: string, token: string): Promise<NewSecret> {
  if (!vault) throw new CodedError("auth.not_configured");
  // Standard Webhooks: padded standard base64.
  const secret = `whsec_${Uint8Array.fromBase64(token, { alphabet: "base64url" }).toBase64()}`;
  return { secret, sealed: await vault.seal(agentId, secret) };
}

/** An agent's endpoint with its secrets, as it is called. */
export async function openEndpoint(
  query: Query,
  { vault }: WebhookPorts,
  agentId: string,
): Promise<({ readonly kind: "open" } & Endpoint) | { readonly kind: "fault"; readonly fault: Fault }> {
  const stored = await readWebhook(query, agentId);
  if (!stored) return { kind: "fault", fault: { code: "webhook.not_found", message: "The agent has no webhook." } };
  const sealed = stored.old_secret === null ? [stored.secret] : [stored.secret, stored.old_secret];
  const opened = await Promise.all(sealed.map((secret) => vault?.open(agentId, secret) ?? null));
  const secrets = opened.filter((secret) => secret !== null);
  // Without the newest one no endpoint could tell the call from a stranger's, after the old one's grace.
  if (opened[0] === null) {
    const message = "The webhook's secret was sealed under another secret of the deployment: rotate it.";
    return { kind: "fault", fault: { code: "webhook.no_secret", message } };
  }
  return { kind: "open", url: stored.url, secrets };
}
