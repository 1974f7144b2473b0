/** Shared by tasks about one entry: how they find the entry, and how they fail without it. */
import type { Query } from "../db/query.ts";
import { type FoundEntry, findEntry } from "../db/statements/entries/find.ts";
import type { Outcome, Subject } from "../engine/task.ts";

export function subjectOf(args: { tournament_id: string }, entry: FoundEntry | null): Subject {
  return { scope: args.tournament_id, subject: entry?.id ?? null };
}

export async function entrySubject(args: { tournament_id: string; agent_id: string }, query: Query): Promise<Subject> {
  return subjectOf(args, await findEntry(query, args.tournament_id, args.agent_id));
}

export function entryFailure(entry: FoundEntry | null): Outcome<never> {
  return entry
    ? { kind: "failure", code: "entry.withdrawn", message: "The entry was withdrawn and trades no more." }
    : { kind: "failure", code: "entry.not_found", message: "This agent has no entry in this tournament." };
}
