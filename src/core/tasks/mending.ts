/** What an operator can do about a task that failed, by its error's code and its round. Pure. */
import { type Again, againOf, type ErrorCode, errorCodes, isErrorCode } from "../error-codes.ts";

export interface Mending {
  /** Whether a retry of the task may succeed: by itself, once something is mended, or never. */
  readonly again: Again;
  /** What the code means, in a sentence. Empty for an error without a known code. */
  readonly sentence: string;
  /** What to do, in one to three sentences. */
  readonly mend: string;
}

/** The round whose decision a task is for. */
export interface DecidedRound {
  readonly number: number | null;
  /** Null: the task is for no round. */
  readonly state: string | null;
}

const FASTER = "Give the agent less to think about, or the tournament longer rounds.";
const OTHER_ARGUMENTS = "Run the task again with other arguments.";

/** Without "then retry": `again` says whether that helps. */
const mends: Partial<Record<ErrorCode, string>> = {
  "round.late": FASTER,
  "round.no_answer": "The page of recoveries says whether the platform lost the answer.",
  "agent.timeout": FASTER,
  "agent.failed": "Mend the agent: the message says what was wrong with its answer.",
  "agent.halted": "Let the entry go on: Resume on the page of its agent, or POST /agents/{id}/resume.",
  "agent.wrong_kind": "An agent from outside decides when its own program calls.",
  "agent.unknown_strategy": "Deploy a version that has the strategy.",
  "agent.archived": "Enter another agent: this one was deleted.",
  "agent.not_found": "Run the task again with the id of an agent that exists.",
  "entry.not_found": "Run the task again with an agent that plays in the tournament.",
  "entry.withdrawn": "The entry trades no more.",
  "tournament.not_found": "Run the task again with the id of a tournament that exists.",
  "tournament.no_candles": "Add the missing candles to the source.",
  "round.stuck": "See whether all parts answer (GET /health), and what the errors of the last hour say.",
  "market.unusable": "Mend the candles of the source, and start a new tournament.",
  "task.bad_args": "Run the task again with arguments that fit: the page of registered tasks lists them.",
  "task.unknown_name": "Deploy a version that has the task.",
  "task.lost": "Look in the Worker's log for what ends its consumers: ten in a row died with this task.",
  "task.failed": "Mend the code: the stack on the task's page says where it failed.",
  "task.hard_limit": "Find out what is slow, or raise the task's hard limit.",
  "task.soft_limit": "Find out what is slow, or raise the task's soft limit.",
  "task.cancelled": "Nothing has to be mended: an operator cancelled it.",
  "internal.database": "See that the database answers (GET /health).",
  "internal.bad_row": "Mend what the task writes: the message says what the database refused.",
};

const unknown: Readonly<Record<Again, string>> = {
  yes: "Nothing has to be mended.",
  "once mended": "Mend what the message names.",
  no: OTHER_ARGUMENTS,
};

const then: Readonly<Record<Again, string>> = {
  yes: "A retry may succeed.",
  "once mended": "Then retry.",
  no: "A retry ends the same way.",
};

/** The codes after which no retry can help. */
export const finalErrorCodes: readonly ErrorCode[] = Object.keys(errorCodes)
  .filter(isErrorCode)
  .filter((code) => againOf(code) === "no");

/** The states of a round whose decisions may still be stored. */
export const roundsToDecide: readonly string[] = ["scheduled", "open"];

export const isOver = ({ state }: DecidedRound): boolean => state !== null && !roundsToDecide.includes(state);

/**
 * An error without a code of the table may have any cause, so a retry is left to the operator. A decision whose round is over
 * is never stored, whatever the error was.
 */
export function mendingOf(code: string | null, round: DecidedRound | null = null): Mending {
  const known = isErrorCode(code) ? code : null;
  const sentence = known ? errorCodes[known].sentence : "";
  const own = known ? againOf(known) : "once mended";
  const mend = (known && mends[known]) ?? unknown[own];
  if (round !== null && isOver(round)) {
    const which = round.number === null ? "Its round" : `Round ${round.number}`;
    return { again: "no", sentence, mend: `${which} is over, so a retry can't help. ${mend}` };
  }
  return { again: own, sentence, mend: own === "no" ? `${then.no} ${mend}` : `${mend} ${then[own]}` };
}
