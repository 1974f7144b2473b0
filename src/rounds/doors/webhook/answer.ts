/** What an endpoint's answer means. Pure. */
import { type DecisionBody, decisionBody } from "../../../api/decision.ts";
import { limits } from "../../../core/limits.ts";
import { boundedErrors } from "../../../core/text/echo.ts";
import { fieldErrors } from "../../../core/text/field-errors.ts";
import { forbiddenParts, readJsonText } from "../../../core/text/json-limits.ts";
import type { Exchange, Fault } from "./call.ts";

export type Meaning =
  | { readonly kind: "decision"; readonly body: DecisionBody }
  /** The decision comes by POST /agents/{id}/decisions. */
  | { readonly kind: "later" }
  | { readonly kind: "fault"; readonly fault: Fault };

/** `round`: the one that was sent, which a decision without `round` means. */
export function meaningOf(exchange: Exchange, round: number): Meaning {
  const { status, fault } = exchange;
  if (fault !== null && (status === null || status === 200)) return { kind: "fault", fault };
  switch (status) {
    case 200:
      return decisionOf(exchange, round);
    case 202:
      return { kind: "later" };
    case 204:
      return { kind: "decision", body: { round, orders: [], reasoning: "The endpoint answered 204, which holds." } };
    default: {
      const more = status !== null && status >= 300 && status < 400 ? " Redirects are not followed." : "";
      return {
        kind: "fault",
        fault: { code: "webhook.bad_status", message: `The endpoint answered ${status}.${more}` },
      };
    }
  }
}

function decisionOf({ body, isTooLarge }: Exchange, round: number): Meaning {
  if (isTooLarge || body === null) return bad(`The answer is larger than ${limits.decisionBytesMax} bytes.`);
  const text = textOf(body);
  if (text === null) return bad("The answer is not valid UTF-8.");
  let value: unknown;
  try {
    value = readJsonText(text);
  } catch {
    return bad("The answer is not valid JSON.");
  }
  const forbidden = forbiddenParts(value);
  const parsed = decisionBody.safeParse(isRecord(value) ? { round, ...value } : value);
  const errors = forbidden.length > 0 ? forbidden : parsed.success ? [] : parsed.error.issues.flatMap(fieldErrors);
  const [first] = boundedErrors(errors);
  if (first) {
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
    return bad(`${first.path === "" ? "The answer" : first.path} ${first.message}${more}.`);
  }
  if (!parsed.success) return bad("The answer is no decision.");
  if (parsed.data.round !== round) {
    return bad(`The answer is for round ${parsed.data.round}, and round ${round} was sent.`);
  }
  return { kind: "decision", body: parsed.data };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const bad = (message: string): Meaning => ({ kind: "fault", fault: { code: "webhook.bad_answer", message } });

/** Null: the bytes are no UTF-8. */
function textOf(body: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(body);
  } catch {
    return null;
  }
}

const SHOWN_CHARS = 2000;

/** The answer's beginning, for whoever looks after the endpoint. Null: there was no body. */
export function shownAnswer({ body }: Exchange): string | null {
  if (body === null || body.byteLength === 0) return null;
  return new TextDecoder()
    .decode(body.subarray(0, SHOWN_CHARS * 4))
    .slice(0, SHOWN_CHARS)
    .replaceAll("\0", "")
    .toWellFormed();
}
