/** The five schedules, by the names of the Celery system. */
import type { TaskName } from "../tasks/registry.ts";

export interface Schedule {
  readonly name: TaskName;
  /** Five fields, UTC; one of wrangler.toml's. */
  readonly cron: string | null;
  /** Below the floor of Cron Triggers: driven by Beat's alarm. */
  readonly everySeconds: number | null;
  readonly description: string;
}

export const schedules: readonly Schedule[] = [
  {
    name: "run_all_live_tournament_agents",
    cron: "*/5 * * * *",
    everySeconds: null,
    description: "Runs all agents in live tournaments",
  },
  {
    name: "check_tournament_transitions",
    cron: "* * * * *",
    everySeconds: null,
    description: "Starts and ends tournaments by their dates",
  },
  {
    name: "recover_crashed_agents",
    cron: "*/2 * * * *",
    everySeconds: null,
    description: "Detects and recovers stale agents",
  },
  { name: "update_tournament_rankings", cron: null, everySeconds: 30, description: "Updates agents' rankings" },
  { name: "cleanup_old_results", cron: "0 0 * * *", everySeconds: null, description: "Cleans up old task results" },
];

/** Every cron expression that wrangler.toml must have. */
export const crons: readonly string[] = [...new Set(schedules.flatMap((s) => (s.cron === null ? [] : [s.cron])))];
