/** A decision outside any round: the same question and checks on the latest closed candles; nothing is placed or stored. */
import { WARM_UP_CANDLES } from "../core/phases.ts";
import { isVenueName } from "../core/venue-names.ts";
import { readDecisionContext } from "../db/statements/decisions/context.ts";
import { type Look, lookAtTournament } from "../db/statements/rounds/look.ts";
import type { Outcome } from "../engine/task.ts";
import { askAgent } from "../rounds/ask-agent.ts";
import { answerRow } from "../rounds/decide.ts";
import type { RoundPorts } from "../rounds/ports.ts";
import { marketAt, marketText, requestOf } from "../rounds/request.ts";
import { type DecisionResult, decisionResult } from "./decision-result.ts";

export async function rehearse(
  ports: RoundPorts,
  tournamentId: string,
  entryId: string,
  recoverFromCrash: boolean,
): Promise<Outcome<DecisionResult>> {
  const look = await lookAtTournament(ports.query, tournamentId);
  const context = await readDecisionContext(ports.query, tournamentId, [entryId]);
  const entry = context?.entries[0];
  if (!look || !context || !entry)
    return { kind: "failure", code: "entry.not_found", message: "The entry takes no part." };
  const dueMs = dueNow(look);
  const published = await publish(ports, look, dueMs);
  // The tournament was started by hand long before its time. No candle of its warm-up is closed, and none may be made early.
  const firstCloseMs = look.starts_ms - (WARM_UP_CANDLES - 1) * look.interval_seconds * 1000;
  if (published === "missing" && look.now_ms < firstCloseMs) {
    const reason = `the market's first candle closes at ${new Date(firstCloseMs).toISOString()}`;
    return { kind: "snooze", afterMs: firstCloseMs - look.now_ms, reason };
  }
  if (published !== "ready")
    return {
      kind: "retry",
      code: "tournament.no_candles",
      message: "The market has not published its candles.",
      afterMs: 2000,
    };
  const market = await marketAt(ports, context, dueMs, dueMs < look.starts_ms);
  const request = {
    ...requestOf(context, entry, marketText(context, market), (look.number ?? -1) + 1, recoverFromCrash),
    roundId: null,
  };
  const reply = await askAgent(ports, request);
  const answer = await answerRow(ports, context, entry, market, reply, 0);
  if ("row" in answer) {
    return {
      kind: "success",
      result: decisionResult.parse({ ...answer.row.result(), outcome: "rehearsal", round: null }),
    };
  }
  const { fate } = answer;
  if (fate.kind !== "failed") throw new Error("a rehearsal without an answer");
  return fate.code === "agent.needs_recovery"
    ? { kind: "failure", code: fate.code, message: `${fate.message} Run it with recover_from_crash=true.` }
    : { kind: "retry", code: fate.code, message: fate.message };
}

/** Has the candles up to the one that closes at `dueMs` stored. */
async function publish(ports: RoundPorts, look: Look, dueMs: number): Promise<"ready" | "not_yet" | "missing"> {
  const { source_kind: kind, symbols, interval_seconds: intervalSeconds } = look;
  if (!isVenueName(kind)) {
    return ports.markets[kind].publish(ports.query, look.candle_source_id, dueMs - look.source_interval_seconds * 1000);
  }
  const { values } = await ports.venue(kind).candles({ symbols, intervalSeconds, dueMs });
  return symbols.every((symbol) => values[symbol] !== undefined) ? "ready" : "not_yet";
}

/** The last time on the rounds' grid whose candles are closed, also before round 0. In a replay: that of its last round. */
function dueNow(look: Look): number {
  if (look.market === "replay") return look.due_ms ?? look.starts_ms;
  const intervalMs = look.interval_seconds * 1000;
  return look.starts_ms + Math.floor((look.now_ms - look.starts_ms) / intervalMs) * intervalMs;
}
