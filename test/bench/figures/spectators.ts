/** A thousand spectators of one replay: how late steps reach them, and by how much they slow the decisions. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { z } from "zod";
import { type Bench, inTurn } from "../bench.ts";
import { check } from "../checks.ts";
import { median, quantile } from "../figure.ts";
import { nextMessage } from "../next-message.ts";
import { newReplay, onStack } from "../scene.ts";

const reported = z.object({ latencies: z.array(z.number()), bytes: z.number(), closed: z.number() });
const BROADCAST_MS_MAX = 250;
/** The bar: the rate with spectators is at least 0.9 of the rate without. */
const COST_MOST = 1 / 0.9;

export const spectators: Bench = {
  name: "spectators",
  what: "1,000 spectators of one tournament: the p99 of a broadcast, and decisions a second with them against without",
  run: (context) =>
    onStack(context, async (stack) => {
      const count = context.quick ? 100 : 1000;
      const rounds = context.quick ? 20 : 40;
      const replay = await newReplay(context, stack, context.quick ? 100 : 500, 1000);
      context.print("  warm-up");
      await replay.play({ warmUp: 2, rounds: 10 });
      const rate = async () => {
        const { decisions, seconds } = await replay.play({ warmUp: 2, rounds });
        return decisions / seconds;
      };
      const { ours } = await inTurn(
        context,
        async () => {
          const without = await rate();
          const url = `${stack.url.replace("http", "ws")}/tournaments/${replay.id}/feed`;
          const crowd = fork(join(import.meta.dirname, "../crowd.ts"), [url, String(count)]);
          try {
            await nextMessage(crowd);
            crowd.send("reset");
            const beside = await rate();
            crowd.send("report");
            const { latencies, bytes, closed } = reported.parse(await nextMessage(crowd));
            if (closed > 0) throw new Error(`${closed} of ${count} spectators lost their socket`);
            if (latencies.length === 0) throw new Error("no step reached anybody");
            const p99 = quantile(latencies, 0.99);
            context.print(
              `  ${without.toFixed(0)} decisions/s without, ${beside.toFixed(0)} with ${count} (${(beside / without).toFixed(2)} ×); ` +
                `${latencies.length / count} steps of ${(bytes / latencies.length / 1000).toFixed(1)} KB, p50 ${quantile(latencies, 0.5)} ms, p99 ${p99} ms`,
            );
            return { p99, share: beside / without };
          } finally {
            if (crowd.exitCode === null) {
              crowd.disconnect();
              await once(crowd, "exit");
            }
          }
        },
        null,
      );
      await check(stack.query, context, { played: [replay.id] });
      const note = `${count.toLocaleString("en-US")} sockets of one process on the same machine`;
      return [
        {
          name: "spectators-p99",
          unit: "ms",
          better: "less" as const,
          note,
          bar: { kind: "most", value: BROADCAST_MS_MAX },
          runs: ours.map(({ p99 }) => ({ ours: p99, peer: null })),
        },
        {
          name: "spectators-cost",
          unit: "× the cost without",
          better: "less" as const,
          ownBase: true,
          bar: { kind: "most", value: COST_MOST },
          runs: ours.map(({ share }) => ({ ours: 1 / share, peer: null })),
          note: `${median(ours.map(({ share }) => share)).toFixed(2)} of the decisions a second`,
        },
      ];
    }),
};
