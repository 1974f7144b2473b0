/** Plays a plan on a stack that is up, with progress on stderr. */
import { z } from "zod";
import { clockText, marketClock } from "../../core/market-clock.ts";
import type { Query } from "../../db/query.ts";
import type { Stack } from "../../local/stack.ts";
import { apiClient } from "../api-client.ts";
import { type Progress, startProgress } from "../progress.ts";
import { followTournament, lookAt, shortfallOf } from "./follow.ts";
import type { TournamentPlan } from "./plan.ts";
import type { Timing } from "./report.ts";
import { type Counts, readCounts, readResult, type TournamentResult } from "./result.ts";
import { createTournament, findUnfinished, startTournament, storeCandles } from "./run.ts";

const { stderr } = process;
const printLine = (line: string) => stderr.write(`${line}\n`);

/** The tournament ended without a result; the message is a sentence for the user. */
export class Shortfall extends Error {
  override readonly name = "Shortfall";
}

/**
 * From the candles to the ledger's verdict; goes on with an unfinished tournament of the same plan. Says on stderr how far it is.
 * `missed` ends with a sentence when a cassette does not know a request: the tournament is then cancelled.
 * Throws Shortfall, when interrupted, and what the API or the database says.
 */
export async function playTournament(
  plan: TournamentPlan,
  { url, operatorKey, query }: Stack,
  signal: AbortSignal,
  missed: AbortSignal = new AbortController().signal,
): Promise<{ id: string; result: TournamentResult; timing: Timing }> {
  signal.throwIfAborted();
  const api = apiClient(url, operatorKey, signal);
  const unfinished = await findUnfinished(query, plan);
  if (unfinished === null) await withCandles(plan, query, signal);
  const id = unfinished?.id ?? (await createTournament(api, query, plan));
  const before = await lookAt(query, id);
  const decidedBefore = unfinished === null ? 0 : decisionsOf(await readCounts(query, id));
  const { rounds } = plan.options;
  const clock = plan.source.kind === "synthetic" ? clockText(marketClock(plan.intervalSeconds)) : null;
  if (unfinished === null)
    printLine(
      `Tournament ${id}: ${rounds} rounds, ${plan.agents.length} entries${clock === null ? "" : `, market clock ${clock}`}. Watch it at ${url}/t/${id}`,
    );
  else printLine(`Going on with the unfinished tournament ${id}: ${before.settled} of ${rounds} rounds are settled.`);

  const startedAt = performance.now();
  await startTournament(api, id, unfinished?.status ?? "upcoming");
  const progress = startProgress(stderr, "Rounds", rounds, "rounds");
  const end = await followTournament({
    query,
    tournamentId: id,
    signal: AbortSignal.any([signal, missed]),
    now: () => performance.now(),
    onLook(look) {
      const seconds = (performance.now() - startedAt) / 1_000;
      const rate = Math.round((look.decisions - before.decisions) / seconds);
      progress.update(look.settled, `${rate.toLocaleString("en-US")} decisions/s`);
    },
    onNote: printLine,
  })
    .catch(async (error: unknown) => {
      if (missed.aborted) await api.post(`/tournaments/${id}/cancel`, {}, z.unknown());
      throw missed.aborted ? new Shortfall(String(missed.reason)) : error;
    })
    .finally(() => progress.stop());
  const elapsedMs = performance.now() - startedAt;
  const shortfall = shortfallOf(id, end);
  if (shortfall !== null) throw new Shortfall(shortfall);

  const check = startProgress(stderr, "Ledger", rounds, "rounds checked");
  const result = await readResult(api, query, id, (done) => check.update(done)).finally(() => check.stop());
  if (result.counts.rounds !== rounds) {
    throw new Error(`only ${result.counts.rounds} of ${rounds} rounds were settled; the others were skipped`);
  }
  return { id, result, timing: { elapsedMs, decisions: decisionsOf(result.counts) - decidedBefore } };
}

async function withCandles(plan: TournamentPlan, query: Query, signal: AbortSignal): Promise<void> {
  const shown: { bar: Progress | null } = { bar: null };
  try {
    await storeCandles(query, plan, (stored, total) => {
      signal.throwIfAborted();
      shown.bar ??= startProgress(stderr, "Candles", total, "candles a symbol");
      shown.bar.update(stored);
    });
  } finally {
    shown.bar?.stop();
  }
}

function decisionsOf(counts: Counts): number {
  return counts.decisions_made + counts.decisions_held;
}
