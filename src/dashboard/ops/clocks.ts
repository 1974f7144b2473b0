/** As GET /health has them: past these a clock is dead. */
export const CLOCK_LATE_SECONDS = { cron: 150, beat: 60 } as const;
