/** What tasks about one entry share: finding it, and what is said when it isn't there. */
import type { Query } from "../db/query.ts";
import { type FoundEntry, findEntry } from "../db/statements/entry-find.ts";
import type { Outcome, Subject } from "./define.ts";

export async function entrySubject(args: { tournament_id: string; agent_id: string }, query: Query): Promise<Subject> {
  const entry = await findEntry(query, args.tournament_id, args.agent_id);
  return { tournamentId: args.tournament_id, entryId: entry?.id ?? null };
}

export function entryFailure(entry: FoundEntry | null): Outcome<never> {
  return entry
    ? { kind: "failure", code: "entry.withdrawn", message: "The entry was withdrawn and trades no more." }
    : { kind: "failure", code: "entry.not_found", message: "This agent has no entry in this tournament." };
}
