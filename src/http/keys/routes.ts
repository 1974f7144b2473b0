/** /keys: make, list, rotate and delete access keys. docs/doors.md says what each role may do. */
import { Hono } from "hono";
import { z } from "zod";
import { accessKey } from "../../core/access/access-key.ts";
import { mayMakeKey, type Role, roles } from "../../core/access/roles.ts";
import { CodedError } from "../../core/error-codes.ts";
import { limits } from "../../core/limits.ts";
import { sha256Hex } from "../../core/text/canonical.ts";
import { readAgent } from "../../db/statements/agents/read.ts";
import type { KeyRow } from "../../db/statements/keys/columns.ts";
import { insertKey } from "../../db/statements/keys/insert.ts";
import { listKeys } from "../../db/statements/keys/list.ts";
import { readKey } from "../../db/statements/keys/read.ts";
import { revokeKey } from "../../db/statements/keys/revoke.ts";
import { rotateKey } from "../../db/statements/keys/rotate.ts";
import type { HttpContext, HttpEnv } from "../context.ts";
import { nameField, timeField, uuidField } from "../request/fields.ts";
import { secretShown } from "../request/idempotency.ts";
import { idOf, jsonBody, optionalJsonBody, queryOf } from "../request/inputs.ts";
import { ownId, pageQuery, readPageById } from "../request/paging.ts";
import { invalid } from "../request/validation.ts";
import { callerOf } from "../session/caller.ts";
import { forbidden, requireKey, requireOperator, requireViewer } from "../session/rights.ts";

const keyBody = z.strictObject({
  role: z.enum(roles),
  name: nameField,
  /** Needed for the role agent, and for no other role. */
  agent_id: uuidField.optional(),
  expires_at: timeField.nullable().optional(),
});
const rotateBody = z.strictObject({
  /** How long the old key still works. */
  grace_seconds: z.int().min(0).max(limits.keyGraceSecondsMax).default(0),
});

export const keyRoutes = new Hono<HttpEnv>()
  .post("/keys", requireOperator, jsonBody(keyBody), async (c) => {
    const { role, name, agent_id: agentId = null, expires_at: expiresAt = null } = c.req.valid("json");
    if (!mayMakeKey(callerOf(c).role, role)) throw forbidden(["admin"]);
    const { query } = c.get("deps");
    await checkAgent(c, role, agentId);
    const { id, key, prefix, hash } = await newSecret(c, role);
    const row = await insertKey(query, { id, role, name, prefix, hash, agentId, expiresAt });
    if (row) return shown(c, row, key);
    if (await readKey(query, id)) throw secretShown({ key_id: id });
    throw invalid([{ path: "expires_at", message: "must be in the future" }]);
  })
  .get("/keys", requireViewer, queryOf(pageQuery), async (c) => {
    const keys = await readPageById(c.req.valid("query"), {
      name: "keys",
      idOf: ownId,
      read: (before, rows) => listKeys(c.get("deps").query, before, rows),
      toItem: ({ id, ...row }) => ({ key_id: id, ...row }),
    });
    return c.json(keys);
  })
  .post("/keys/:id/rotate", requireKey, idOf("key.not_found"), optionalJsonBody(rotateBody), async (c) => {
    const { query } = c.get("deps");
    const old = await ownedKey(c, c.req.valid("param").id);
    const { id, key, prefix, hash } = await newSecret(c, old.role);
    const graceSeconds = c.req.valid("json").grace_seconds;
    const row = await rotateKey(query, { oldId: old.id, newId: id, prefix, hash, graceSeconds });
    if (row) return shown(c, row, key);
    if (await readKey(query, id)) throw secretShown({ key_id: id });
    throw new CodedError("key.ended");
  })
  .delete("/keys/:id", requireKey, idOf("key.not_found"), async (c) => {
    const { id } = await ownedKey(c, c.req.valid("param").id);
    await revokeKey(c.get("deps").query, id);
    return c.body(null, 204);
  });

/** Throws where the agent of a new key is missing, superfluous or archived. */
async function checkAgent(c: HttpContext, role: Role, agentId: string | null): Promise<void> {
  if (role !== "agent") {
    if (agentId === null) return;
    throw invalid([{ path: "agent_id", message: "is only for the role agent" }]);
  }
  if (agentId === null) throw invalid([{ path: "agent_id", message: "is required for the role agent" }]);
  const agent = await readAgent(c.get("deps").query, agentId);
  if (!agent) throw new CodedError("agent.not_found");
  if (agent.archived_at !== null) throw new CodedError("agent.archived");
}

/** A repeat under the same Idempotency-Key has the same id, and so makes no second key. */
async function newSecret(c: HttpContext, role: Role) {
  const { newId, newToken, reservedId } = c.get("deps");
  const { key, prefix } = accessKey(role, newToken());
  return { id: reservedId ?? newId(), key, prefix, hash: await sha256Hex(key) };
}

/**
 * The key of a path, for itself and for whoever may make one like it. Others learn nothing about it, not even whether it
 * exists.
 */
async function ownedKey(c: HttpContext, id: string): Promise<KeyRow> {
  const { role, keyId } = callerOf(c);
  const row = await readKey(c.get("deps").query, id);
  if (row && (keyId === id || mayMakeKey(role, row.role))) return row;
  const mayMakeSome = roles.some((made) => mayMakeKey(role, made));
  if (!row && mayMakeSome) throw new CodedError("key.not_found");
  throw forbidden(mayMakeSome ? ["admin"] : ["operator", "admin"]);
}

/** The one answer that shows the key. */
function shown(c: HttpContext, { id, role, name, prefix, expires_at }: KeyRow, key: string) {
  c.set("shownSecret", { key_id: id });
  return c.json({ key_id: id, key, role, name, prefix, expires_at }, 201);
}
