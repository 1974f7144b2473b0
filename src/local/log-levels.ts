/** `debug` shows the Worker's whole output too; the data folder's worker.log holds it at every level. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
