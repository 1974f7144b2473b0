/** The caps of the platform, each with its unit in its name. The times of a round are in phases.ts. */
export const limits = {
  /** The one thing that stands against guessing: wrong keys are counted, but a right one is never kept waiting. */
  operatorKeyCharsMin: 16,
  /** How long a rotated key may still work: a week. */
  keyGraceSecondsMax: 604_800,
  /** Language models of a round that begin in a second: a provider's limit would refuse more, and they would wait for each other. */
  modelsASecond: 20,
  // Tasks.
  leaseSeconds: 20,
  heartbeatSeconds: 5,
  sweepSeconds: 5,
  /** After this time without a tick, which is four sweeps, Beat is overdue: the cron sweeps for it, and a live Arena wakes it. */
  beatOverdueSeconds: 20,
  softLimitSeconds: 300,
  hardLimitSeconds: 600,
  /** Lost leases in a row after which a task ends as FAILURE task.lost. */
  lostLeasesMax: 10,
  historyItemsMax: 100,
  historyWhyCharsMax: 500,
  /** How many attempts a task's error lists: the newest. */
  errorAttemptsMax: 20,
  taskResultBytesMax: 64 * 1024,
  /** Ids in one list of a task's result, beside their full count. Four such lists fit into a result. */
  resultIdsMax: 250,
  /** Refused orders in a decision's result. With texts of full length and 100 accepted orders they fit into it. */
  resultRefusedMax: 50,
  /** A task that was sent and not taken is sent again after this time, which doubles up to the cap. */
  resendSeconds: 20,
  resendCapSeconds: 300,
  /** Rows of one sweep: a larger backlog is sent by several. */
  sweepRowsMax: 1000,
  /** A retry that is due within this time is sent with a delay when the attempt ends. The sweep sends a later one when it is due. */
  promptRetryMs: 60_000,
  /** A task with a countdown up to this is sent with a delay when it is enqueued. The sweep sends a later one when it is due. */
  promptSendSeconds: 60,
  taskWaitSecondsMax: 60,
  /** How far ahead a task's countdown or eta may be. */
  countdownSecondsMax: 365 * 86_400,
  /** An eta that is past by no more than this counts as now, because clocks differ. */
  etaSkewSeconds: 5,
  /** How long finished tasks are kept, unless a variable sets another time. */
  retainSuccessHours: 24,
  retainFailureHours: 7 * 24,
  retainHoursMax: 365 * 24,
  uniqueKeyCharsMax: 200,
  /** A clock counts as silent this long after its last tick. The cron ticks every minute, Beat every few seconds. */
  cronSilentSeconds: 150,
  beatSilentSeconds: 60,
  /** A consumer whose last report is younger counts as alive. */
  aliveSeconds: 10,
  /** Entries that one run of recover_crashed_agents recovers. */
  recoveriesPerRunMax: 500,
  /** If a larger share of the live entries looks stale, the outage is ours and none is recovered. A single stale entry always is. */
  staleShareMax: 0.2,
  /** Rounds of a replay that one statement stores. */
  blockRoundsMax: 128,
  /** A round is stuck when it has not moved for this many intervals and at least this many seconds. */
  stuckIntervals: 3,
  stuckSecondsMin: 60,
  /** The objective: this share of all recoveries brings the agent back within this time. */
  recoveryObjectiveSeconds: 60,
  recoveryTargetShare: 0.99,

  // Queues: the platform's own limits.
  /** The platform refuses a whole batch that is larger. */
  sendBatchMessagesMax: 100,
  sendBatchBytesMax: 256 * 1000,
  messageIdsMax: 100,
  queueDelaySecondsMax: 12 * 3600,
  /** sendBatch has hung in production. It is given up after this time, and the sweep sends. */
  sendTimeoutMs: 5000,

  // Agents from outside, by any door.
  inviteUsesMax: 10_000,
  practiceRoundsMax: 288,
  practicesRunningMax: 20,
  /** An agent's. */
  practicesPerDayMax: 10,
  /** Qualified is who has answered this share of the rounds of a practice of at least so many rounds. */
  qualifyingRoundsMin: 20,
  qualifyingShareMin: 0.95,

  // Database.
  statementTimeoutMs: 5000,
  lockTimeoutMs: 2000,
  rowsPerStatementMax: 1000,

  // HTTP.
  bodyBytesMax: 1_000_000,
  /** A file of candles, as it is sent. */
  uploadBytesMax: 100_000_000,
  /** The body of a sign-in, which anybody may send. */
  signInBytesMax: 4000,
  /** The body of a join, which anybody may send. */
  joinBytesMax: 32_000,
  /** The path of a request with its query. */
  requestUrlCharsMax: 16_000,
  /** Before a request with a larger body is refused, this much of the body is read and thrown away. */
  bodyBytesDiscardedMax: 32_000_000,
  pageItemsMax: 100,
  pageItemsDefault: 50,

  // Tournaments and agents.
  entriesMax: 25_000,
  /** In a live tournament with more entries the Arena sends the decisions: waking an object costs more than its decision. */
  loopsMax: 250,
  symbolsMax: 100,
  symbolCharsMax: 40,
  nameCharsMax: 80,
  personalityCharsMax: 4000,
  urlCharsMax: 2000,
  configBytesMax: 16_000,
  /** Entries times rounds: a larger finished tournament is not checked by the Worker, but by `npm run ledger` alone. */
  checkedPointsMax: 100_000,
  intervalSecondsMin: 1,
  intervalSecondsMax: 604_800,

  // Decisions.
  ordersMax: 100,
  /** Orders after the first 100 are stored as refused, up to this many in all, so that a decision can't flood the table. */
  ordersStoredMax: 1000,
  reasoningCharsMax: 4000,
  memoryBytesMax: 8192,
  /** Rounds in a row without a valid answer after which an entry is halted. */
  missesMax: 5,
  /** Calls of a webhook that its page shows. */
  webhookCallsKept: 20,
  webhookTestsPerMinute: 10,
  /** The body of a decision. */
  decisionBytesMax: 64 * 1024,
  errorCharsMax: 2000,
  /** What is read of a model provider's answer. */
  modelAnswerBytesMax: 512 * 1024,
} as const;
