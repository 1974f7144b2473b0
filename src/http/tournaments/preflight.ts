/** What a tournament would be: its rounds, times, messages and cost, before it is made. Pure. */
import type { PreflightAnswer } from "../../api/arena-answers.ts";
import { capacityOf } from "../../core/capacity.ts";
import { hasLoops, isReplay, jitterSpanMs, roundCount, roundDueAt, windowMs } from "../../core/phases.ts";
import { costOf, messagesOf } from "../../core/platform-cost.ts";
import type { NewEntry } from "../../db/statements/entries/join.ts";
import { answerSecondsOf } from "../../rounds/open.ts";
import type { TournamentBody } from "./bodies.ts";

/** From this load on, a warning says how full a round is. */
const HIGH_LOAD = 0.5;
/** From so many decisions on, a warning says how many the database keeps. */
const MANY_DECISIONS = 10_000_000;
/** The most agents that are named because they do not fit. */
const MISFITS_SHOWN = 20;

type Settings = Pick<TournamentBody, "market" | "symbols" | "starts_at" | "ends_at" | "interval_seconds" | "rules">;

/** `now`: the database's time. `entries`: those that join with the creation. `clock`: market seconds in one real second. */
export function preflight(
  settings: Settings,
  entries: readonly NewEntry[],
  now: string,
  clock: number,
): PreflightAnswer {
  const { market, interval_seconds: interval } = settings;
  const startsAt = Date.parse(settings.starts_at);
  const rounds = roundCount(startsAt, Date.parse(settings.ends_at), interval);
  const lastDue = roundDueAt(startsAt, interval, Math.max(0, rounds - 1));
  const replay = isReplay(market);
  const capacity = capacityOf(market, interval, entries.length);
  const misfits = misfitsOf(settings, entries);
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
      market_clock: clock,
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
    warnings: warningsOf(settings, entries, { rounds, startsAt, nowMs: Date.parse(now), capacity, misfits }),
    misfits: misfits.slice(0, MISFITS_SHOWN),
  };
}

interface Facts {
  readonly rounds: number;
  readonly startsAt: number;
  readonly nowMs: number;
  readonly capacity: ReturnType<typeof capacityOf>;
  readonly misfits: PreflightAnswer["misfits"];
}

/** The agents that would take part in vain, each with the reason. */
function misfitsOf(settings: Settings, entries: readonly NewEntry[]): PreflightAnswer["misfits"] {
  const window = isReplay(settings.market) ? null : windowMs(settings.interval_seconds) / 1000;
  return entries.flatMap(({ agent_id, agent_name: agent, thinking_seconds, params }) => {
    const seconds = thinking_seconds ?? 0;
    const why: string[] = [];
    if (window !== null && seconds >= window) {
      why.push(`${agent} thinks for ${seconds} s, and a round gives ${window} s: it will miss every round.`);
    }
    if (typeof params.symbol === "string" && !settings.symbols.includes(params.symbol)) {
      why.push(`${agent} buys ${params.symbol}, which is not traded here: it will stay in cash.`);
    }
    return why.map((warning) => ({ agent_id, agent, warning }));
  });
}

function warningsOf(
  { market, interval_seconds, rules }: Settings,
  entries: readonly NewEntry[],
  facts: Facts,
): string[] {
  const warnings: string[] = [];
  const { rounds, startsAt, nowMs, capacity, misfits } = facts;
  const players = entries.filter(({ baseline }) => !baseline).length;
  if (entries.length === 0) warnings.push("It has no entries: it can't start before an agent joins.");
  else if (players === 0) warnings.push("All of its entries are baselines: nobody is ranked.");
  if (isReplay(market)) {
    const outside = entries.filter(({ kind }) => kind !== "house").length;
    warnings.push(
      outside === 0
        ? "A replay starts by hand, and then runs as fast as it can."
        : `A replay starts by hand. Each round waits up to ${answerSecondsOf({ rules })} s for ${outside === 1 ? "the agent that is" : `the ${outside} agents that are`} not of the house.`,
    );
  } else {
    const missed = Math.min(rounds, Math.max(0, Math.ceil((nowMs - startsAt) / (interval_seconds * 1000))));
    if (missed > 0) warnings.push(`Its start has passed: ${missed} of its rounds will be skipped.`);
  }
  warnings.push(...misfits.slice(0, MISFITS_SHOWN).map(({ warning }) => warning));
  if (misfits.length > MISFITS_SHOWN) warnings.push(`${misfits.length - MISFITS_SHOWN} more of the agents do not fit.`);
  if (capacity && capacity.load > HIGH_LOAD) {
    warnings.push(`A round is ${Math.round(capacity.load * 100)} % full: ${capacity.sentence}.`);
  }
  if (rounds * entries.length > MANY_DECISIONS) {
    const decisions = (rounds * entries.length).toLocaleString("en-US");
    warnings.push(`It makes ${decisions} decisions, and the database keeps all of them.`);
  }
  return warnings;
}

const iso = (ms: number): string => new Date(ms).toISOString();
