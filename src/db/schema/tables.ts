/**
 * All tables. Constraints carry the guarantees; the statements in `statements/` carry the guards.
 * Money is `numeric`: strings in code. Times are `timestamptz`: ISO strings in code, 'infinity' for "never".
 */
export * from "./access.ts";
export * from "./agents.ts";
export * from "./decisions.ts";
export * from "./entries.ts";
export * from "./figures.ts";
export * from "./invites.ts";
export * from "./markets.ts";
export * from "./models.ts";
export * from "./operators.ts";
export * from "./queues.ts";
export * from "./recoveries.ts";
export * from "./rounds.ts";
export * from "./schedules.ts";
export * from "./tasks.ts";
export * from "./tournaments.ts";
export * from "./webhooks.ts";
