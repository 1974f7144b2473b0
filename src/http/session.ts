/** /session: a browser gives the operator key once and gets a cookie for it. */
import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import { z } from "zod";
import type { SessionAnswer } from "../core/arena-answers.ts";
import { CodedError } from "../core/error-codes.ts";
import { writeAudit } from "../db/statements/audit.ts";
import { operatorKeyOf, sameSecret } from "./auth.ts";
import type { HttpContext, HttpEnv } from "./context.ts";
import { jsonBody } from "./inputs.ts";
import { Problem } from "./problem.ts";
import { dropSession, openSession } from "./session-cookie.ts";

export const sessionBody = z.strictObject({ key: z.string().min(1).max(1000) });

const RETRY_AFTER_SECONDS = 60;

/** Without a key there is nothing to sign in with, whatever the body says. */
const needsKey = createMiddleware<HttpEnv>(async (c, next) => {
  operatorKeyOf(c);
  await next();
});

export const sessionRoutes = new Hono<HttpEnv>()
  .post("/session", needsKey, jsonBody(sessionBody), async (c) => {
    const { key } = c.req.valid("json");
    // Before the key is compared, so that guessing is slow whether or not a guess is right.
    if (!(await c.get("deps").web.mayTryKey(c.req.header("cf-connecting-ip") ?? "unknown"))) {
      const headers = { "retry-after": String(RETRY_AFTER_SECONDS) };
      throw new Problem("auth.too_many_attempts", undefined, { headers });
    }
    const right = await sameSecret(key, operatorKeyOf(c));
    await record(c, right);
    if (!right) throw new CodedError("auth.wrong_key");
    const ends = await openSession(c);
    return c.json({ operator: true, expires_at: new Date(ends).toISOString() } satisfies SessionAnswer);
  })
  .get("/session", (c) => {
    const ends = c.get("sessionEnds");
    return c.json({
      operator: c.get("operator"),
      expires_at: ends === null ? null : new Date(ends).toISOString(),
    } satisfies SessionAnswer);
  })
  .delete("/session", (c) => {
    dropSession(c);
    return c.body(null, 204);
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
