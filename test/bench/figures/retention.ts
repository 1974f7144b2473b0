/** How long cleanup_old_results takes for a million finished tasks, and how long a claim waits meanwhile. */
import { setTimeout as sleep } from "node:timers/promises";
import { uuidv7 } from "uuidv7";
import { z } from "zod";
import { claimTasks } from "../../../src/db/statements/tasks/claim.ts";
import { finishTask } from "../../../src/db/statements/tasks/finish.ts";
import { insertTask } from "../../../src/db/statements/tasks/insert.ts";
import { type Bench, inTurn } from "../bench.ts";
import { check } from "../checks.ts";
import { writeTasks } from "../history.ts";
import { type BenchStack, onStack, until } from "../scene.ts";

const queued = z.object({ task_id: z.string() });

/** Enqueues, claims and ends a task every few ms, and keeps each claim's time. */
async function claimsUntil(stack: BenchStack, over: () => boolean): Promise<number[]> {
  const times: number[] = [];
  while (!over()) {
    const [id, token] = [uuidv7(), uuidv7()];
    await insertTask(stack.query, {
      id,
      name: "update_tournament_rankings",
      queue: "agents",
      args: {},
      maxAttempts: 2,
      scope: null,
      subject: null,
      survivesLostLeases: false,
      key: null,
      countdownSeconds: 0,
      correlationId: null,
      by: "bench",
      failed: null,
    });
    const began = performance.now();
    const claimed = await claimTasks(stack.query, [id], token, 20, "bench");
    times.push(performance.now() - began);
    if (claimed.length !== 1) throw new Error("a task could not be claimed");
    const ending = {
      state: "SUCCESS",
      result: {},
      error: null,
      afterMs: 0,
      givesAttemptBack: false,
      why: "done",
    } as const;
    await finishTask(stack.query, id, token, ending, "bench");
    await sleep(2);
  }
  return times;
}

/** Each repetition fills three other days, further back, because the rows that had to stay are still in the earlier ones. */
const DAYS = 3;

export const retention: Bench = {
  name: "retention",
  what: "1 M finished tasks cleaned up, and the longest stall of a claim meanwhile",
  run: (context) =>
    onStack(context, async (stack) => {
      const { query, adminQuery, api } = stack;
      const rows = context.quick ? 50_000 : 1_000_000;
      const { ours } = await inTurn(
        context,
        async (nth) => {
          const newestDay = 2 + DAYS * nth;
          await writeTasks(query, context, rows, { days: newestDay + DAYS, newestDay });
          await adminQuery("checkpoint");
          let over = false;
          const claims = claimsUntil(stack, () => over);
          await sleep(500);
          const began = performance.now();
          const { task_id } = await api.post("/tasks", { name: "cleanup_old_results", args: {} }, queued);
          await until(
            query,
            context,
            1,
            "select count(*)::int as n from tasks where id = $1 and state = 'SUCCESS'",
            [task_id],
            10,
          );
          const seconds = (performance.now() - began) / 1000;
          over = true;
          const stall = Math.max(...(await claims));
          const [done] = await query<{ result: unknown }>("select result from tasks where id = $1", [task_id]);
          context.print(
            `  ${seconds.toFixed(2)} s, longest claim ${stall.toFixed(0)} ms: ${JSON.stringify(done?.result)}`,
          );
          return { seconds, stall };
        },
        null,
      );
      await check(query, context);
      const note = `${rows.toLocaleString("en-US")} tasks of three days, 1.2 % of them to be kept`;
      return [
        {
          name: "retention",
          unit: "s",
          better: "less" as const,
          bar: { kind: "most" as const, value: 5 },
          note,
          runs: ours.map(({ seconds }) => ({ ours: seconds, peer: null })),
        },
        {
          name: "retention-stall",
          unit: "ms",
          better: "less" as const,
          bar: { kind: "most" as const, value: 100 },
          runs: ours.map(({ stall }) => ({ ours: stall, peer: null })),
        },
      ];
    }),
};
