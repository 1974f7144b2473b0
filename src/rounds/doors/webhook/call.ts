/** One call of a webhook: a signed POST, and what came back, read up to a limit and within a time. Its faults are data. */
import { addressesFault, readWebhookUrl } from "../../../core/agents/webhook-address.ts";
import type { ErrorCode } from "../../../core/error-codes.ts";
import { limits } from "../../../core/limits.ts";
import { readBounded } from "../../../core/read-bounded.ts";
import { within } from "../../../engine/within.ts";
import type { WebhookPorts } from "./ports.ts";
import { signedHeaders } from "./sign.ts";

export interface Endpoint {
  readonly url: string;
  /** In the order in which they sign: the newest first. */
  readonly secrets: readonly string[];
}

export interface Fault {
  readonly code: ErrorCode;
  readonly message: string;
}

/** What the endpoint answered, or why there is no answer. */
export interface Exchange {
  readonly ms: number;
  /** Null: no answer came. */
  readonly status: number | null;
  /** Null: no body was read, or it was too large. */
  readonly body: Uint8Array | null;
  readonly isTooLarge: boolean;
  /** Seconds, of a Retry-After in seconds. */
  readonly retryAfterSeconds: number | null;
  readonly fault: Fault | null;
}

const USER_AGENT = "Agonus-Webhook/1";
const TOO_LATE = "the webhook's time is up";

/** `patienceMs`: for the look-up, the connection and the whole answer together. */
export async function callWebhook(
  ports: WebhookPorts,
  endpoint: Endpoint,
  message: { readonly id: string; readonly body: string },
  patienceMs: number,
): Promise<Exchange> {
  const startedAt = ports.clock();
  const controller = new AbortController();
  const seen: Seen = { status: null, retryAfterSeconds: null };
  const work = send(ports, endpoint, message, controller.signal, seen);
  try {
    const read = await within(patienceMs, work, "late" as const);
    const ms = ports.clock() - startedAt;
    if (read !== "late") return { ms, ...seen, ...read };
    const message = `No whole answer came within ${patienceMs / 1000} s.`;
    return { ms, ...seen, body: null, isTooLarge: false, fault: { code: "webhook.timeout", message } };
  } finally {
    controller.abort(new Error(TOO_LATE));
  }
}

interface Seen {
  status: number | null;
  retryAfterSeconds: number | null;
}
type Read = Pick<Exchange, "body" | "isTooLarge" | "fault">;

const unreachable = (message: string): Read => ({
  body: null,
  isTooLarge: false,
  fault: { code: "webhook.unreachable", message },
});

async function send(
  ports: WebhookPorts,
  { url, secrets }: Endpoint,
  { id, body }: { readonly id: string; readonly body: string },
  signal: AbortSignal,
  seen: Seen,
): Promise<Read> {
  const refused = await refusal(ports, url);
  if (refused !== null) return unreachable(refused);
  let response: Response;
  try {
    response = await ports.fetch(url, {
      method: "POST",
      headers: {
        ...signedHeaders({ id, atMs: ports.clock(), body }, secrets),
        "content-type": "application/json",
        accept: "application/json",
        "user-agent": USER_AGENT,
      },
      body,
      redirect: "manual",
      signal,
    });
  } catch {
    // The platform's text names nothing that helps, and may name what is inside.
    return unreachable("No connection could be made, or it was lost before an answer came.");
  }
  seen.status = response.status;
  seen.retryAfterSeconds = wholeSeconds(response.headers.get("retry-after"));
  try {
    const read = await readBounded(response.body, limits.decisionBytesMax);
    return read === "too large"
      ? { body: null, isTooLarge: true, fault: null }
      : { body: read, isTooLarge: false, fault: null };
  } catch {
    return unreachable("The connection was lost in the middle of the answer.");
  }
}

/** Why the URL is not called now. A name may have got other addresses since its agent was made. */
async function refusal({ resolve, loopback }: WebhookPorts, url: string): Promise<string | null> {
  const read = readWebhookUrl(url, { loopback });
  if (read.kind === "wrong") return `The URL ${read.message}.`;
  if (read.name === null) return null;
  let addresses: readonly string[];
  try {
    addresses = await resolve(read.name);
  } catch {
    return "The name could not be looked up.";
  }
  const fault = addressesFault(addresses, { loopback });
  return fault === null ? null : `The URL ${fault}.`;
}

function wholeSeconds(text: string | null): number | null {
  return text !== null && /^\d{1,6}$/.test(text) ? Number(text) : null;
}
