/**
 * Every code that a caller, an order, a task or a miss can get: its HTTP status, the sentence that the public sees, and
 * whether the same call may succeed later. No policy retries a code of `no`, and few retry one of `mended` (core/tasks/retry.ts).
 * core/tasks/mending.ts says what an operator does about a code. The text of an error without a code stays inside: it is answered
 * as `internal.unexpected`.
 */
interface CodeEntry {
  readonly status: number;
  readonly sentence: string;
  readonly retryable: boolean;
  /** No repeat by itself helps, but one by hand does once somebody has mended what the sentence names. */
  readonly mendable?: true;
}

const no = (status: number, sentence: string): CodeEntry => ({ status, sentence, retryable: false });
const later = (status: number, sentence: string): CodeEntry => ({ status, sentence, retryable: true });
const mended = (status: number, sentence: string): CodeEntry => ({ ...no(status, sentence), mendable: true });

export const errorCodes = {
  // Why an order is refused, when it is decided or at its fill.
  "trading.bad_order": no(422, "The order is not an object with side, symbol and amount."),
  "trading.unknown_symbol": no(422, "The tournament does not trade this symbol."),
  "trading.bad_amount": no(422, "The amount must be a positive decimal string below 1e20."),
  "trading.no_price": no(422, "There is no price for this symbol in this round."),
  "trading.no_market": no(422, "Nobody traded this symbol when the order was due to fill, so there was no market."),
  "trading.too_large": no(422, "The amount, or the result of the order, is too large to be stored: 1e20 or more."),
  "trading.below_minimum": no(422, "The order is worth less than the tournament's minimum order."),
  "trading.insufficient_cash": no(422, "The order spends more than the agent's cash."),
  "trading.cash_reserve": no(422, "The order would leave less cash than the agent's cash reserve."),
  "trading.position_share": no(422, "The order would raise the position above the agent's maximum share."),
  "trading.risk_limit": no(422, "The order is larger than total value times the agent's risk score."),
  "trading.insufficient_holding": no(422, "The order sells more than the agent holds."),
  "trading.trades_per_round": no(422, "The agent has used up its trades of this round."),
  "trading.too_many_orders": no(422, "A decision may have 100 orders; this one comes after them."),

  "agent.not_found": no(404, "There is no such agent."),
  "agent.name_taken": no(409, "Another agent has this name, or a name that looks like it."),
  "agent.unknown_strategy": mended(422, "There is no such strategy."),
  "agent.archived": no(409, "The agent was deleted, so it can't enter a tournament or decide."),
  "agent.ambiguous_entry": no(422, "The agent plays in several live tournaments: name one by tournament_id."),
  "agent.no_live_entry": no(422, "The agent plays in no live tournament."),
  "agent.needs_recovery": no(
    409,
    "The agent's live state is missing or out of date, and the request did not allow recovery.",
  ),
  "agent.failed": later(502, "The agent did not answer with a valid decision."),
  "agent.timeout": later(504, "The agent did not answer in time."),
  "agent.wrong_kind": no(409, "This agent's decisions come from elsewhere, so it takes none by this path."),
  "agent.halted": no(
    409,
    "The entry is halted after five rounds without a valid answer: POST /agents/{id}/resume lets it go on.",
  ),
  "agent.budget_spent": no(402, "The next step of the model could cost more than the budget has left."),
  "agent.bad_answer": later(
    502,
    "The model's answer held no decision, and neither did the answer to a second question.",
  ),
  "agent.model_unavailable": later(502, "The model's provider did not answer, refused, or was not done in time."),
  "agent.price_unknown": mended(
    422,
    "The model's price is unknown, so a budget in dollars can't be kept: set config.llm.prices, or a budget in tokens alone.",
  ),
  "agent.bad_model": mended(422, "The model can't be reached by these settings."),
  "agent.too_many_waits": later(429, "This agent holds two waits already: let one of them end."),

  "webhook.not_found": no(404, "The agent has no webhook."),
  "webhook.bad_url": no(422, "No webhook may be sent to this URL."),
  "webhook.no_secret": mended(
    409,
    "The webhook's secret can't be read, because the deployment's secret has changed: rotate the webhook's secret.",
  ),
  "webhook.unreachable": later(502, "The webhook's endpoint could not be reached."),
  "webhook.bad_status": later(502, "The webhook's endpoint answered with another status than 200, 202 or 204."),
  "webhook.bad_answer": later(502, "The webhook's endpoint answered with something that is no decision."),
  "webhook.timeout": later(504, "The webhook's endpoint did not answer in time."),
  "webhook.too_many_tests": later(429, "The webhook was tested ten times within a minute: wait a little."),

  "agent.too_many_practices": later(
    429,
    "One practice of an agent runs at a time, 20 in all, and an agent begins at most 10 within a day.",
  ),
  "agent.not_qualified": no(
    403,
    "The tournament takes only agents that have qualified in a practice: POST /agents/{id}/practice.",
  ),

  "entry.not_found": no(404, "This agent has no entry in this tournament."),
  "entry.withdrawn": no(409, "The entry was withdrawn and trades no more."),

  "tournament.ended": no(410, "The tournament is over."),
  "tournament.not_found": no(404, "There is no such tournament."),
  "tournament.wrong_state": no(409, "The tournament's state does not allow this."),
  "tournament.rules_frozen": no(409, "The rules of a tournament can't change once it is live."),
  "tournament.unknown_symbol": no(422, "The market does not have this symbol."),
  "tournament.bad_dates": no(422, "The tournament must end after it starts, at the due time of a round."),
  "tournament.bad_interval": no(422, "The interval must be a multiple of the candles' interval."),
  "tournament.no_candles": mended(422, "The market has no candles for this time, warm-up included."),
  "tournament.over_capacity": no(422, "A round's decisions would not fit into its window."),

  "feed.address_full": later(429, "Your address has 100 spectators of this tournament already: close one."),
  "feed.full": later(429, "The tournament has 5,000 spectators already: try again in a minute."),

  "market.unusable": no(409, "The market's prices are missing or can't be stored, so the round could not be settled."),

  "market.stale": later(409, "A venue's candle or quote did not come in time, so the round was skipped."),
  "market.doubtful": later(409, "A venue's candle or quote can't be believed, so the round was skipped."),
  "market.not_tradable": no(422, "The venue lists the symbol but does not trade it now."),
  "market.unreachable": later(503, "The venue did not give its list of symbols: try again."),

  "upload.bad_file": no(422, "The file of candles can't be used."),
  "upload.unknown_source": no(404, "There are no imported candles of this id."),
  "upload.in_use": no(409, "A tournament runs on these candles, so no symbol can be added to them."),
  "upload.symbol_exists": no(409, "These candles have the symbol already."),
  "upload.under_way": later(409, "Another upload of this symbol is under way."),

  "round.stuck": later(503, "The round has not moved for three intervals and at least a minute."),
  "round.not_found": no(404, "There is no such round."),
  "round.not_open": no(409, "No round of this number is open."),
  "decision.exists": no(409, "Another decision of this agent is stored for this round."),
  "round.late": no(409, "The round had closed before the decision came."),
  "round.no_answer": no(409, "No decision came before the round closed."),

  "task.not_found": no(404, "There is no such task."),
  "task.unknown_name": mended(422, "There is no task of this name."),
  "task.bad_args": no(422, "The arguments do not fit the task."),
  "task.lost": mended(500, "Ten attempts in a row died without an answer."),
  "task.failed": mended(500, "The task failed."),
  "task.result_too_large": mended(500, "The task's result is larger than 64 KB."),
  "task.bad_result": mended(500, "The task's result is no JSON object."),
  "task.soft_limit": later(500, "The task passed its soft time limit."),
  "task.hard_limit": mended(500, "The task passed its hard time limit."),
  "task.cancelled": mended(409, "The task was cancelled."),
  "task.not_finished": no(409, "The task has not finished."),
  "task.started": no(409, "The task has started."),
  "task.keyed": no(
    409,
    "The task's key belongs to its arguments, so they can't change: cancel the task and enqueue another one.",
  ),
  "task.finished": no(409, "The task has finished."),
  "task.exists": no(409, "Another task has this key."),

  "queue.paused": later(409, "The queue was paused when the round closed, so the agent was not asked."),
  "queue.not_found": no(404, "There is no such queue."),
  "queue.bad_token": no(
    409,
    "The token is wrong, belongs to another dry run, or is older than 15 minutes: ask for a dry run again.",
  ),
  "schedule.not_found": no(404, "There is no such schedule."),

  "bulk.not_found": no(404, "There is no such bulk job."),
  "bulk.empty_filter": no(422, "The filter has no condition: it would select every task."),
  "bulk.nothing_selected": no(422, "No task is selected."),
  "bulk.too_many": no(422, "More than 100,000 tasks are selected: narrow the filter."),
  "bulk.bad_token": no(409, "The token is unknown, already used, or older than 15 minutes: ask for a dry run again."),
  "bulk.finished": no(409, "The bulk job has ended."),
  "bulk.not_confirmed": no(409, "The bulk job was never confirmed: ask for a dry run again."),
  "bulk.too_old": no(409, "The bulk job was aborted more than six days ago: ask for a dry run again."),

  "request.bad_host": no(400, "The Host header names no host."),
  "request.cut_off": no(400, "The connection ended before the whole body had arrived."),
  "request.bad_json": no(400, "The body is not valid JSON."),
  "request.invalid": no(422, "The request has a field that is missing or wrong."),
  "request.too_large": no(413, "The body is larger than 1 MB."),
  "request.uri_too_long": no(414, "The path and query are longer than 16,000 characters."),
  "request.not_found": no(404, "There is nothing at this path."),
  "request.method_not_allowed": no(405, "This path does not support this method."),
  "request.bad_cursor": no(422, "The cursor is not one that a list gave out."),
  "request.idempotency_mismatch": no(
    422,
    "This Idempotency-Key was used for a different request in the last 24 hours.",
  ),
  "request.idempotency_in_flight": later(
    409,
    "A request with this Idempotency-Key is still being processed: try again.",
  ),
  "request.upgrade_required": no(426, "This path is a WebSocket: send an upgrade request."),
  "request.conflict": later(409, "Another request changed the same thing first."),

  "idempotency.secret_shown": no(
    409,
    "A request with this Idempotency-Key has already been answered with a secret, which is shown once: rotate the key, or make another invite.",
  ),

  "key.not_found": no(404, "There is no such key."),
  "key.ended": no(409, "The key has expired or was revoked or replaced, so it can't be rotated: make a new one."),

  "invite.not_found": no(404, "There is no such invite."),
  "invite.unusable": no(403, "The code of the invite is unknown, used up, expired or revoked."),

  "auth.required": no(401, "This needs a key: Authorization: Bearer KEY."),
  "auth.wrong_key": no(401, "The key is unknown, expired or revoked."),
  "auth.forbidden": no(403, "The key's role does not allow this."),
  "auth.cross_site": no(
    403,
    "A write by session cookie must come from our own page, with the header x-agonus-session.",
  ),
  "auth.too_many_attempts": later(429, "Too many keys were tried: wait a minute."),
  "auth.not_configured": no(403, "This is closed, because the deployment has no operator key."),

  "internal.database": later(503, "The database did not answer: try again."),
  "internal.audit": later(503, "The audit could not be written, so nothing was done: try again."),
  "internal.unavailable": later(503, "A part of the service did not answer: try again."),
  "internal.bad_row": mended(500, "The database refused a row."),
  "internal.settings": mended(503, "A setting of this deployment is wrong: its log says which."),
  "internal.unexpected": mended(500, "Something went wrong on our side."),
} as const satisfies Record<string, CodeEntry>;

export type ErrorCode = keyof typeof errorCodes;

/** Whether the same call, or a retry of the task, may succeed: by itself, once something is mended, or never. */
export type Again = "yes" | "once mended" | "no";

export function againOf(code: ErrorCode): Again {
  const entry: CodeEntry = errorCodes[code];
  return entry.retryable ? "yes" : entry.mendable ? "once mended" : "no";
}

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === "string" && Object.hasOwn(errorCodes, value);
}

/** A field of the input and what is wrong with it. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** An error with a code. `detail` and `errors` are public text; the internal error behind it goes into `cause`. */
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
