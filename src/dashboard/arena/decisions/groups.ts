/** Decisions by round, and rounds in which nothing happened folded into one line. Pure. */
import type { HeldDecision, LogItem, Missed } from "../../live/apply-event.ts";

export interface Group {
  readonly round: number;
  readonly dueAt: string;
  readonly made: readonly HeldDecision[];
  readonly held: readonly HeldDecision[];
  readonly missed: readonly Pick<Missed, "agent_id" | "agent" | "round" | "reason">[];
  /** The round's decisions may be others too, which a filter leaves out or which have not loaded: nothing is counted. */
  readonly part: boolean;
}

export const logKey = ({ round, agent_id }: LogItem) => `${round} ${agent_id}`;

export function groupByRound(items: readonly LogItem[], part = false): Group[] {
  return [...Map.groupBy(items, ({ round }) => round)].map(([round, own]) => {
    const decisions = own.filter((item) => item.outcome !== "missed");
    return {
      round,
      dueAt: own[0]?.due_at ?? "",
      made: decisions.filter(({ outcome }) => outcome === "made"),
      held: decisions.filter(({ outcome }) => outcome === "held"),
      missed: own.filter((item) => item.outcome === "missed"),
      part,
    };
  });
}

/** A round in the middle of which a list ends for now waits for the rest, unless it is the only one. */
export function withoutCut<T extends OfRound>(items: readonly T[]): readonly T[] {
  const whole = items.filter(({ round }) => round !== items.at(-1)?.round);
  return whole.length > 0 ? whole : items;
}

export function isQuiet({ made, missed, held, part }: Group): boolean {
  return !part && made.length === 0 && missed.length === 0 && held.length > 0;
}

interface OfRound {
  readonly round: number;
}

/** Rounds that follow each other, newest first, and of which `quiet` is true, together; everything else alone. */
export function foldRuns<T extends OfRound>(
  items: readonly T[],
  quiet: (item: T) => boolean,
): (readonly [T, ...T[]])[] {
  const runs: [T, ...T[]][] = [];
  for (const item of items) {
    const last = runs.at(-1);
    const follows = last?.at(-1)?.round === item.round + 1;
    if (last && follows && quiet(item) && quiet(last[0])) last.push(item);
    else runs.push([item]);
  }
  return runs;
}

/** "Round 30", or "Rounds 26–30" of a run that stands newest first. */
export function roundsText(rounds: readonly number[]): string {
  const [newest, oldest] = [rounds[0], rounds.at(-1)];
  return newest === oldest ? `Round ${newest}` : `Rounds ${oldest}–${newest}`;
}

/** "all 12 hold"; without the number where it differs from round to round. */
export function holdText(counts: readonly number[]): string {
  const [first] = counts;
  if (!counts.every((count) => count === first)) return "all hold";
  return first === 1 ? "holds" : `all ${first} hold`;
}
