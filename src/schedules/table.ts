/** The five schedules, by the names of the Celery system. */
import type { TaskName } from "../tasks/registry.ts";

/** What becomes of ticks that nobody fired in time. */
export type MissedPolicy =
  /** They are gone: the next one is near. */
  | { readonly kind: "skip" }
  /** The newest runs now, for all of them. */
  | { readonly kind: "run_once" }
  /** Each runs, oldest first, if it is not older than this. */
  | { readonly kind: "catch_up"; readonly withinSeconds: number };

export interface Schedule {
  readonly name: TaskName;
  /** Five fields, UTC; one of wrangler.toml's. */
  readonly cron: string | null;
  /** Below the floor of Cron Triggers: driven by Beat's alarm. */
  readonly everySeconds: number | null;
  readonly description: string;
  /** skip: a tick whose previous run still waits or runs is skipped, so that slow runs never pile up. */
  readonly overlap: "skip" | "allow";
  readonly missed: MissedPolicy;
}

const runOnce: MissedPolicy = { kind: "run_once" };

export const schedules: readonly Schedule[] = [
  {
    name: "run_all_live_tournament_agents",
    cron: "*/5 * * * *",
    everySeconds: null,
    description: "Runs all agents in live tournaments",
    overlap: "skip",
    missed: runOnce,
  },
  {
    name: "check_tournament_transitions",
    cron: "* * * * *",
    everySeconds: null,
    description: "Starts and ends tournaments by their dates",
    overlap: "skip",
    missed: runOnce,
  },
  {
    name: "recover_crashed_agents",
    cron: "*/2 * * * *",
    everySeconds: null,
    description: "Detects and recovers stale agents",
    overlap: "skip",
    missed: runOnce,
  },
  {
    name: "update_tournament_rankings",
    cron: null,
    everySeconds: 30,
    description: "Updates agents' rankings",
    overlap: "skip",
    missed: { kind: "skip" },
  },
  {
    name: "cleanup_old_results",
    cron: "0 0 * * *",
    everySeconds: null,
    description: "Cleans up old task results",
    overlap: "skip",
    missed: { kind: "catch_up", withinSeconds: 86_400 },
  },
];

/** Every cron expression that wrangler.toml must have. */
export const crons: readonly string[] = [...new Set(schedules.flatMap((s) => (s.cron === null ? [] : [s.cron])))];
