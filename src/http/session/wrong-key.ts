/**
 * Counts wrong keys by address, at the sign-in and in headers of all routes together, and audits them without the key. A
 * right key is never counted or refused here, so nobody can lock its owner out.
 */
import { CodedError } from "../../core/error-codes.ts";
import { countWrongKey } from "../../db/statements/sessions/wrong-keys.ts";
import type { HttpContext } from "../context.ts";
import { Problem } from "../problem.ts";
import { addressOf } from "../request/address.ts";

/** Throws 429 past the limit, and 503 when the attempt can't be stored. */
export async function refuseWrongKey(c: HttpContext, action: string): Promise<void> {
  const { query, newId, correlationId } = c.get("deps");
  const address = addressOf(c);
  const details = { method: c.req.method, path: c.req.path.slice(0, 200), ...(address === null ? {} : { address }) };
  const wrong = { address: address ?? "local", action, details, auditId: newId(), correlationId };
  const seconds = await countWrongKey(query, wrong).catch((error: unknown) => {
    throw new CodedError("internal.audit", undefined, undefined, { cause: error });
  });
  if (seconds === null) return;
  throw new Problem("auth.too_many_attempts", undefined, { headers: { "retry-after": String(seconds) } });
}
