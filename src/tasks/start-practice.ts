/** Starts an agent's practice: its candles are made, and its first round opens. */
import { z } from "zod";
import { limits } from "../core/limits.ts";
import { defaultRetry } from "../core/tasks/retry.ts";
import { startTournament } from "../db/statements/tournaments/change-state.ts";
import { readTournament } from "../db/statements/tournaments/live.ts";
import { defineTask } from "./define.ts";

export const startPractice = defineTask({
  name: "start_practice",
  description: "Starts an agent's practice, a private replay against copies of two house agents and cash.",
  returns: "`started`: false when it had started before.",
  queue: "agents",
  args: z.object({ tournament_id: z.uuid() }).strict(),
  result: z.object({ started: z.boolean() }),
  retry: defaultRetry,
  softLimitSeconds: limits.softLimitSeconds,
  hardLimitSeconds: limits.hardLimitSeconds,
  key: ({ tournament_id }) => `start_practice:${tournament_id}`,
  keyInWords: "The practice: it starts once.",
  subject: ({ tournament_id }) => ({ scope: tournament_id, subject: null }),
  async run({ tournament_id }, ports) {
    if (!(await readTournament(ports.query, tournament_id))) {
      return { kind: "failure", code: "tournament.not_found", message: "There is no such tournament." };
    }
    const started = await startTournament(ports.query, tournament_id);
    await ports.wakeArena(tournament_id, ports.correlationId);
    return { kind: "success", result: { started } };
  },
});
