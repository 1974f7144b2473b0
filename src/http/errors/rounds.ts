/** The groups of GET /errors that are rounds: those that don't move, and those that ended or were skipped because of their market. */
import { errorCodes } from "../../core/error-codes.ts";
import { limits } from "../../core/limits.ts";
import { type Mending, mendingOf } from "../../core/tasks/mending.ts";
import type { Query } from "../../db/query.ts";
import { listUnusableRounds } from "../../db/statements/rounds/list-unusable.ts";
import { listStuckRounds } from "../../db/statements/rounds/stuck.ts";
import type { ErrorGroup } from "../../db/statements/tasks/errors.ts";
import { venueFaultGroups } from "../../db/statements/venues/fault-groups.ts";

export interface ErrorRound {
  readonly tournament_id: string;
  readonly tournament: string;
  /** Null: a replay that was cancelled before its round could open. */
  readonly round: number | null;
  /** Since when it has not moved, or when it ended. */
  readonly at: string;
}

export type RoundErrorGroup = Omit<ErrorGroup, "last_id" | "code" | "rounds_of"> &
  Mending & {
    readonly code: "round.stuck" | "market.unusable" | "market.stale" | "market.doubtful";
    /** The newest rounds of the group. */
    readonly rounds: readonly ErrorRound[];
  };

const NEWEST = 5;
/** Tournaments that are under way are few. */
const STUCK_MAX = 1000;
/** Reasons of venues are few: they name no symbol and no time. */
const VENUE_GROUPS_MAX = 50;

/** The rounds that are stuck now come first; what venues did wrong comes last, a group a reason. */
export async function roundErrors(query: Query, since: string | null): Promise<RoundErrorGroup[]> {
  const [waiting, ended, venues] = await Promise.all([
    listStuckRounds(query, STUCK_MAX),
    listUnusableRounds(query, since, limits.retainFailureHours, NEWEST),
    venueFaultGroups(query, since, limits.retainFailureHours, NEWEST, VENUE_GROUPS_MAX),
  ]);
  const stuck = waiting.map(({ tournament_id, tournament, round, since: at }) => ({
    tournament_id,
    tournament,
    round,
    at,
  }));
  const groups: RoundErrorGroup[] = [];
  const [oldest, newest] = [stuck[0], stuck.at(-1)];
  if (oldest && newest) groups.push(group("round.stuck", stuck.length, oldest.at, newest.at, stuck.slice(-NEWEST)));
  const last = ended.rounds[0];
  if (last) groups.push(group("market.unusable", ended.total, ended.firstAt ?? last.at, last.at, ended.rounds));
  for (const { code, reason, count, first_at, last_at, rounds } of venues) {
    groups.push({ ...group(code, count, first_at, last_at, rounds), signature: reason });
  }
  return groups;
}

function group(
  code: RoundErrorGroup["code"],
  count: number,
  first_seen: string,
  last_seen: string,
  rounds: readonly ErrorRound[],
): RoundErrorGroup {
  const seen = { count, first_seen, last_seen, names: [], task_ids: [], trend: [] };
  return { signature: errorCodes[code].sentence, code, ...seen, ...mendingOf(code), rounds };
}
