/**
 * Moves a tournament's rounds on: takes the steps that are due, one guarded statement each, and answers when the next is due.
 * The Arena's alarm, the crons, a consumer's wake and an operator all call it, and may do so at the same time.
 */
import { limits } from "../core/limits.ts";
import { deadlineAt, isReplay, roundDueAt, roundNumberAt } from "../core/phases.ts";
import { isVenueName } from "../core/venue-names.ts";
import { cancelActiveRound } from "../db/statements/rounds/cancel.ts";
import { closeRound } from "../db/statements/rounds/close.ts";
import { type Look, lookAtTournament } from "../db/statements/rounds/look.ts";
import { settleRound } from "../db/statements/rounds/settle.ts";
import { skipRounds } from "../db/statements/rounds/skip.ts";
import { dropLateOrders } from "../db/statements/tournaments/change-state.ts";
import { completeTournament } from "../db/statements/tournaments/complete.ts";
import { startDueTournaments } from "../db/statements/tournaments/live.ts";
import { playBlock } from "./block/block.ts";
import { answerSecondsOf, open } from "./open.ts";
import { endAnswers, waitForAnswers } from "./outside-answers.ts";
import { beginModels, makeOutsideTasks } from "./outside-tasks.ts";
import type { RoundPorts } from "./ports.ts";
import { quote, storeQuote } from "./quote.ts";
import { logRound } from "./round-log.ts";
import { sendOwedDecisions, sendOwedFills } from "./send.ts";
import { decisionsToSend, RESEND_MS, resendWaitMs } from "./sending.ts";
import { on, onwards, type Step, wait } from "./step.ts";
import { publish, storedCandles } from "./stored-candles.ts";
import { endRoundFor, endUnusable } from "./unusable.ts";
import { isUnusable, UnusableMarket } from "./unusable-market.ts";
import { venueCandles } from "./venues/candles.ts";
import { venueQuote } from "./venues/quote.ts";

export interface Advanced {
  /** Milliseconds until something is due again; null when nothing will be (not live, ended). */
  readonly afterMs: number | null;
  readonly status: Look["status"] | null;
  /** The round with the highest number; −1 before the first. */
  readonly latest: number;
  /** Agents from outside and models that the open round waits for. */
  readonly awaited: number;
  readonly beatIsSilent: boolean; // For so long that whoever sees it should wake it.
}

const SOON_MS = 250; // Looks again after this where a market hasn't published yet, or another caller took the step.
/** Rounds that one statement skips: after a long outage the next one goes on, each well inside its time. */
const SKIPS_A_STATEMENT = 10_000;
/** An alarm far ahead is set in steps: a date that was moved meanwhile is seen within a day. */
const ALARM_MAX_MS = 86_400_000;
/** Steps of one call. More would be a loop without end, which is a bug; the alarm goes on from here. */
const ARROWS_MAX = 64;

export async function advance(ports: RoundPorts, tournamentId: string): Promise<Advanced> {
  let seen: Omit<Advanced, "afterMs"> = { status: null, latest: -1, awaited: 0, beatIsSilent: false };
  let known: Look | undefined;
  for (let arrow = 0; arrow < ARROWS_MAX; arrow++) {
    const look: Look | null = known ?? (await lookAtTournament(ports.query, tournamentId));
    if (!look) return { ...seen, afterMs: null, status: null };
    const beatIsSilent = (look.beat_age_ms ?? 0) > limits.beatOverdueSeconds * 1000;
    const awaited = look.state === "open" ? look.as_tasks - look.spent : 0;
    seen = { status: look.status, latest: look.number ?? -1, awaited, beatIsSilent };
    const step = await next(ports, look);
    if (step.go === "wait") return { ...seen, afterMs: step.afterMs };
    known = step.look;
  }
  return { ...seen, afterMs: SOON_MS };
}

function next(ports: RoundPorts, look: Look): Promise<Step> | Step {
  const active = look.state === "open" || look.state === "closed" || look.state === "quoted";
  if (look.status === "cancelled") return endCancelled(ports, look, active);
  switch (look.state) {
    case "open":
      return whileOpen(ports, look);
    case "closed":
      return orUnusable(ports, look, look.number, () => whileClosed(ports, look));
    case "quoted":
      return orUnusable(ports, look, look.number, () => whileQuoted(ports, look));
    default:
      if (look.status === "live") return betweenRounds(ports, look);
      return look.status === "upcoming" && look.market !== "replay" ? beforeTheStart(ports, look) : wait(null);
  }
}

/** A cancelling has two statements and may have died between them, so its second one is repeated here. */
async function endCancelled(ports: RoundPorts, look: Look, active: boolean): Promise<Step> {
  if (active) {
    await cancelActiveRound(ports.query, look.tournament_id);
    return on;
  }
  await dropLateOrders(ports.query, look.tournament_id);
  if (look.round_id !== null && look.state === "skipped") await endAnswers(ports, look, look.round_id);
  return wait(null);
}

/** A live market starts when its time comes, to the second: the one-minute cron is there in case this alarm is lost. */
async function beforeTheStart(ports: RoundPorts, look: Look): Promise<Step> {
  const untilStart = look.starts_ms - look.now_ms;
  if (untilStart > 0) return wait(Math.min(untilStart, ALARM_MAX_MS));
  const [started] = await startDueTournaments(ports.query, look.tournament_id);
  // Without entries it waits: joining wakes the Arena. The cron starts a tournament that was made after its start time.
  if (!started) return wait(null);
  ports.log({ event: "tournament", tournament_id: look.tournament_id, status: "live", by: ports.by });
  return on;
}

/** A step that this market makes impossible would fail for ever, so the round, or the replay, ends with the reason. */
async function orUnusable(
  ports: RoundPorts,
  look: Look,
  number: number | null,
  step: () => Promise<Step>,
): Promise<Step> {
  try {
    return await step();
  } catch (error) {
    if (!isUnusable(error) || !(await endUnusable(ports, look.tournament_id, number ?? 0, error))) throw error;
    return on;
  }
}

async function betweenRounds(ports: RoundPorts, look: Look): Promise<Step> {
  const { starts_ms: startsAt, interval_seconds: interval, now_ms: now } = look;
  const number = (look.number ?? -1) + 1;
  const dueMs = roundDueAt(startsAt, interval, number);
  if (dueMs >= look.ends_ms) {
    if (await completeTournament(ports.query, look.tournament_id)) {
      ports.log({ event: "tournament", tournament_id: look.tournament_id, status: "completed", by: ports.by });
    }
    return on;
  }
  if (look.market !== "replay") {
    if (now < dueMs) return wait(dueMs - now);
    const lastRound = roundNumberAt(startsAt, interval, look.ends_ms - 1);
    const current = Math.min(roundNumberAt(startsAt, interval, now), lastRound);
    // Rounds in which nobody could decide any more are skipped: those before the current one, and the current one when it is late.
    const skipTo =
      now >= deadlineAt(roundDueAt(startsAt, interval, current), interval, look.market) ? current : current - 1;
    if (skipTo >= number) {
      const last = Math.min(skipTo, number + SKIPS_A_STATEMENT - 1);
      const reason = skipTo > number || look.state === "skipped" ? "outage" : "late";
      await skipRounds(ports.query, look.tournament_id, number, last, reason);
      logRound(ports, look, last, "skipped", reason);
      return on;
    }
  } else if (await playBlock(ports, look, number)) {
    return wait(0); // Its news go out, and an operator's call is seen, before the next block.
  }
  return orUnusable(ports, look, number, () => toOpen(ports, look, number, dueMs));
}

async function toOpen(ports: RoundPorts, look: Look, number: number, dueMs: number): Promise<Step> {
  const candles = isVenueName(look.market)
    ? await venueCandles(ports, look, look.market, number, dueMs)
    : await storedCandles(ports, look, number, dueMs, SOON_MS);
  if (candles.kind === "not_yet") return wait(candles.afterMs);
  if (candles.kind === "skip") {
    await skipRounds(ports.query, look.tournament_id, number, number, candles.reason);
    logRound(ports, look, number, "skipped", candles.reason);
    return on;
  }
  const opened = await open(ports, look, number, dueMs, candles);
  if (opened) {
    logRound(ports, look, number, "open");
    const { has_outside, held, ...row } = opened;
    const outside = has_outside ? await makeOutsideTasks(ports, look, row.round_id) : 0;
    // A live round's next step depends on the time, which a fresh look brings.
    if (look.market !== "replay") return on;
    return onwards({
      ...look,
      ...row,
      number,
      state: "open",
      due_ms: dueMs,
      sent_ms: null,
      sends: 0,
      sent_to: null,
      sent_count: 0,
      deadline_passed: false,
      decided: 0,
      as_tasks: outside + held,
      spent: 0,
      held,
      answers_until_ms: look.now_ms + answerSecondsOf(look) * 1000,
    });
  }
  return on; // Another caller opened it, or the tournament was paused meanwhile: the next look tells.
}

async function whileOpen(ports: RoundPorts, look: Look): Promise<Step> {
  const { round_id: roundId, due_ms: dueMs, sends, interval_seconds: interval } = look;
  if (roundId === null || dueMs === null || sends === null) throw new Error("an open round without its row");
  const replay = isReplay(look.market);
  const waits =
    look.held > 0 ? await waitForAnswers(ports, look, roundId) : { isOver: false, afterMs: Number.POSITIVE_INFINITY };
  if (waits.isOver) return on;
  const everybody = look.decided + look.spent >= (look.participants ?? 0);
  if (look.deadline_passed || (replay && everybody)) {
    if (!(await closeRound(ports.query, roundId))) return on;
    logRound(ports, look, look.number, "closed");
    if (isVenueName(look.market)) return on; // Its quote depends on the time of the close, which a fresh look brings.
    return onwards({ ...look, state: "closed", sent_ms: null, sends: 0 });
  }
  const untilDeadline = dueMs + deadlineAt(0, interval, look.market) - look.now_ms;
  if (everybody) return wait(untilDeadline);
  const { afterMs, sending } = decisionsToSend(look, dueMs, sends);
  if (!sending) return wait(Math.min(untilDeadline, afterMs, waits.afterMs, await beginModels(ports, look, roundId)));
  const more = await sendOwedDecisions(ports, look, roundId, sending);
  return more || !replay ? on : wait(Math.min(RESEND_MS, waits.afterMs));
}

async function whileClosed(ports: RoundPorts, look: Look): Promise<Step> {
  const { round_id, number, due_ms, closed_ms } = look;
  if (round_id === null || number === null || due_ms === null) throw new Error("a closed round without its row");
  if (look.held > 0) await endAnswers(ports, look, round_id);
  if (isVenueName(look.market)) {
    if (closed_ms === null) throw new Error("a closed round without the time of its close");
    const came = await venueQuote(ports, { ...look, round_id, number, due_ms, closed_ms }, look.market);
    if (came.kind === "not_yet") return wait(came.afterMs);
    if (came.kind === "skip") {
      await endRoundFor(ports, look.tournament_id, number, came.reason);
      return on;
    }
    return quoted(ports, look, await storeQuote(ports, round_id, came.quote));
  }
  const published = await publish(ports, look, due_ms);
  if (published === "not_yet") return wait(SOON_MS);
  if (published === "missing")
    throw new UnusableMarket(`the candle that round ${look.number} fills on will never come`);
  return quoted(ports, look, await quote(ports, { ...look, round_id, due_ms }));
}

/** `stored`: null where another caller was first. */
function quoted(ports: RoundPorts, look: Look, stored: { readonly owes_fills: boolean } | null): Step {
  if (!stored) return on;
  logRound(ports, look, look.number, "quoted");
  return onwards({ ...look, state: "quoted", owes_fills: stored.owes_fills, sent_ms: null, sends: 0 });
}

async function whileQuoted(ports: RoundPorts, look: Look): Promise<Step> {
  const { round_id: roundId, sends } = look;
  if (roundId === null || sends === null) throw new Error("a quoted round without its row");
  if (/* guard fills-first */ look.owes_fills /* end */) {
    const untilResend = resendWaitMs(look);
    if (untilResend > 0) return wait(untilResend);
    await sendOwedFills(ports, look.tournament_id, roundId, sends);
    return wait(RESEND_MS);
  }
  if (!(await settleRound(ports.query, roundId))) return on;
  logRound(ports, look, look.number, "settled");
  return look.market === "replay" ? onwards({ ...look, state: "settled" }) : on;
}
