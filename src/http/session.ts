/** /session: a browser gives the operator key once and gets a cookie for it. */
import { Hono } from "hono";
import { z } from "zod";
import type { SessionAnswer } from "../core/arena-answers.ts";
import { CodedError } from "../core/error-codes.ts";
import { writeAudit } from "../db/statements/audit.ts";
import { sameSecret } from "./auth.ts";
import type { HttpContext, HttpEnv } from "./context.ts";
import { Problem } from "./problem.ts";
import { dropSession, openSession } from "./session-cookie.ts";
import { parseBody } from "./validation.ts";

export const sessionRoutes = new Hono<HttpEnv>();

export const sessionBody = z.strictObject({ key: z.string().min(1).max(1000) });

const RETRY_AFTER_SECONDS = 60;

/** Before the key is compared, so that guessing is slow whether or not a guess is right. */
sessionRoutes.post("/session", async (c) => {
  const { operatorKey, web } = c.get("deps");
  if (operatorKey === null) throw new CodedError("auth.not_configured");
  const { key } = parseBody(c, sessionBody);
  if (!(await web.mayTryKey(c.req.header("cf-connecting-ip") ?? "unknown"))) {
    const headers = { "retry-after": String(RETRY_AFTER_SECONDS) };
    throw new Problem("auth.too_many_attempts", undefined, { headers });
  }
  const right = await sameSecret(key, operatorKey);
  await record(c, right);
  if (!right) throw new CodedError("auth.wrong_key");
  const ends = await openSession(c);
  return c.json({ operator: true, expires_at: new Date(ends).toISOString() } satisfies SessionAnswer);
});

/** Without the key, right or wrong. A session that can't be recorded is not opened. */
async function record(c: HttpContext, right: boolean): Promise<void> {
  const { query, newId, correlationId } = c.get("deps");
  const details = { outcome: right ? "opened" : "wrong key" };
  const actor = right ? "operator" : "unknown";
  try {
    await writeAudit(query, { id: newId(), actor, action: "POST /session", target: null, details, correlationId });
  } catch (error) {
    throw new CodedError("internal.audit", undefined, undefined, { cause: error });
  }
}

sessionRoutes.get("/session", (c) => {
  const ends = c.get("sessionEnds");
  return c.json({
    operator: c.get("operator"),
    expires_at: ends === null ? null : new Date(ends).toISOString(),
  } satisfies SessionAnswer);
});

sessionRoutes.delete("/session", (c) => {
  dropSession(c);
  return c.body(null, 204);
});
