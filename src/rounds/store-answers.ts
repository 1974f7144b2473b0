/** Writes a batch's answers. The statement that stores a decision also finishes the task that waited for it. */
import { databaseFault } from "../db/errors.ts";
import { countPrevented } from "../db/statements/decisions/prevented.ts";
import { type AnswerRow, writeDecisions } from "../db/statements/decisions/write.ts";
import { describeError } from "../log.ts";
import type { Fate } from "./fate.ts";
import type { RoundPorts } from "./ports.ts";

/** Writes the answers and says what became of each; a bad row is found by halving and fails alone. */
export async function storeAnswers(
  ports: Pick<RoundPorts, "query" | "by" | "correlationId" | "log">,
  roundId: string,
  answers: readonly AnswerRow[],
  fates: Map<string, Fate>,
): Promise<void> {
  if (answers.length === 0) return;
  const sorted = [...answers].sort((a, b) => (a.entry_id < b.entry_id ? -1 : 1));
  try {
    const written = await writeDecisions(ports.query, roundId, sorted, ports.by, ports.correlationId);
    const finished = new Map(written.finished.map((task) => [task.entry_id, task.task_id]));
    for (const { task_id, attempt, correlation_id } of written.finished) {
      if (correlation_id === null) continue;
      ports.log({
        event: "task",
        name: "run_agent_decision",
        task_id,
        attempt,
        correlation_id,
        outcome: "SUCCESS",
        run_ms: 0,
      });
    }
    const fresh = new Set(written.fresh);
    const decided = new Set(written.decided);
    const second: AnswerRow[] = [];
    for (const answer of sorted) {
      const id = answer.entry_id;
      if (decided.has(id))
        fates.set(id, {
          kind: "accepted",
          result: answer.result,
          finishedTask: finished.get(id) ?? null,
          storedAt: written.decided_at ?? "",
        });
      else {
        fates.set(id, written.open ? { kind: fresh.has(id) ? "exists" : "stale" } : { kind: "late" });
        second.push(answer);
      }
    }
    await countPrevented(ports.query, roundId, second);
  } catch (error) {
    if (databaseFault(error) !== "bad_row") throw error;
    if (sorted.length > 1) {
      const half = sorted.length >>> 1;
      await storeAnswers(ports, roundId, sorted.slice(0, half), fates);
      await storeAnswers(ports, roundId, sorted.slice(half), fates);
      return;
    }
    const [only] = sorted;
    ports.log({ event: "fault", where: "decide.bad_row", ...describeError(error) });
    if (only)
      fates.set(only.entry_id, {
        kind: "failed",
        code: "internal.bad_row",
        message: "Its decision could not be stored.",
      });
  }
}
