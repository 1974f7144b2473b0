import { limits } from "../../core/limits.ts";

/** As GET /health has them: past these a clock is dead. */
export const CLOCK_LATE_SECONDS = { cron: limits.cronSilentSeconds, beat: limits.beatSilentSeconds } as const;
