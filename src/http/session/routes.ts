/** /session: a browser sends a key once and gets a session cookie. /whoami: who a key is. */
import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import { z } from "zod";
import type { SessionAnswer } from "../../api/arena-answers.ts";
import { CodedError } from "../../core/error-codes.ts";
import type { Caller, HttpEnv } from "../context.ts";
import { jsonBody } from "../request/inputs.ts";
import { callerWith, operatorKeyOf } from "./auth.ts";
import { callerOf } from "./caller.ts";
import { endSession, openSession } from "./cookie.ts";
import { requireKey } from "./rights.ts";
import { refuseWrongKey } from "./wrong-key.ts";

const sessionBody = z.strictObject({ key: z.string().min(1).max(1000) });

/** Stands before the check of the body: a deployment without a key gives the same answer to every body. */
const needsKey = createMiddleware<HttpEnv>(async (c, next) => {
  operatorKeyOf(c);
  await next();
});

export const sessionRoutes = new Hono<HttpEnv>()
  .post("/session", needsKey, jsonBody(sessionBody), async (c) => {
    const caller = await callerWith(c, c.req.valid("json").key);
    if (caller === null) {
      await refuseWrongKey(c, "POST /session");
      throw new CodedError("auth.wrong_key");
    }
    return c.json(wireSession(caller, await openSession(c, caller)));
  })
  .get("/session", (c) => {
    const unknown = c.get("callerFault");
    if (unknown !== null) throw unknown;
    return c.json(wireSession(c.get("caller"), c.get("sessionEnds")));
  })
  .delete("/session", async (c) => {
    await endSession(c);
    return c.body(null, 204);
  })
  .get("/whoami", requireKey, (c) => {
    const { role, name, prefix, agentId, expiresAt } = callerOf(c);
    return c.json({ role, name, prefix, agent_id: agentId, expires_at: expiresAt });
  });

/** `operator`: whether the pages show what operators may do. `expires_at`: when the session ends. */
function wireSession(caller: Caller | null, endsAt: string | null): SessionAnswer {
  const role = caller?.role ?? null;
  const operator = role === "operator" || role === "admin";
  const { name = null, agentId = null, keyId = null } = caller ?? {};
  return { operator, role, name, agent_id: agentId, key_id: keyId, expires_at: endsAt };
}
