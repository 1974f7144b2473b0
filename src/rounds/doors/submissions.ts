/**
 * Decisions that agents from outside send. Concurrent decisions share their reads and their write: a thousand agents of one
 * round cost some dozens of statements.
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
import { refusalOf, type SeatRefusal } from "./seat.ts";

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
): Promise<Submitted[]> {
  const results: Submitted[] = submissions.map(() => ({ kind: "busy" }));
  let left = await Promise.all(
    submissions.map(
      async (submission, at): Promise<Asked> => ({
        at,
        submission,
        bodyHash: await sha256Hex(canonicalJson(submission.body)),
      }),
    ),
  );
  for (let tries = 0; left.length > 0 && tries < TRIES_MAX; tries++) {
    const next: Asked[] = [];
    const toDecide = await look(ports, left, results, next);
    for (const group of Map.groupBy(toDecide, ({ seat }) => seat.open_round_id).values()) {
      await decide(ports, group, results, next);
    }
    left = next;
  }
  return results;
}

interface Seated extends Asked {
  readonly seat: Seat;
}

/** Settles what needs no write. Answers with the submissions that can be decided, one of an entry. */
async function look(
  ports: SubmissionPorts,
  asked: readonly Asked[],
  results: Submitted[],
  next: Asked[],
): Promise<Seated[]> {
  const seats = await readSeats(
    ports.query,
    asked.map(({ submission: { agentId, tournamentId, body } }) => ({ agentId, tournamentId, round: body.round })),
  );
  const deciding = new Set<string>();
  const ready: Seated[] = [];
  for (const [i, ask] of asked.entries()) {
    const [seat, another] = seats[i] ?? [];
    const settled = seat && !another ? withoutWriting(ask, seat) : ({ kind: "unclear" } as const);
    if (settled) results[ask.at] = settled;
    else if (seat && !deciding.has(seat.entry_id)) {
      if (!ask.submission.dryRun) deciding.add(seat.entry_id);
      ready.push({ ...ask, seat });
    } else next.push(ask);
  }
  return ready;
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

/** Decides for entries of one open round: one read, and one write for those that are no dry run. */
async function decide(
  ports: SubmissionPorts,
  group: readonly Seated[],
  results: Submitted[],
  next: Asked[],
): Promise<void> {
  const [first] = group;
  if (!first) return;
  const entryIds = [...new Set(group.map(({ seat }) => seat.entry_id))].sort();
  const context = await readDecisionContext(ports.query, first.seat.tournament_id, entryIds);
  if (
    !context ||
    context.round_id === null ||
    context.due_ms === null ||
    context.round_id !== first.seat.open_round_id
  ) {
    next.push(...group);
    return;
  }
  const market = await marketAt(ports, context, context.due_ms);
  const entries = new Map(context.entries.map((entry) => [entry.id, entry]));
  const writing = new Map<string, Seated & { readonly row: AnswerRow }>();
  for (const ask of group) {
    const entry = entries.get(ask.seat.entry_id);
    if (!entry || entry.decided !== null) {
      next.push(ask);
      continue;
    }
    const { orders, reasoning, confidence = 0, memory } = ask.submission.body;
    const choice = { orders, reasoning, confidence, memory: memory?.notes ?? null };
    const made = await answerRow(ports, context, entry, market, { kind: "choice", choice, recovered: false }, 0);
    if ("fate" in made) results[ask.at] = failureOf(made.fate);
    else if (ask.submission.dryRun) results[ask.at] = answered(ask, context, made.row, null);
    else writing.set(entry.id, { ...ask, row: made.row });
  }
  const rows = [...writing.values()].map(
    ({ row, bodyHash, submission: { body, door } }): AnswerRow => ({ ...row, body_hash: bodyHash, body, door }),
  );
  const fates = new Map<string, Fate>();
  await storeAnswers(ports, context.round_id, rows, fates);
  for (const [entryId, ask] of writing) {
    const fate = fates.get(entryId);
    if (fate?.kind === "accepted") results[ask.at] = answered(ask, context, ask.row, fate.storedAt);
    else if (fate?.kind === "failed") results[ask.at] = failureOf(fate);
    // Somebody was first, the round closed, or the entry changed: the rows tell.
    else next.push(ask);
  }
}

function failureOf(fate: Fate): Submitted {
  if (fate.kind !== "failed") throw new Error(`a decision without an answer: ${fate.kind}`);
  return { kind: "failed", code: fate.code, message: fate.message };
}

function answered(
  { seat }: Seated,
  context: DecisionContext,
  { outcome, orders }: AnswerRow,
  storedAt: string | null,
): Submitted {
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
  return { kind: "answer", answer, tournamentId: seat.tournament_id, isReplay: seat.market === "replay" };
}
