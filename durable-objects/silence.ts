/**
 * Notices that an entry's object sends for decisions and is never called. Storage key: `silent`, the alarms of the loop in a row
 * without a call in between.
 */
import { findSilentEntry } from "../src/db/statements/entries/silent.ts";
import type { Ports } from "../src/ports.ts";
import type { LoopPlan } from "../src/rounds/ports.ts";

/** After more alarms than this without a call in between, the object asks the database whether its entry is silent. */
const SILENT_ALARMS = 2;

/**
 * Has its entry recovered when several alarms in a row sent for a decision and no call came. The database says whether the
 * entry really is silent and owes a decision; the task's key makes sure that there is one recovery.
 */
export async function checkSilence(
  storage: DurableObjectStorage,
  ports: Ports,
  plan: LoopPlan,
  wasAsked: boolean,
): Promise<void> {
  const before = (await storage.get<number>("silent")) ?? 0;
  const silent = wasAsked ? 0 : before + 1;
  if (silent > SILENT_ALARMS) {
    const agentId = await findSilentEntry(ports.query, plan.entryId);
    if (agentId) {
      await ports.enqueue("recover_agent_state", {
        tournament_id: plan.tournamentId,
        agent_id: agentId,
        cause: "alarm",
      });
    }
  }
  if (silent !== before) await storage.put("silent", silent);
}
