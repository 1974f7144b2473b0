/** The latency of an idle system: from the enqueue of one task to the start of its handler, one task after another. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { type Bench, inTurn } from "../bench.ts";
import { check } from "../checks.ts";
import { type Measured, quantile } from "../figure.ts";
import { onStack } from "../scene.ts";

const one = z.looseObject({ taskId: z.string() });
const celery = z.object({ enqueue_to_start_ms_p50: z.number(), enqueue_to_start_ms_p99: z.number() });
/** The first tasks make connections and plans, and are not measured. */
const WARM_UP = 20;
const PAUSE_MS = 20;

export const latency: Bench = {
  name: "latency",
  what: "idle, enqueue to start of the handler, p50 and p99; Celery's m1",
  run: (context) =>
    onStack(
      context,
      async (stack) => {
        const count = context.quick ? 50 : 300;
        const { ours, peer } = await inTurn(
          context,
          async () => {
            const ids: string[] = [];
            for (let i = 0; i < WARM_UP + count; i++) {
              const { taskId } = await stack.api.post("/bench/one", {}, one);
              // The next task is enqueued when this one is done, as the peer waits for its result.
              for (let done = false; !done; ) {
                const rows = await stack.query("select 1 from tasks where id = $1 and state = 'SUCCESS'", [taskId]);
                done = rows.length > 0;
                if (!done) await sleep(3, undefined, { signal: context.signal });
              }
              if (i >= WARM_UP) ids.push(taskId);
              await sleep(PAUSE_MS, undefined, { signal: context.signal });
            }
            const rows = await stack.query<{ ms: number }>(
              `select (result->>'started_ms')::float8 - (args->>'asked_ms')::float8 as ms from tasks where id = any($1::uuid[])`,
              [ids],
            );
            const times = rows.map((row) => row.ms);
            context.print(`  ours p50 ${quantile(times, 0.5)} ms, p99 ${quantile(times, 0.99)} ms`);
            return { p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
          },
          async (peers) => {
            const text = `import subprocess, sys\nprint(subprocess.run([sys.executable, "m1_noop.py", "100", "--one", "idle_latency_solo"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip())`;
            const got = celery.parse(await peers.python(text));
            context.print(`  Celery p50 ${got.enqueue_to_start_ms_p50} ms, p99 ${got.enqueue_to_start_ms_p99} ms`);
            return { p50: got.enqueue_to_start_ms_p50, p99: got.enqueue_to_start_ms_p99 };
          },
        );
        await check(stack.query, context);
        const figure = (p: "p50" | "p99"): Measured => ({
          name: `latency-${p}`,
          unit: "ms",
          better: "less",
          bar: { kind: "ratio", least: 1 / 6 },
          runs: ours.map((run, i) => ({ ours: run[p], peer: peer[i]?.[p] ?? null })),
          ...(peer.length > 0 ? { against: "Celery m1, idle solo worker" } : {}),
        });
        return [figure("p50"), figure("p99")];
      },
      { benchWorker: true },
    ),
};
