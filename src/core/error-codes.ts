/**
 * Every code that a caller, an order, a task or a miss may carry: its HTTP status, the sentence that the public sees,
 * and whether the same call may succeed later. Internal text never leaves: what is thrown without a code is answered
 * as `internal.unexpected`.
 */
interface CodeEntry {
  readonly status: number;
  readonly sentence: string;
  readonly retryable: boolean;
}

const no = (status: number, sentence: string): CodeEntry => ({ status, sentence, retryable: false });
const later = (status: number, sentence: string): CodeEntry => ({ status, sentence, retryable: true });

export const errorCodes = {
  // Why an order is refused, when it is decided or at its fill.
  "trading.bad_order": no(422, "The order is not an object with side, symbol and amount."),
  "trading.unknown_symbol": no(422, "The tournament does not trade this symbol."),
  "trading.bad_amount": no(422, "The amount must be a positive decimal string of at most 1e15."),
  "trading.no_price": no(422, "There is no price for this symbol in this round."),
  "trading.below_minimum": no(422, "The order is worth less than the tournament's minimum order."),
  "trading.insufficient_cash": no(422, "The order spends more than the cash that is there."),
  "trading.cash_reserve": no(422, "The order would leave less cash than the agent's cash reserve."),
  "trading.position_share": no(422, "The order would raise the position above the agent's maximum share."),
  "trading.risk_limit": no(422, "The order is larger than total value times the agent's risk score."),
  "trading.insufficient_holding": no(422, "The order sells more than the agent holds."),
  "trading.trades_per_round": no(422, "The agent has used up its trades of this round."),
  "trading.too_many_orders": no(422, "Only the first 100 orders of a decision are looked at."),

  "agent.not_found": no(404, "There is no such agent."),
  "agent.name_taken": no(409, "Another agent has this name."),
  "agent.unknown_strategy": no(422, "There is no such strategy."),
  "agent.archived": no(409, "The agent was deleted and takes part in nothing new."),
  "agent.ambiguous_entry": no(422, "The agent plays in several live tournaments: name one by tournament_id."),
  "agent.no_live_entry": no(422, "The agent plays in no live tournament."),
  "agent.needs_recovery": no(409, "The agent's live state is new or behind, and recovery was not allowed."),
  "agent.failed": later(502, "The agent did not answer with a valid decision."),
  "agent.timeout": later(504, "The agent did not answer in time."),

  "entry.not_found": no(404, "This agent has no entry in this tournament."),
  "entry.withdrawn": no(409, "The entry was withdrawn and trades no more."),

  "tournament.not_found": no(404, "There is no such tournament."),
  "tournament.wrong_state": no(409, "The tournament's state does not allow this."),
  "tournament.rules_frozen": no(409, "The rules of a tournament can't change once it is live."),
  "tournament.unknown_symbol": no(422, "The market does not have this symbol."),
  "tournament.bad_dates": no(422, "The tournament must end after it starts, on a round's time."),
  "tournament.bad_interval": no(422, "The interval must be a multiple of the candles' own."),
  "tournament.no_candles": no(422, "The market has no candles for this time, warm-up included."),
  "tournament.over_capacity": no(422, "A round's decisions would not fit into its window."),

  "round.not_found": no(404, "There is no such round."),
  "round.late": no(409, "The round had closed before the decision came."),
  "round.no_answer": no(409, "No decision came before the round closed."),

  "task.not_found": no(404, "There is no such task."),
  "task.unknown_name": no(422, "There is no task of this name."),
  "task.bad_args": no(422, "The arguments do not fit the task."),
  "task.lost": no(500, "Ten attempts in a row died without an answer."),
  "task.failed": no(500, "The task failed."),
  "task.result_too_large": no(500, "The task's result is larger than 64 KB."),
  "task.bad_result": no(500, "The task's result is no JSON object."),
  "task.soft_limit": later(500, "The task passed its soft time limit."),
  "task.hard_limit": no(500, "The task passed its hard time limit."),
  "task.cancelled": no(409, "The task was cancelled."),
  "task.not_finished": no(409, "The task has not finished."),
  "task.started": no(409, "The task has started."),
  "task.keyed": no(409, "The task's key stands for the arguments that it has: cancel it and enqueue another one."),
  "task.finished": no(409, "The task has finished."),
  "task.exists": no(409, "Another task has this key."),

  "queue.paused": later(409, "The queue was paused when the round closed, so nobody was asked."),
  "queue.not_found": no(404, "There is no such queue."),
  "queue.bad_token": no(
    409,
    "The token is wrong, of another dry run, or older than 15 minutes: ask for a dry run again.",
  ),
  "schedule.not_found": no(404, "There is no such schedule."),

  "bulk.not_found": no(404, "There is no such bulk job."),
  "bulk.empty_filter": no(422, "The filter has no condition: it would select every task."),
  "bulk.nothing_selected": no(422, "No task is selected."),
  "bulk.too_many": no(422, "More than 100,000 tasks are selected: narrow the filter."),
  "bulk.bad_token": no(409, "The token is unknown, used, or older than 15 minutes: ask for a dry run again."),
  "bulk.finished": no(409, "The bulk job has ended."),
  "bulk.not_confirmed": no(409, "The bulk job was never confirmed: ask for a dry run again."),
  "bulk.too_old": no(409, "The bulk job was aborted more than six days ago: ask for a dry run again."),

  "request.bad_json": no(400, "The body is not valid JSON."),
  "request.invalid": no(422, "The request has a field that is missing or wrong."),
  "request.too_large": no(413, "The body is larger than 1 MB."),
  "request.not_found": no(404, "There is nothing at this path."),
  "request.method_not_allowed": no(405, "This path does not have this method."),
  "request.bad_cursor": no(422, "The cursor is not one that a list gave out."),
  "request.idempotency_mismatch": no(422, "This Idempotency-Key came with another request in the last 24 hours."),
  "request.idempotency_in_flight": later(409, "A request with this Idempotency-Key is still at work: try again."),
  "request.upgrade_required": no(426, "This path is a WebSocket: ask for an upgrade."),
  "request.conflict": later(409, "Another request changed the same thing first."),

  "auth.required": no(401, "This needs the operator key: Authorization: Bearer KEY."),
  "auth.wrong_key": no(401, "The operator key is wrong."),
  "auth.cross_site": no(
    403,
    "A write by session cookie must come from our own page, with the header x-agonus-session.",
  ),
  "auth.too_many_attempts": later(429, "Too many keys were tried: wait a minute."),
  "auth.not_configured": no(403, "This is closed: the deployment has no operator key."),

  "internal.database": later(503, "The database did not answer: try again."),
  "internal.audit": later(503, "The audit could not be written, so nothing was done: try again."),
  "internal.unavailable": later(503, "A part of the service did not answer: try again."),
  "internal.bad_row": no(500, "The database refused a row."),
  "internal.unexpected": no(500, "Something went wrong on our side."),
} as const satisfies Record<string, CodeEntry>;

export type ErrorCode = keyof typeof errorCodes;

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === "string" && Object.hasOwn(errorCodes, value);
}

/** A field of the input and what is wrong with it. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** An error that may be shown: `detail` and `errors` are public text. What is behind it goes into `cause`. */
export class CodedError extends Error {
  override readonly name = "CodedError";
  readonly code: ErrorCode;
  readonly detail: string;
  readonly errors: readonly FieldError[] | undefined;

  constructor(code: ErrorCode, detail?: string, errors?: readonly FieldError[], options?: ErrorOptions) {
    super(detail ?? errorCodes[code].sentence, options);
    this.code = code;
    this.detail = this.message;
    this.errors = errors;
  }

  get status(): number {
    return errorCodes[this.code].status;
  }

  get retryable(): boolean {
    return errorCodes[this.code].retryable;
  }
}
