/**
 * Keeps practices private: whatever names one, or a copy of a house agent in one, is answered 404 to everybody but its agent
 * and those who read what operators read.
 */
import { createMiddleware } from "hono/factory";
import { CodedError } from "../../core/error-codes.ts";
import { keepNewest } from "../../core/keep-newest.ts";
import { readOwnerOfTask, readOwners } from "../../db/statements/practice/owners.ts";
import type { HttpContext, HttpEnv } from "../context.ts";
import { uuidField } from "../request/fields.ts";
import { seesAll } from "../session/caller.ts";

/** What an id belongs to never changes, so each isolate keeps what it has read. Null: everybody sees it. */
const known = new Map<string, string | null>();
const KNOWN_MAX = 20_000;

type NotFound = "tournament.not_found" | "agent.not_found";

/** Runs behind checkRights, and before whatever reads a row. */
export const hidePractices = createMiddleware<HttpEnv>(async (c, next) => {
  const named = namedBy(c);
  if (named.size > 0 && !seesAll(c)) {
    await learn(c, [...named.keys()]);
    for (const [id, notFound] of named) {
      if (!maySee(c, known.get(id) ?? null)) throw new CodedError(notFound);
    }
  }
  await next();
});

/** Throws task.not_found for the task of another agent's practice. */
export async function hideTask(c: HttpContext, taskId: string): Promise<void> {
  if (!seesAll(c)) requireSight(c, await readOwnerOfTask(c.get("deps").query, taskId));
}

/** The same for a task whose row was read. `owner`: the agent whose practice it belongs to. */
export function requireSight(c: HttpContext, owner: string | null): void {
  if (!seesAll(c) && !maySee(c, owner)) throw new CodedError("task.not_found");
}

function maySee(c: HttpContext, owner: string | null): boolean {
  return owner === null || c.get("caller")?.agentId === owner;
}

/** The tournaments and agents that a request names, in its path and its query. */
function namedBy(c: HttpContext): Map<string, NotFound> {
  const named = new Map<string, NotFound>();
  const add = (text: string | undefined, notFound: NotFound) => {
    if (text === undefined) return;
    const id = uuidField.safeParse(text);
    if (id.success) named.set(id.data, notFound);
  };
  const [, first, id, , other] = c.req.path.split("/");
  if (first === "tournaments") {
    add(id, "tournament.not_found");
    add(other, "agent.not_found");
  }
  if (first === "agents") {
    // Below its own path an agent gets nothing but what belongs to entries of its own.
    if (id !== undefined && id.toLowerCase() === c.get("caller")?.agentId) return named;
    add(id, "agent.not_found");
  }
  add(c.req.query("tournament_id"), "tournament.not_found");
  add(c.req.query("agent_id"), "agent.not_found");
  return named;
}

async function learn(c: HttpContext, ids: readonly string[]): Promise<void> {
  const unknown = ids.filter((id) => !known.has(id));
  if (unknown.length === 0) return;
  for (const { id, owner } of await readOwners(c.get("deps").query, unknown)) keepNewest(known, id, owner, KNOWN_MAX);
}
