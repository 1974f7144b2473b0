/** Every number that bounds something, with its unit in its name. Times of a round are in phases.ts. */
export const limits = {
  // Tasks.
  leaseSeconds: 20,
  heartbeatSeconds: 5,
  sweepSeconds: 5,
  /** Without a tick of Beat: four sweeps that did not come. Then whoever sees it does its work, or wakes it. */
  beatOverdueSeconds: 20,
  softLimitSeconds: 300,
  hardLimitSeconds: 600,
  /** In a row; then FAILURE task.lost. */
  lostLeasesMax: 10,
  historyItemsMax: 100,
  historyWhyCharsMax: 500,
  /** Of one task's error: the newest. */
  errorAttemptsMax: 20,
  taskResultBytesMax: 64 * 1024,
  /** A row owed and unsent is sent again after this, doubling. */
  resendSeconds: 20,
  resendCapSeconds: 300,
  /** Of one sweep, so that a backlog is sent over several. */
  sweepRowsMax: 1000,
  /** A retry due within this is sent with a delay by who ends the attempt; a later one by the sweep, when it is due. */
  promptRetryMs: 60_000,
  /** A countdown up to this is sent with a delay by who enqueues; a longer one by the sweep, when it is due. */
  promptSendSeconds: 60,
  taskWaitSecondsMax: 60,
  /** Countdown or eta of a task. */
  countdownSecondsMax: 365 * 86_400,
  /** An eta that passed no longer ago than this means now: clocks differ. */
  etaSkewSeconds: 5,
  /** Finished ones are kept for so long, where no variable says otherwise. */
  retainSuccessHours: 24,
  retainFailureHours: 7 * 24,
  retainHoursMax: 365 * 24,
  uniqueKeyCharsMax: 200,
  /** Since its last tick: past this, a clock is dead. Cron beats every minute, the Beat object every few seconds. */
  cronSilentSeconds: 150,
  beatSilentSeconds: 60,
  /** Entries of one recover_crashed_agents. */
  recoveriesPerRunMax: 500,
  /** Of the live entries: if more look stale, the outage is ours. One alone never is: a field of four could not crash. */
  staleShareMax: 0.2,
  /** An agent is back within this, in this share of all recoveries. */
  recoveryObjectiveSeconds: 60,
  recoveryTargetShare: 0.99,

  // Queues, as the platform has them.
  /** A fuller batch fails as a whole. */
  sendBatchMessagesMax: 100,
  sendBatchBytesMax: 256 * 1000,
  messageIdsMax: 100,
  queueDelaySecondsMax: 12 * 3600,
  /** sendBatch has hung in production: past this, the sweep sends. */
  sendTimeoutMs: 5000,

  // Database.
  statementTimeoutMs: 5000,
  lockTimeoutMs: 2000,
  rowsPerStatementMax: 1000,

  // HTTP.
  bodyBytesMax: 1_000_000,
  /** Of a larger body, read and thrown away before the refusal. */
  bodyBytesDiscardedMax: 32_000_000,
  pageItemsMax: 100,
  pageItemsDefault: 50,

  // Tournaments and agents.
  entriesMax: 25_000,
  /** Of a live tournament: in a larger one the Arena sends, for waking an object costs more than its decision. */
  loopsMax: 250,
  symbolsMax: 100,
  symbolCharsMax: 40,
  nameCharsMax: 80,
  personalityCharsMax: 4000,
  urlCharsMax: 2000,
  configBytesMax: 16_000,
  intervalSecondsMin: 1,
  intervalSecondsMax: 86_400,

  // Decisions.
  ordersMax: 100,
  /** Orders past the first 100 are stored as refused up to this many; a decision can't flood the table. */
  ordersStoredMax: 1000,
  /** In quote currency or base quantity. */
  amountMax: "1000000000000000",
  reasoningCharsMax: 4000,
  memoryBytesMax: 8192,
  errorCharsMax: 2000,
} as const;
