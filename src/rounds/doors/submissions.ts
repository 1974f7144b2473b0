/**
 * Decisions that agents from outside send. Concurrent decisions share their reads and their write: a thousand agents of one
 * round cost some dozens of statements. Where an agent sits is looked up the first time, and when its decision can't be stored.
 */
import type { DecisionAnswer, DecisionBody } from "../../api/decision.ts";
import { errorCodes, isErrorCode } from "../../core/error-codes.ts";
import { canonicalJson, sha256Hex } from "../../core/text/canonical.ts";
import { type DecisionContext, readDecisionContext } from "../../db/statements/decisions/context.ts";
import type { AnswerRow } from "../../db/statements/decisions/write.ts";
import { readSeats, type Seat, type StoredAnswer } from "../../db/statements/doors/seats.ts";
import { answerRow } from "../decide.ts";
import type { Fate } from "../fate.ts";
import type { RoundPorts } from "../ports.ts";
import { marketAt } from "../request.ts";
import { storeAnswers } from "../store-answers.ts";
import type { Door } from "./door.ts";
import { KnownSeats, refusalOf, type SeatRefusal } from "./seat.ts";

export interface Submission {
  readonly agentId: string;
  /** Null: the agent's only live entry. */
  readonly tournamentId: string | null;
  readonly body: DecisionBody;
  readonly dryRun: boolean;
  readonly door: Door;
}

export type Submitted =
  | {
      readonly kind: "answer";
      readonly answer: DecisionAnswer;
      readonly tournamentId: string;
      readonly isReplay: boolean;
    }
  /** Another body is stored. */
  | { readonly kind: "exists"; readonly stored: DecisionAnswer }
  /** The round has closed. */
  | { readonly kind: "late" }
  /** `round`: the open round. */
  | { readonly kind: "not_open"; readonly round: number | null }
  | { readonly kind: "failed"; readonly code: string; readonly message: string }
  /** The entry kept changing while its decision was to be stored. */
  | { readonly kind: "busy" }
  | SeatRefusal;

export type SubmissionPorts = Pick<RoundPorts, "query" | "views" | "newId" | "by" | "correlationId" | "log">;

/** Looks at the rows again after somebody else was first: a stored decision, a recovery, a fill. */
const TRIES_MAX = 6;

interface Asked {
  readonly at: number;
  readonly submission: Submission;
  readonly bodyHash: string;
}

/** Each in its place. */
export async function takeSubmissions(
  ports: SubmissionPorts,
  submissions: readonly Submission[],
  known = new KnownSeats(),
): Promise<Submitted[]> {
  const results: Submitted[] = submissions.map(() => ({ kind: "busy" }));
  const asked = await Promise.all(
    submissions.map(
      async (submission, at): Promise<Asked> => ({
        at,
        submission,
        bodyHash: await sha256Hex(canonicalJson(submission.body)),
      }),
    ),
  );
  let left: Asked[] = [];
  const seated = onePerEntry(
    asked.flatMap((ask) => {
      const seat = known.get(ask.submission.agentId, ask.submission.tournamentId);
      if (seat) return [{ ...ask, entryId: seat.entry_id, tournamentId: seat.tournament_id }];
      left.push(ask);
      return [];
    }),
    left,
  );
  await decideAll(ports, seated, results, left);
  for (let tries = 0; left.length > 0 && tries < TRIES_MAX; tries++) {
    const next: Asked[] = [];
    const toDecide = await look(ports, left, known, results, next);
    await decideAll(ports, toDecide, results, next);
    left = next;
  }
  return results;
}

interface Seated extends Asked {
  readonly entryId: string;
  readonly tournamentId: string;
}

/** Those that are decided now. The others of the same entry wait for what becomes of its first one. */
function onePerEntry(seated: readonly Seated[], next: Asked[]): Seated[] {
  const deciding = new Set<string>();
  return seated.filter((ask) => {
    if (deciding.has(ask.entryId)) {
      next.push(ask);
      return false;
    }
    if (!ask.submission.dryRun) deciding.add(ask.entryId);
    return true;
  });
}

/** Settles what needs no write. Answers with the submissions that can be decided, one of an entry. */
async function look(
  ports: SubmissionPorts,
  asked: readonly Asked[],
  known: KnownSeats,
  results: Submitted[],
  next: Asked[],
): Promise<Seated[]> {
  const seats = await readSeats(
    ports.query,
    asked.map(({ submission: { agentId, tournamentId, body } }) => ({ agentId, tournamentId, round: body.round })),
  );
  const ready: Seated[] = [];
  for (const [i, ask] of asked.entries()) {
    const [seat, another] = seats[i] ?? [];
    const settled = seat && !another ? withoutWriting(ask, seat) : ({ kind: "unclear" } as const);
    if (settled) results[ask.at] = settled;
    else if (seat) {
      known.keep(seat);
      ready.push({ ...ask, entryId: seat.entry_id, tournamentId: seat.tournament_id });
    }
  }
  return onePerEntry(ready, next);
}

/** The answer that follows from the rows alone. Null: the open round takes the decision. */
function withoutWriting({ submission, bodyHash }: Asked, seat: Seat): Submitted | null {
  const { round } = submission.body;
  if (seat.stored) {
    const stored = storedAnswer(round, seat.stored);
    if (seat.stored.body_hash !== bodyHash) return { kind: "exists", stored };
    const answer = { ...stored, replayed: true };
    return { kind: "answer", answer, tournamentId: seat.tournament_id, isReplay: seat.market === "replay" };
  }
  if (seat.entry_status === "withdrawn") return { kind: "withdrawn" };
  const isOpen = seat.open_round_id !== null;
  if (round < seat.last_number || (round === seat.last_number && !isOpen)) return { kind: "late" };
  if (round > seat.last_number) return { kind: "not_open", round: isOpen ? seat.last_number : null };
  return refusalOf(seat);
}

function storedAnswer(round: number, { outcome, decided_at, orders }: StoredAnswer): DecisionAnswer {
  return {
    round,
    outcome,
    orders: orders.map(({ refused, code, ...order }) => ({ ...order, ...verdict(refused, code) })),
    stored_at: new Date(decided_at).toISOString(),
    replayed: false,
  };
}

function verdict(refused: boolean, code: string | null) {
  const known = refused && code !== null && isErrorCode(code) ? errorCodes[code].sentence : null;
  return { state: refused ? ("refused" as const) : ("accepted" as const), code: refused ? code : null, detail: known };
}

async function decideAll(
  ports: SubmissionPorts,
  seated: readonly Seated[],
  results: Submitted[],
  next: Asked[],
): Promise<void> {
  for (const [tournamentId, group] of Map.groupBy(seated, (ask) => ask.tournamentId)) {
    await decide(ports, tournamentId, group, results, next);
  }
}

/** Decides for entries of one tournament's open round: one read, and one write for those that are no dry run. */
async function decide(
  ports: SubmissionPorts,
  tournamentId: string,
  group: readonly Seated[],
  results: Submitted[],
  next: Asked[],
): Promise<void> {
  const entryIds = [...new Set(group.map(({ entryId }) => entryId))].sort();
  const context = await readDecisionContext(ports.query, tournamentId, entryIds);
  if (!context || context.round_id === null || context.due_ms === null || !context.takes_answers) {
    next.push(...group);
    return;
  }
  const market = await marketAt(ports, context, context.due_ms);
  const entries = new Map(context.entries.map((entry) => [entry.id, entry]));
  const writing = new Map<string, Seated & { readonly row: AnswerRow }>();
  for (const ask of group) {
    const entry = entries.get(ask.entryId);
    const { round, orders, reasoning, confidence = 0, memory } = ask.submission.body;
    // What stands against it is in the rows: another round, a stored decision, an entry that is halted or has left.
    if (round !== context.number || !entry || entry.halted || entry.decided !== null) {
      next.push(ask);
      continue;
    }
    const choice = { orders, reasoning, confidence, memory: memory?.notes ?? null };
    const made = await answerRow(ports, context, entry, market, { kind: "choice", choice, recovered: false }, 0);
    if ("fate" in made) results[ask.at] = failureOf(made.fate);
    else if (ask.submission.dryRun) results[ask.at] = answered(context, made.row, null);
    else writing.set(entry.id, { ...ask, row: made.row });
  }
  const rows = [...writing.values()].map(
    ({ row, bodyHash, submission: { body, door } }): AnswerRow => ({ ...row, body_hash: bodyHash, body, door }),
  );
  const fates = new Map<string, Fate>();
  await storeAnswers(ports, context.round_id, rows, fates);
  for (const [entryId, ask] of writing) {
    const fate = fates.get(entryId);
    if (fate?.kind === "accepted") results[ask.at] = answered(context, ask.row, fate.storedAt);
    else if (fate?.kind === "failed") results[ask.at] = failureOf(fate);
    // Somebody was first, the round closed, or the entry changed: the rows tell.
    else next.push(ask);
  }
}

function failureOf(fate: Fate): Submitted {
  if (fate.kind !== "failed") throw new Error(`a decision without an answer: ${fate.kind}`);
  return { kind: "failed", code: fate.code, message: fate.message };
}

function answered(context: DecisionContext, { outcome, orders }: AnswerRow, storedAt: string | null): Submitted {
  const answer: DecisionAnswer = {
    round: context.number ?? 0,
    outcome,
    orders: orders.map(({ side, symbol, amount, confidence, state, code }) => ({
      side: side === "sell" ? "sell" : "buy",
      symbol,
      amount,
      confidence,
      ...verdict(state === "refused", code),
    })),
    stored_at: storedAt === null ? null : new Date(storedAt).toISOString(),
    replayed: false,
  };
  return { kind: "answer", answer, tournamentId: context.tournament_id, isReplay: context.market === "replay" };
}
