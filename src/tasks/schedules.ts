/** The table of schedules. Each is named after its task, as in the Celery system. */
import { checkedCrons } from "../engine/schedules/cron.ts";
import type { MissedPolicy, Schedule } from "../engine/schedules/schedule.ts";
import type { TaskName } from "./registry.ts";

const runOnce: MissedPolicy = { kind: "run_once" };

export const schedules: readonly (Schedule & { readonly name: TaskName })[] = [
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

/** Every cron expression that wrangler.toml must have. The Worker does not start if one of them is invalid. */
export const crons: readonly string[] = checkedCrons([
  ...new Set(schedules.flatMap((s) => (s.cron === null ? [] : [s.cron]))),
]);
