/** Every task by name. A new one is its file and one line here. */
import type { Tasks } from "../engine/task.ts";
import { checkTournamentResult } from "./check-tournament-result.ts";
import { checkTournamentTransitions } from "./check-tournament-transitions.ts";
import { cleanupOldResults } from "./cleanup-old-results.ts";
import { executeAgentTrade } from "./execute-agent-trade.ts";
import { initializeTournamentAgents } from "./initialize-tournament-agents.ts";
import { recoverAgentState } from "./recover-agent-state.ts";
import { recoverCrashedAgents } from "./recover-crashed-agents.ts";
import { runAgentDecision } from "./run-agent-decision.ts";
import { runAllLiveTournamentAgents } from "./run-all-live-tournament-agents.ts";
import { runBulkJob } from "./run-bulk-job.ts";
import { startPractice } from "./start-practice.ts";
import { updateTournamentRankings } from "./update-tournament-rankings.ts";

export type { Enqueued, EnqueueOptions } from "../engine/task.ts";

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
  check_tournament_result: checkTournamentResult,
  start_practice: startPractice,
} as const satisfies Tasks;

export type TaskName = keyof typeof taskRegistry;
