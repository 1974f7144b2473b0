/** Makes the fills that one entry is owed in a quoted round. The round sends them itself; a run by hand repeats nothing. */
import { z } from "zod";
import { limits } from "../core/limits.ts";
import { defaultRetry } from "../core/tasks/retry.ts";
import { findEntry } from "../db/statements/entries/find.ts";
import { findRound } from "../db/statements/rounds/find.ts";
import { fillBatch } from "../rounds/fill.ts";
import { defineTask } from "./define.ts";
import { entryFailure, entrySubject } from "./entry-task.ts";

export const executeAgentTrade = defineTask({
  name: "execute_agent_trade",
  description: "Fills the orders that an agent placed in a round, at the round's quote.",
  returns: "`round`: the round's number, `state`: the round's state.",
  queue: "trading",
  args: z.object({ tournament_id: z.uuid(), agent_id: z.uuid(), round: z.number().int().min(0) }).strict(),
  result: z.object({ round: z.number().int(), state: z.string() }),
  retry: defaultRetry,
  softLimitSeconds: limits.softLimitSeconds,
  hardLimitSeconds: limits.hardLimitSeconds,
  subject: entrySubject,
  async run({ tournament_id, agent_id, round }, ports) {
    const entry = await findEntry(ports.query, tournament_id, agent_id);
    if (!entry) return entryFailure(entry);
    const found = await findRound(ports.query, tournament_id, round);
    if (!found) return { kind: "failure", code: "round.not_found", message: `The tournament has no round ${round}.` };
    if (found.state === "open" || found.state === "closed") {
      return { kind: "snooze", afterMs: 2000, reason: `round ${round} has no quote yet` };
    }
    await fillBatch(ports, found.id, [entry.id]);
    await ports.wakeArena(tournament_id, ports.correlationId);
    return { kind: "success", result: { round, state: found.state } };
  },
});
