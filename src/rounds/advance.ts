/**
 * Joins the steps of a round: makes the arrows that are due, one guarded statement each, and says when to come back.
 * The Arena's alarm, the crons, a consumer's hint and an operator all call it; it is safe from all of them at once.
 */
import { limits } from "../core/limits.ts";
import { deadlineAt, isReplay, roundDueAt, roundNumberAt } from "../core/phases.ts";
import { dropLateOrders } from "../db/statements/api-tournament-state.ts";
import { cancelActiveRound } from "../db/statements/round-cancel.ts";
import { closeRound } from "../db/statements/round-close.ts";
import { type Look, lookAtTournament } from "../db/statements/round-look.ts";
import { settleRound } from "../db/statements/round-settle.ts";
import { skipRounds } from "../db/statements/round-skip.ts";
import { completeTournament } from "../db/statements/tournament-complete.ts";
import { startDueTournaments } from "../db/statements/tournament-live.ts";
import { lastCandleOpenAt, open } from "./open.ts";
import type { RoundPorts } from "./ports.ts";
import { quote } from "./quote.ts";
import { sendOwedDecisions, sendOwedFills } from "./send.ts";
import { decisionsToSend, RESEND_MS, resendWaitMs } from "./sending.ts";

export interface Advanced {
  /** Milliseconds until something is due again; null when nothing will be (not live, ended). */
  readonly afterMs: number | null;
  readonly status: Look["status"] | null;
  /** Beat has been silent for so long that whoever sees it should wake it. */
  readonly beatIsSilent: boolean;
}

/** A source that hasn't published yet, a lost race: look again after this. */
const SOON_MS = 250;
/** Rounds that one statement skips: after a long outage the next one goes on, each well inside its time. */
const SKIPS_A_STATEMENT = 10_000;
/** An alarm far ahead is set in steps: a date that was moved meanwhile is seen within a day. */
const ALARM_MAX_MS = 86_400_000;
/** Arrows of one call; a runaway loop would be a bug, and the alarm goes on from here anyway. */
const ARROWS_MAX = 64;

/** After an arrow of its own a call knows what the row says now (`look`) and needn't read it again: the next arrow is guarded. */
type Step = { readonly go: "on"; readonly look?: Look } | { readonly go: "wait"; readonly afterMs: number | null };
const on: Step = { go: "on" };
const onwards = (look: Look): Step => ({ go: "on", look });
const wait = (afterMs: number | null): Step => ({
  go: "wait",
  afterMs: afterMs === null ? null : Math.max(1, Math.ceil(afterMs)),
});

export async function advance(ports: RoundPorts, tournamentId: string): Promise<Advanced> {
  let status: Advanced["status"] = null;
  let beatIsSilent = false;
  let known: Look | undefined;
  for (let arrow = 0; arrow < ARROWS_MAX; arrow++) {
    const look: Look | null = known ?? (await lookAtTournament(ports.query, tournamentId));
    if (!look) return { afterMs: null, status: null, beatIsSilent };
    status = look.status;
    beatIsSilent = (look.beat_age_ms ?? 0) > limits.beatOverdueSeconds * 1000;
    const step = await next(ports, look);
    if (step.go === "wait") return { afterMs: step.afterMs, status, beatIsSilent };
    known = step.look;
  }
  return { afterMs: SOON_MS, status, beatIsSilent };
}

function next(ports: RoundPorts, look: Look): Promise<Step> | Step {
  const active = look.state === "open" || look.state === "closed" || look.state === "quoted";
  if (look.status === "cancelled") return active ? endRound(ports, look) : dropOrders(ports, look);
  switch (look.state) {
    case "open":
      return whileOpen(ports, look);
    case "closed":
      return whileClosed(ports, look);
    case "quoted":
      return whileQuoted(ports, look);
    default:
      if (look.status === "live") return betweenRounds(ports, look);
      return look.status === "upcoming" && look.market !== "replay" ? beforeTheStart(ports, look) : wait(null);
  }
}

async function endRound(ports: RoundPorts, look: Look): Promise<Step> {
  await cancelActiveRound(ports.query, look.tournament_id);
  return on;
}

/** Once more behind every cancelling, which may have died between its two statements. */
async function dropOrders(ports: RoundPorts, look: Look): Promise<Step> {
  await dropLateOrders(ports.query, look.tournament_id);
  return wait(null);
}

/** A live market starts when its time comes, to the second: the one-minute cron is there in case this alarm is lost. */
async function beforeTheStart(ports: RoundPorts, look: Look): Promise<Step> {
  const untilStart = look.starts_ms - look.now_ms;
  if (untilStart > 0) return wait(Math.min(untilStart, ALARM_MAX_MS));
  const [started] = await startDueTournaments(ports.query, look.tournament_id);
  // Without entries it waits for the first, who wakes the Arena; what was made too late for its time is the cron's.
  if (!started) return wait(null);
  ports.log({ event: "tournament", tournament_id: look.tournament_id, status: "live", by: ports.by });
  return on;
}

function sayRound(ports: RoundPorts, look: Look, number: number | null, state: string, reason?: string): void {
  ports.log({
    event: "round",
    tournament_id: look.tournament_id,
    number: number ?? -1,
    state,
    ...(reason ? { reason } : {}),
  });
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
    // A round in which nobody could decide any more is skipped: the ones before the current, and the current when late.
    const skipTo =
      now >= deadlineAt(roundDueAt(startsAt, interval, current), interval, look.market) ? current : current - 1;
    if (skipTo >= number) {
      const last = Math.min(skipTo, number + SKIPS_A_STATEMENT - 1);
      const reason = skipTo > number || look.state === "skipped" ? "outage" : "late";
      await skipRounds(ports.query, look.tournament_id, number, last, reason);
      sayRound(ports, look, last, "skipped", reason);
      return on;
    }
  }
  const published = await publish(ports, look, lastCandleOpenAt(look, dueMs));
  if (published === "not_yet") return wait(SOON_MS);
  if (published === "missing") {
    await skipRounds(ports.query, look.tournament_id, number, number, "no_candles");
    sayRound(ports, look, number, "skipped", "no_candles");
    return on;
  }
  const opened = await open(ports, look, number, dueMs);
  if (opened) {
    sayRound(ports, look, number, "open");
    // A live round's next step depends on the time, which a fresh look brings.
    if (look.market !== "replay") return on;
    return onwards({
      ...look,
      ...opened,
      number,
      state: "open",
      due_ms: dueMs,
      sent_ms: null,
      sends: 0,
      sent_to: null,
      sent_count: 0,
      deadline_passed: false,
      decided: 0,
      as_tasks: 0,
      spent: 0,
    });
  }
  // Another caller opened it, or the tournament was paused meanwhile: the next look tells.
  return on;
}

async function whileOpen(ports: RoundPorts, look: Look): Promise<Step> {
  const { round_id: roundId, due_ms: dueMs, sends, interval_seconds: interval } = look;
  if (roundId === null || dueMs === null || sends === null) throw new Error("an open round without its row");
  const replay = isReplay(look.market);
  const participants = look.participants ?? 0;
  const everybody = look.decided + look.spent >= participants;
  if (look.deadline_passed || (replay && everybody)) {
    if (!(await closeRound(ports.query, roundId))) return on;
    sayRound(ports, look, look.number, "closed");
    return onwards({ ...look, state: "closed", sent_ms: null, sends: 0 });
  }
  const untilDeadline = dueMs + deadlineAt(0, interval, look.market) - look.now_ms;
  if (everybody) return wait(untilDeadline);
  const { afterMs, sending } = decisionsToSend(look, dueMs, sends);
  if (!sending) return wait(Math.min(untilDeadline, afterMs));
  const more = await sendOwedDecisions(ports, look.tournament_id, roundId, sending);
  return more || !replay ? on : wait(RESEND_MS);
}

async function whileClosed(ports: RoundPorts, look: Look): Promise<Step> {
  const { round_id, due_ms } = look;
  if (round_id === null || due_ms === null) throw new Error("a closed round without its row");
  const published = await publish(ports, look, due_ms);
  if (published === "not_yet") return wait(SOON_MS);
  if (published === "missing") throw new Error(`the candle that round ${look.number} fills on will never come`);
  const quoted = await quote(ports, { ...look, round_id, due_ms });
  if (!quoted) return on;
  sayRound(ports, look, look.number, "quoted");
  return onwards({ ...look, state: "quoted", owes_fills: quoted.owes_fills, sent_ms: null, sends: 0 });
}

async function whileQuoted(ports: RoundPorts, look: Look): Promise<Step> {
  const { round_id: roundId, sends } = look;
  if (roundId === null || sends === null) throw new Error("a quoted round without its row");
  if (look.owes_fills) {
    const untilResend = resendWaitMs(look);
    if (untilResend > 0) return wait(untilResend);
    await sendOwedFills(ports, look.tournament_id, roundId, sends);
    return wait(RESEND_MS);
  }
  if (!(await settleRound(ports.query, roundId))) return on;
  sayRound(ports, look, look.number, "settled");
  return look.market === "replay" ? onwards({ ...look, state: "settled" }) : on;
}

function publish(ports: RoundPorts, look: Look, openAt: number): Promise<"ready" | "not_yet" | "missing"> {
  if (openAt <= look.source_last_open_ms) return Promise.resolve("ready");
  return ports.markets[look.source_kind].publish(ports.query, look.candle_source_id, openAt);
}
