/** What a request carries through the routes. */
import type { Context, Env } from "hono";
import type { Role } from "../core/access/roles.ts";
import type { CodedError } from "../core/error-codes.ts";
import type { Door } from "../rounds/doors/door.ts";
import type { HttpDeps } from "./deps.ts";

/** The owner of a request's key or session. */
export interface Caller {
  readonly role: Role;
  /** Null: the operator key, which is a secret of the deployment. */
  readonly keyId: string | null;
  readonly name: string;
  readonly prefix: string | null;
  /** The agent that a key of the role agent acts for. Null for the other roles. */
  readonly agentId: string | null;
  readonly expiresAt: string | null;
}

/** What a repeat learns about the secret that was shown. */
export type ShownSecret = { readonly key_id: string } | { readonly invite_id: string };

export interface HttpEnv extends Env {
  Variables: {
    deps: HttpDeps;
    /** Who sent the request: the owner of its key or of its session. Null: anyone. */
    caller: Caller | null;
    /** By which door an agent came in. */
    door: Door;
    /** The answer ends its line already (readable-json.ts). */
    isReadable: boolean;
    /** When the session ends. Null without a session. */
    sessionEnds: string | null;
    /** The fault that kept the key or the session from being read. Null when the read succeeded or was not needed. */
    callerFault: Error | null;
    /** The body as text, read once within the limit; "" when there is none. */
    body: string;
    /** The fault of the body. It is reported once the caller's rights are known. */
    bodyFault: CodedError | null;
    /** Names the key or the invite whose secret the answer shows. Such an answer is not stored for a repeat. */
    shownSecret: ShownSecret | null;
  };
}
export type HttpContext = Context<HttpEnv>;
