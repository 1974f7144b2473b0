/** One call to a venue: 5 s in all, the body included, and never more of it than a list of pairs may be long. */
import { parseNumbersAsText } from "../../core/text/json-text.ts";
import { excerptOf, type Fault, faultOf } from "./faults.ts";
import type { Answer, Venue } from "./venue.ts";

const CALL_TIMEOUT_MS = 5_000;
const BODY_CHARS_MAX = 30_000_000;
/** Coinbase refuses callers without one. */
const USER_AGENT = "agonus (https://github.com/agonus/agonus)";

export type Fetch = (
  url: string,
  init: { headers: Record<string, string>; signal: AbortSignal; redirect: "manual" },
) => Promise<{
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: ReadableStream<Uint8Array> | null;
}>;

export type Called = { readonly answer: Answer; readonly body: unknown } | { readonly fault: Fault };

/** Calls `url`. `body` is undefined where the text is no JSON. Never throws: trouble of the network is a fault. */
export async function call(
  ports: { readonly fetch: Fetch; readonly timeoutMs?: () => number },
  venue: Venue["name"],
  url: string,
): Promise<Called> {
  const ended = new AbortController();
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    ended.abort(new Error("no whole answer in time"));
  }, ports.timeoutMs?.() ?? CALL_TIMEOUT_MS);
  try {
    const headers = { "user-agent": USER_AGENT, accept: "application/json" };
    const response = await ports.fetch(url, { headers, signal: ended.signal, redirect: "manual" });
    const text = await wholeText(response.body, ended.signal);
    const answer = { status: response.status, text, header: (name: string) => response.headers.get(name) };
    return { answer, body: jsonOf(text) };
  } catch (error) {
    const says = timedOut ? "gave no whole answer in time" : "can't be reached";
    const received = excerptOf(error instanceof Error ? error.message : String(error));
    return { fault: faultOf(venue, timedOut ? "timeout" : "unreachable", says, { received }) };
  } finally {
    clearTimeout(timer);
    ended.abort(new Error("over"));
  }
}

async function wholeText(body: ReadableStream<Uint8Array> | null, signal: AbortSignal): Promise<string> {
  if (body === null) return "";
  const reader = body.getReader();
  const stop = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  // Once the body is read nobody waits for it any more.
  stop.catch(() => {});
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (;;) {
      // A body that drips would otherwise start a new wait with every byte.
      const { done, value } = await Promise.race([reader.read(), stop]);
      if (done) return text + decoder.decode();
      text += decoder.decode(value, { stream: true });
      if (text.length > BODY_CHARS_MAX) throw new Error("the answer is too long");
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function jsonOf(text: string): unknown {
  try {
    return parseNumbersAsText(text);
  } catch {
    return undefined;
  }
}
