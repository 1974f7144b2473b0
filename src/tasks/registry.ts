/** Every task by name. A new one is its file and one line here. */
import { CodedError } from "../core/error-codes.ts";
import { checkTournamentTransitions } from "./check-tournament-transitions.ts";
import { cleanupOldResults } from "./cleanup-old-results.ts";
import type { TaskDefinition, Tasks } from "./define.ts";
import { executeAgentTrade } from "./execute-agent-trade.ts";
import { initializeTournamentAgents } from "./initialize-tournament-agents.ts";
import { recoverAgentState } from "./recover-agent-state.ts";
import { recoverCrashedAgents } from "./recover-crashed-agents.ts";
import { runAgentDecision } from "./run-agent-decision.ts";
import { runAllLiveTournamentAgents } from "./run-all-live-tournament-agents.ts";
import { runBulkJob } from "./run-bulk-job.ts";
import { updateTournamentRankings } from "./update-tournament-rankings.ts";

export type { Enqueued, EnqueueOptions } from "./define.ts";

export const taskRegistry = {
  run_agent_decision: runAgentDecision,
  execute_agent_trade: executeAgentTrade,
  recover_agent_state: recoverAgentState,
  initialize_tournament_agents: initializeTournamentAgents,
  run_all_live_tournament_agents: runAllLiveTournamentAgents,
  check_tournament_transitions: checkTournamentTransitions,
  recover_crashed_agents: recoverCrashedAgents,
  update_tournament_rankings: updateTournamentRankings,
  cleanup_old_results: cleanupOldResults,
  run_bulk_job: runBulkJob,
} as const satisfies Tasks;

export type TaskName = keyof typeof taskRegistry;

export function findTask(tasks: Tasks, name: string): TaskDefinition | null {
  return Object.hasOwn(tasks, name) ? (tasks[name] ?? null) : null;
}

/** Throws task.bad_args with each path under `args`. */
export function parseTaskArgs(definition: TaskDefinition, args: unknown): Record<string, unknown> {
  const parsed = definition.args.safeParse(args);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map((issue) => ({
    path: ["args", ...issue.path].join("."),
    message: issue.message,
  }));
  throw new CodedError("task.bad_args", errors.map((e) => `${e.path}: ${e.message}`).join("; "), errors);
}
