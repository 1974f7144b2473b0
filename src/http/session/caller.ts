/** Who sends a request: a key, or a browser's session that a key has opened. */
import { isReader } from "../../core/access/roles.ts";
import type { FoundKey } from "../../db/statements/keys/find.ts";
import type { Caller, HttpContext } from "../context.ts";

/** The caller who has the secret OPERATOR_KEY. */
export const OPERATOR: Caller = {
  role: "admin",
  keyId: null,
  name: "operator",
  prefix: null,
  agentId: null,
  expiresAt: null,
};

export function callerOfKey(key: Omit<FoundKey, "hash">): Caller {
  const { id, role, name, prefix, agent_id, expires_at } = key;
  return { role, keyId: id, name, prefix, agentId: agent_id, expiresAt: expires_at };
}

/** What the audit and the histories call a caller. */
export function nameOf({ name, prefix }: Caller): string {
  return prefix === null ? name : `${name} (${prefix})`;
}

/** The caller behind a route that needs a key. */
export function callerOf(c: HttpContext): Caller {
  const caller = c.get("caller");
  if (caller === null) throw new Error("a route that needs no key has no caller");
  return caller;
}

/** What the audit and the histories call the caller of a route that needs a key. */
export function actorOf(c: HttpContext): string {
  return nameOf(callerOf(c));
}

/** Whether the request may read what operators read. */
export function seesAll(c: HttpContext): boolean {
  const caller = c.get("caller");
  return caller !== null && isReader(caller.role);
}

/** Whether the request may read what is secret of this agent while a round is open: with its own key, or as an operator. */
export function seesSecretsOf(c: HttpContext, agentId: string): boolean {
  return seesAll(c) || c.get("caller")?.agentId === agentId;
}
