/** Sends a request to a provider once, and says what can be made of the answer. Nothing is thrown: each fault is data. */
import { limits } from "../../core/limits.ts";
import { readBounded } from "../../core/read-bounded.ts";
import { type Completion, readCompletion } from "./completion.ts";
import type { FaultKind } from "./fault.ts";

export type Sent =
  | Extract<Completion, { kind: "answer" }>
  /** To be sent again. `afterMs`: as the provider says, or null. */
  | { readonly kind: "again"; readonly afterMs: number | null; readonly detail: string }
  | { readonly kind: "failed"; readonly fault: Extract<FaultKind, "unavailable" | "bad">; readonly detail: string };

export interface Got {
  readonly sent: Sent;
  readonly status: number | null;
  /** What came, as far as it was read. */
  readonly body: string | null;
}

const again = (detail: string, afterMs: number | null = null): Sent => ({ kind: "again", afterMs, detail });
const failed = (fault: "unavailable" | "bad", detail: string): Sent => ({ kind: "failed", fault, detail });

export async function sendOnce(
  send: (url: string, init: RequestInit) => Promise<Response>,
  url: string,
  init: RequestInit,
  secret: string | null,
): Promise<Got> {
  let status: number | null = null;
  try {
    // A redirect could lead the key to another host.
    const sending = send(url, { ...init, redirect: "manual" }).then((response) => {
      status = response.status;
      return bodyOf(response).then((read) => ({ response, read }));
    });
    const { response, read } = await untilAborted(sending, init.signal ?? null);
    const body = secret === null || secret === "" ? read : (read?.replaceAll(secret, "[hidden]") ?? null);
    if (body === null)
      return { sent: failed("bad", `The answer has more than ${limits.modelAnswerBytesMax} bytes.`), status, body };
    return { sent: sentOf(response, body), status, body };
  } catch (error) {
    // In workerd an abort looks as if a retry could help, so the signal is asked first.
    if (init.signal?.aborted)
      return { sent: failed("unavailable", "The model was not done in time."), status, body: null };
    return {
      sent: again(`The connection was lost: ${error instanceof Error ? error.message : String(error)}`),
      status,
      body: null,
    };
  }
}

/** Rejects when the signal ends, also where what is under way does not heed it: a binding may not. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | null): Promise<T> {
  if (signal === null) return work;
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const end = () => reject(signal.reason);
  signal.addEventListener("abort", end);
  if (signal.aborted) end();
  try {
    return await Promise.race([work, ended]);
  } finally {
    signal.removeEventListener("abort", end);
  }
}

function sentOf(response: Response, body: string): Sent {
  const { status } = response;
  const said = `The provider answered ${status}: ${body.slice(0, 300)}`;
  if (status === 408 || status === 429 || status >= 500) return again(said, retryAfterMs(response.headers));
  if (status !== 200) return failed("unavailable", said);
  const completion = readCompletion(body);
  if (completion.kind === "answer") return completion;
  return completion.kind === "error"
    ? again(`The provider answered with an error: ${completion.detail}`)
    : failed("bad", completion.detail);
}

/** The whole body as text. Null: it is too long. */
async function bodyOf(response: Response): Promise<string | null> {
  const bytes = await readBounded(response.body, limits.modelAnswerBytesMax);
  return bytes === "too large" ? null : new TextDecoder().decode(bytes);
}

/** Retry-After in seconds or as a date. A date is compared with the provider's own clock where it sends it. */
function retryAfterMs(headers: Headers): number | null {
  const written = headers.get("retry-after")?.trim();
  if (!written) return null;
  if (/^\d{1,6}(\.\d{1,3})?$/.test(written)) return Number(written) * 1000;
  const [at, from] = [Date.parse(written), Date.parse(headers.get("date") ?? "")];
  return Number.isNaN(at) || Number.isNaN(from) ? null : Math.max(0, at - from);
}
