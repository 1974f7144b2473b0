import { limits } from "../../../core/limits.ts";

/** As in GET /health: a clock that has been silent for longer counts as dead. */
export const CLOCK_LATE_SECONDS = { cron: limits.cronSilentSeconds, beat: limits.beatSilentSeconds } as const;
