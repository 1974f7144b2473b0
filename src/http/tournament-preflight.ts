/** What a tournament would be: its rounds, times, messages and cost, before it is made. Pure. */
import type { PreflightAnswer } from "../core/arena-answers.ts";
import { capacityOf } from "../core/capacity.ts";
import { hasLoops, isReplay, jitterSpanMs, roundCount, roundDueAt, windowMs } from "../core/phases.ts";
import { costOf, messagesOf } from "../core/platform-cost.ts";
import type { NewEntry } from "../db/statements/join-entries.ts";
import type { TournamentBody } from "./tournament-bodies.ts";

/** From here on a round is said to be nearly full. */
const HIGH_LOAD = 0.5;
/** Decisions from which on the history is said to be large. */
const MANY_DECISIONS = 10_000_000;

type Settings = Pick<TournamentBody, "market" | "starts_at" | "ends_at" | "interval_seconds">;

/** `now`: the database's. `entries`: those that would join at once. */
export function preflight(settings: Settings, entries: readonly NewEntry[], now: string): PreflightAnswer {
  const { market, interval_seconds: interval } = settings;
  const startsAt = Date.parse(settings.starts_at);
  const rounds = roundCount(startsAt, Date.parse(settings.ends_at), interval);
  const lastDue = roundDueAt(startsAt, interval, Math.max(0, rounds - 1));
  const replay = isReplay(market);
  const capacity = capacityOf(market, interval, entries.length);
  return {
    rounds,
    entries: entries.length,
    first_due_at: iso(startsAt),
    last_due_at: iso(lastDue),
    last_deadline_at: replay ? null : iso(lastDue + windowMs(interval)),
    decisions: rounds * entries.length,
    messages: messagesOf(market, interval, rounds, entries.length),
    times: {
      interval_seconds: interval,
      window_seconds: replay ? null : windowMs(interval) / 1000,
      jitter_seconds: replay
        ? null
        : hasLoops(market, entries.length)
          ? jitterSpanMs(interval, entries.length) / 1000
          : 0,
    },
    capacity: capacity && {
      needs_seconds: Math.round(capacity.needsMs) / 1000,
      has_seconds: capacity.hasMs / 1000,
      load: Math.round(capacity.load * 1000) / 1000,
    },
    cost: costOf(market, interval, rounds, entries.length),
    warnings: warningsOf(settings, entries, { rounds, startsAt, nowMs: Date.parse(now), capacity }),
  };
}

interface Facts {
  readonly rounds: number;
  readonly startsAt: number;
  readonly nowMs: number;
  readonly capacity: ReturnType<typeof capacityOf>;
}

function warningsOf({ market, interval_seconds }: Settings, entries: readonly NewEntry[], facts: Facts): string[] {
  const warnings: string[] = [];
  const { rounds, startsAt, nowMs, capacity } = facts;
  const players = entries.filter(({ baseline }) => !baseline).length;
  if (entries.length === 0) warnings.push("It has no entries: it does not start before somebody joins.");
  else if (players === 0) warnings.push("All of its entries are baselines: nobody is ranked.");
  if (isReplay(market)) {
    warnings.push("A replay starts by hand, and then runs as fast as it can.");
  } else {
    const missed = Math.min(rounds, Math.max(0, Math.ceil((nowMs - startsAt) / (interval_seconds * 1000))));
    if (missed > 0) warnings.push(`It would have begun already: ${missed} of its rounds will be skipped.`);
    const window = windowMs(interval_seconds) / 1000;
    const slow = entries.filter(({ thinking_seconds }) => (thinking_seconds ?? 0) >= window).length;
    if (slow > 0)
      warnings.push(`${slow} of the agents think for longer than a round's ${window} s: they will miss them all.`);
  }
  if (capacity && capacity.load > HIGH_LOAD) {
    warnings.push(`A round is ${Math.round(capacity.load * 100)} % full: ${capacity.sentence}.`);
  }
  if (rounds * entries.length > MANY_DECISIONS) {
    const decisions = (rounds * entries.length).toLocaleString("en-US");
    warnings.push(`It owes ${decisions} decisions, all of which the database keeps.`);
  }
  return warnings;
}

const iso = (ms: number): string => new Date(ms).toISOString();
