/**
 * `Idempotency-Key` on a POST of an operator: remembered for 24 hours with the request (method, path, query, body) and its
 * answer. The same request is answered with that answer and `idempotency-replayed: true`; another one under the key is 422.
 *
 * - While the first one is at work, the second waits for its answer, up to 10 s, then 409 request.idempotency_in_flight.
 * - Only what succeeded is remembered: a refused request did nothing, and its key is free again.
 * - A request that died holds its key for 60 s, one that failed on our side not at all. Whoever takes over enqueues under
 *   the task id that the key has reserved, so that both of them are one task. What starts no task of its own (a retry, a
 *   bulk job's confirmation) stores that id with what it does, and answers a repeat as done.
 * - A replayed answer is no write: it has no row in the audit.
 */
import { createMiddleware } from "hono/factory";
import { sha256Hex } from "../core/canonical.ts";
import { CodedError } from "../core/error-codes.ts";
import { claimKey, freeKey, openKey, type StoredAnswer, storeAnswer } from "../db/statements/idempotency.ts";
import { describeError } from "../log.ts";
import type { HttpEnv } from "./context.ts";
import type { HttpDeps } from "./deps.ts";
import { Problem } from "./problem.ts";
import { invalid } from "./validation.ts";

const HEADER = "Idempotency-Key";
const WAIT_MS = { most: 10_000, first: 50, growth: 1.5, last: 1000 };

/** Stands behind recogniseOperator and readBody, before auditWrites. */
export const idempotentPosts = createMiddleware<HttpEnv>(async (c, next) => {
  const given = c.req.header(HEADER);
  if (given === undefined || c.req.method !== "POST" || !c.get("operator")) return next();
  const key = readKey(given);
  const deps = c.get("deps");
  const { pathname, search } = new URL(c.req.url);
  const hash = await sha256Hex(JSON.stringify([c.req.method, pathname + search, c.get("body")]));
  const claimed = await claim(deps, key, hash, WAIT_MS.most);
  if (claimed.kind === "answered") return replay(claimed.answer);
  c.set("deps", withReservedTask(deps, claimed.taskId));
  await next();
  try {
    await settle(deps, key, claimed.stamp, c.res);
  } catch (error) {
    // What was done stands; the key stays at work until another takes over, and finds the same task.
    deps.log({ event: "fault", where: "idempotency", ...describeError(error), correlation_id: deps.correlationId });
  }
});

function readKey(given: string): string {
  if (/^[\x20-\x7e]{1,255}$/.test(given)) return given;
  throw invalid([{ path: HEADER, message: "must be 1 to 255 printable ASCII characters" }]);
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

/** Of what a request enqueues, the first task gets the id that its key has reserved. */
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

async function settle(deps: HttpDeps, key: string, stamp: string, response: Response): Promise<void> {
  const { status } = response;
  if (status >= 500) return openKey(deps.query, key, stamp);
  if (status >= 400) return freeKey(deps.query, key, stamp);
  const text = await response.clone().text();
  const body: unknown = text === "" ? null : JSON.parse(text);
  await storeAnswer(deps.query, key, stamp, { status, body, location: response.headers.get("location") });
}

function replay({ status, body, location }: StoredAnswer): Response {
  const headers = new Headers({ "content-type": "application/json", "idempotency-replayed": "true" });
  if (location !== null) headers.set("location", location);
  return new Response(body === null ? null : JSON.stringify(body), { status, headers });
}
