/** What a schedule is. The table is src/tasks/schedules.ts, and the engine is handed it. */

/** What happens to ticks that no clock fired in time. */
export type MissedPolicy =
  /** They are dropped: the next tick is near. */
  | { readonly kind: "skip" }
  /** Only the newest runs, in place of all. */
  | { readonly kind: "run_once" }
  /** Each runs, oldest first, unless it is older than this. */
  | { readonly kind: "catch_up"; readonly withinSeconds: number };

export interface Schedule {
  /** The name of the task that the schedule runs. */
  readonly name: string;
  /** Five fields, UTC, weekdays by their names; one of wrangler.toml's. */
  readonly cron: string | null;
  /** For intervals below a minute, which Cron Triggers can't do: Beat's alarm fires them. */
  readonly everySeconds: number | null;
  readonly description: string;
  /** skip: a tick is skipped while the previous run waits or runs, so that slow runs never pile up. */
  readonly overlap: "skip" | "allow";
  readonly missed: MissedPolicy;
}
