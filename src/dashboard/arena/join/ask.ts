/**
 * The requests of somebody who joins: with the code, and then with the key that joining gave. No cookie goes with them, so a
 * session in this browser does not join in place of the new agent.
 */
import { z } from "zod";
import type { Tournament } from "../../api/answers.ts";
import { Problem, Unreachable } from "../../api/problem.ts";

const joinedSchema = z.object({
  agent_id: z.string(),
  tournament_id: z.string(),
  key: z.string(),
  webhook_secret: z.string().optional(),
});
export type Joined = z.infer<typeof joinedSchema>;

export interface Newcomer {
  readonly code: string;
  readonly name: string;
  readonly kind: "outside" | "webhook";
  readonly personality?: string;
  readonly webhook_url?: string;
}

const logSchema = z.object({
  items: z.array(
    z.object({ round: z.number(), state: z.string(), stored: z.object({ outcome: z.string() }).nullable() }),
  ),
});

const entriesSchema = z.object({
  items: z.array(z.object({ tournament_id: z.string(), halted_at: z.string().nullable() })),
});

export async function join(newcomer: Newcomer): Promise<Joined> {
  return joinedSchema.parse(await ask("/join", { method: "POST", body: JSON.stringify(newcomer) }));
}

const foundSchema = z.object({ tournament_id: z.string() });

/**
 * The tournament that a code is for. Nobody joins. It is read as everything here: the queries of the arena's pages would draw the
 * live feed into this page, and parts of it out of the first load's one file.
 */
export async function tournamentOf(code: string, signal: AbortSignal): Promise<Tournament> {
  const body = JSON.stringify({ code });
  const found = foundSchema.parse(await ask("/join?dry_run=true", { method: "POST", body, signal }));
  return (await ask(`/tournaments/${found.tournament_id}`, { signal })) as Tournament;
}

interface Beginning {
  /** The first round that has a stored decision of this agent; null before it. */
  readonly round: number | null;
  /** Rounds passed unanswered, so it is asked no more. */
  readonly halted: boolean;
}

export async function beginningOf({ agent_id, tournament_id, key }: Joined, signal: AbortSignal): Promise<Beginning> {
  const path = `/agents/${agent_id}/log?tournament_id=${tournament_id}&limit=100`;
  const log = logSchema.parse(await ask(path, { headers: { authorization: `Bearer ${key}` }, signal }));
  const entries = entriesSchema.parse(await ask(`/agents/${agent_id}/entries`, { signal }));
  const entry = entries.items.find((item) => item.tournament_id === tournament_id);
  return {
    round: log.items.findLast(({ stored }) => stored !== null)?.round ?? null,
    halted: (entry?.halted_at ?? null) !== null,
  };
}

/** Lets a halted entry go on. */
export async function resume({ agent_id, tournament_id, key }: Joined): Promise<void> {
  const headers = { authorization: `Bearer ${key}` };
  await ask(`/agents/${agent_id}/resume?tournament_id=${tournament_id}`, { method: "POST", headers });
}

async function ask(path: string, init: RequestInit): Promise<unknown> {
  const headers = { accept: "application/json", ...init.headers };
  const answer = await fetch(path, { ...init, headers, credentials: "omit" }).catch((cause: unknown) => {
    if (init.signal?.aborted) throw cause;
    throw new Unreachable("unreachable", { cause });
  });
  const read: unknown = await answer.json().catch(() => ({}));
  if (answer.ok) return read;
  throw new Problem(answer.status, typeof read === "object" && read !== null ? { ...read } : {});
}
