/**
 * `Idempotency-Key` on a POST with a key, and on a join. It is stored for 24 hours with the request (method, path, query, body) and its
 * answer. The same request gets that answer again, with `idempotency-replayed: true`. A different request under it is
 * answered 422. It belongs to the key or session that sent it, and that of a join without a key to the code: others may use the same
 * text for requests of their own.
 *
 * - While the first request runs, a repeat waits for its answer, up to 10 s, then gets 409 request.idempotency_in_flight.
 * - Only a success is stored. A refused request did nothing, and its key is free again.
 * - A request that died holds its key for 60 s; a request that failed on our side does not hold it. The repeat enqueues
 *   under the task id that the key has reserved, so both requests are one task. A request that starts no task (a retry, a
 *   bulk job's confirmation) stores the reserved id with its change, and a repeat that finds the id is answered as done.
 * - A replayed answer is no write, so it has no row in the audit.
 * - An answer that shows a secret is not stored. A repeat gets 409 idempotency.secret_shown with the id of the key or the invite.
 */
import { createMiddleware } from "hono/factory";
import { z } from "zod";
import { CodedError } from "../../core/error-codes.ts";
import { sha256Hex } from "../../core/text/canonical.ts";
import {
  claimKey,
  freeKey,
  openKey,
  type StoredAnswer,
  storeAnswer,
  storeShownSecret,
} from "../../db/statements/idempotency/keys.ts";
import { findInvite } from "../../db/statements/invites/find.ts";
import { describeError } from "../../log.ts";
import type { HttpContext, HttpEnv, ShownSecret } from "../context.ts";
import type { HttpDeps } from "../deps.ts";
import { Problem } from "../problem.ts";
import { isJoin, isUpload, keepsOwnRecord } from "./body.ts";
import { invalid } from "./validation.ts";

const HEADER = "Idempotency-Key";
const WAIT_MS = { most: 10_000, first: 50, growth: 1.5, last: 1000 };

/** Runs behind recogniseCaller, readBody and checkRights, and before auditWrites. */
export const idempotentPosts = createMiddleware<HttpEnv>(async (c, next) => {
  const given = c.req.header(HEADER);
  const caller = c.get("caller");
  if (given === undefined || c.req.method !== "POST") return next();
  // Its body is a key, whose hash is to be kept nowhere; and a stored answer has no cookie.
  if (c.req.path === "/session") return next();
  if (keepsOwnRecord(c.req.path)) return next();
  // The file is its own key: it can not be hashed before it is read.
  if (isUpload(c)) return next();
  const deps = c.get("deps");
  const scope = caller === null ? await scopeOfCode(c) : (caller.keyId ?? "");
  if (scope === null) return next();
  const key = scoped(readKey(given), scope);
  const { pathname, search } = new URL(c.req.url);
  const hash = await sha256Hex(JSON.stringify([c.req.method, pathname + search, c.get("body")]));
  const claimed = await claim(deps, key, hash, WAIT_MS.most);
  if (claimed.kind === "answered") return replay(claimed.answer);
  if (claimed.kind === "secret_shown") throw secretShown(claimed.shown);
  c.set("deps", withReservedTask(deps, claimed.taskId));
  await next();
  try {
    await settle(deps, key, claimed.stamp, c.res, c.get("shownSecret"));
  } catch (error) {
    // The work is done. The key stays claimed until a repeat takes it over, and the repeat finds the same task.
    deps.log({ event: "fault", where: "idempotency", ...describeError(error), correlation_id: deps.correlationId });
  }
});

function readKey(given: string): string {
  if (/^[\x20-\x7e]{1,255}$/.test(given)) return given;
  throw invalid([{ path: HEADER, message: "must be 1 to 255 printable ASCII characters" }]);
}

/** A printable key has no line break, so no key of one scope is a key of another. The operator key's scope is empty. */
function scoped(key: string, scope: string): string {
  return scope === "" ? key : `${scope}\n${key}`;
}

const codeOf = z.object({ code: z.string() });

/** A join without a key belongs to its code. Null for any other request without a key, and for the code of no invite. */
async function scopeOfCode(c: HttpContext): Promise<string | null> {
  if (!isJoin(c)) return null;
  let body: unknown;
  try {
    body = JSON.parse(c.get("body"));
  } catch {
    // The route says what is wrong with it.
    return null;
  }
  const parsed = codeOf.safeParse(body);
  if (!parsed.success) return null;
  const hash = await sha256Hex(parsed.data.code);
  return (await findInvite(c.get("deps").query, hash, null)) === null ? null : `code ${hash}`;
}

/** The answer to a repeat of a request whose answer has shown a secret. */
export function secretShown(shown: ShownSecret): Problem {
  return new Problem("idempotency.secret_shown", undefined, { members: shown });
}

async function claim(deps: HttpDeps, key: string, hash: string, waitMs: number) {
  let waited = 0;
  for (let pause = WAIT_MS.first; ; pause = Math.min(pause * WAIT_MS.growth, WAIT_MS.last)) {
    const claimed = await claimKey(deps.query, key, hash, deps.newId());
    if (claimed.kind === "mismatch") throw new CodedError("request.idempotency_mismatch");
    if (claimed.kind !== "in_flight") return claimed;
    if (waited > waitMs) {
      throw new Problem("request.idempotency_in_flight", undefined, { headers: { "retry-after": "2" } });
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
    waited += pause;
  }
}

/** The first task that the request enqueues gets the id that its key has reserved. */
function withReservedTask(deps: HttpDeps, taskId: string): HttpDeps {
  let reserved: string | null = taskId;
  return {
    ...deps,
    reservedId: taskId,
    enqueue: (name, args, options) => {
      const id = reserved;
      reserved = null;
      return deps.enqueue(name, args, id === null ? options : { ...options, id });
    },
  };
}

async function settle(
  deps: HttpDeps,
  key: string,
  stamp: string,
  response: Response,
  shown: ShownSecret | null,
): Promise<void> {
  const { status } = response;
  if (status >= 500) return openKey(deps.query, key, stamp);
  if (status >= 400) return freeKey(deps.query, key, stamp);
  if (shown !== null) return storeShownSecret(deps.query, key, stamp, status, shown);
  const text = await response.clone().text();
  const body: unknown = text === "" ? null : JSON.parse(text);
  await storeAnswer(deps.query, key, stamp, { status, body, location: response.headers.get("location") });
}

function replay({ status, body, location }: StoredAnswer): Response {
  const headers = new Headers({ "content-type": "application/json", "idempotency-replayed": "true" });
  if (location !== null) headers.set("location", location);
  return new Response(body === null ? null : JSON.stringify(body), { status, headers });
}
