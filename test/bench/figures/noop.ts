/**
 * No-op tasks a second, from the first enqueue to the last stored result. Celery's producer enqueues one by one, so ours
 * enqueues by the function of POST /tasks inside the Worker. pg-boss inserts by the thousand, so ours enqueues by the
 * function for many tasks. Tasks are durable here and with pg-boss; Celery's are in memory.
 */
import { z } from "zod";
import { type Bench, type BenchContext, inTurn } from "../bench.ts";
import { check } from "../checks.ts";
import type { Measured } from "../figure.ts";
import { median } from "../figure.ts";
import { type BenchStack, onStack, until } from "../scene.ts";

const many = z.object({ asked_ms: z.number(), ids: z.array(z.string()) });
const celery = z.object({ e2e_tasks_per_s: z.number() });
const rate = z.object({ median: z.number() });
const pgBoss = z.object({
  M1_pgboss: z.object({ batch_1000: z.object({ e2e_tasks_per_s: rate, drain_tasks_per_s: rate.nullable() }) }),
});

/** How many tasks a second, measured over `count` tasks. */
export async function runNoops(
  context: BenchContext,
  stack: BenchStack,
  count: number,
  by: "one" | "hundreds" = "hundreds",
): Promise<{ rate: number; ids: string[] }> {
  const { asked_ms, ids } = await stack.api.post(`/bench/many?count=${count}&by=${by}`, {}, many);
  const finished = `select count(*)::int as n from tasks where id >= $1 and id <= $2 and name = 'noop' and state = 'SUCCESS'`;
  const range = [ids[0], ids.at(-1)];
  await until(stack.query, context, count, finished, range);
  const [row] = await stack.query<{ last: number }>(
    `select agonus_ms(max(finished_at)) as last from tasks where id >= $1 and id <= $2 and name = 'noop'`,
    range,
  );
  if (!row) throw new Error("the tasks are gone");
  return { rate: count / ((row.last - asked_ms) / 1000), ids };
}

export const noop: Bench = {
  name: "noop",
  what: "no-op tasks a second, enqueue to stored result; Celery's m1 and pg-boss",
  run: (context) =>
    onStack(
      context,
      async (stack) => {
        const count = context.quick ? 1000 : 10_000;
        await runNoops(context, stack, count, "one");
        await runNoops(context, stack, count);
        const { ours, peer } = await inTurn(
          context,
          async () => {
            const { rate: single } = await runNoops(context, stack, count, "one");
            const { rate: many } = await runNoops(context, stack, count);
            context.print(`  ours ${single.toFixed(0)} one by one, ${many.toFixed(0)} by hundreds, tasks/s`);
            return { single, many };
          },
          async (peers) => {
            const of = async (config: string) => {
              const text = `import subprocess, sys\nprint(subprocess.run([sys.executable, "m1_noop.py", "${count}", "--one", "${config}"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip())`;
              return celery.parse(await peers.python(text)).e2e_tasks_per_s;
            };
            const both = [await of("solo_x1"), await of("solo_x2")] as const;
            const edited = (text: string) =>
              text.replace("REPS = 3", "REPS = 1").replace("[[1, 20], [100, 2000], [1000, N]]", "[[1000, N]]");
            const boss = pgBoss.parse(await peers.node("pgboss.mjs", edited, { N: String(count) })).M1_pgboss
              .batch_1000;
            const best = Math.max(boss.e2e_tasks_per_s.median, boss.drain_tasks_per_s?.median ?? 0);
            context.print(
              `  Celery ${both.map((r) => r.toFixed(0)).join(" and ")}, pg-boss ${boss.e2e_tasks_per_s.median} and drained ${boss.drain_tasks_per_s?.median} tasks/s`,
            );
            return { celery: both, best };
          },
        );
        await check(stack.query, context);
        const workers =
          peer.length > 0 && median(peer.map((p) => p.celery[1])) > median(peer.map((p) => p.celery[0])) ? 1 : 0;
        const figure = (
          name: string,
          least: number,
          mine: (one: (typeof ours)[number]) => number,
          of: (i: number) => number | undefined,
          against: string,
        ): Measured => ({
          name,
          unit: "tasks/s",
          better: "more",
          bar: { kind: "ratio", least },
          runs: ours.map((one, i) => ({ ours: mine(one), peer: of(i) ?? null })),
          ...(peer.length > 0 ? { against } : {}),
        });
        return [
          figure(
            "noop",
            2,
            ({ single }) => single,
            (i) => peer[i]?.celery[workers],
            `Celery m1, ${workers + 1} workers, tasks in memory only; both enqueue one by one`,
          ),
          figure(
            "noop-pg-boss",
            1,
            ({ many }) => many,
            (i) => peer[i]?.best,
            "pg-boss, batches of 1,000, the better of end to end and of draining a full queue",
          ),
        ];
      },
      { benchWorker: true },
    ),
};
