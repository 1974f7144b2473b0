/**
 * update_tournament_rankings through the queue on 10,000 entries, with every row written. Ours marks all holdings anew at
 * the last prices; the peer ranks stored values.
 */
import { z } from "zod";
import { type Bench, inTurn } from "../bench.ts";
import { check } from "../checks.ts";
import { newReplay, onStack, until } from "../scene.ts";

const queued = z.object({ task_id: z.string() });
const wall = z.object({ median: z.number(), min: z.number(), max: z.number() });
const m3 = z.object({ M3_rankings: z.record(z.string(), z.unknown()) });
const ranked = z.looseObject({ all_changed: z.object({ wall_s: wall }) });

export const rank: Bench = {
  name: "rank",
  what: "ranking 10,000 entries at prices marked anew; Celery's m3, which does not re-mark",
  run: (context) =>
    onStack(context, async (stack) => {
      const { query, api } = stack;
      const entries = context.quick ? 500 : 10_000;
      const replay = await newReplay(context, stack, entries, 10);
      context.print("  playing rounds, so that there are positions");
      await replay.play({ warmUp: 0, rounds: 1 });
      // The tournament is live for the ranking, and no round is played: its Arena has no alarm, and the crons are paused.
      for (const schedule of [
        "check_tournament_transitions",
        "run_all_live_tournament_agents",
        "update_tournament_rankings",
      ])
        await api.post(`/schedules/${schedule}/pause`, { reason: "bench" }, z.unknown());
      await query("update tournaments set status = 'live' where id = $1", [replay.id]);
      await query("vacuum analyze");
      const ours = async () => {
        await query("update standings set rank = null, equity = equity + 1 where tournament_id = $1", [replay.id]);
        const began = performance.now();
        const { task_id } = await api.post("/tasks", { name: "update_tournament_rankings", args: {} }, queued);
        await until(
          query,
          context,
          1,
          "select count(*)::int as n from tasks where id = $1 and state = 'SUCCESS'",
          [task_id],
          5,
        );
        const ms = performance.now() - began;
        const [row] = await query<{ n: number }>("select (result->>'changed')::int as n from tasks where id = $1", [
          task_id,
        ]);
        if (row?.n !== entries) throw new Error(`${row?.n} of ${entries} standings were written`);
        context.print(`  ours ${ms.toFixed(0)} ms`);
        return ms;
      };
      await ours();
      const { ours: times, peer } = await inTurn(context, ours, async (peers) => {
        const text = `text = open("m3_rankings.py").read()
assert "(500, 2000, 10000)" in text and "for _ in range(3)" in text
import sys
sys.argv = ["m3_rankings.py"]
exec(compile(text.replace("(500, 2000, 10000)", "(${entries},)").replace("for _ in range(3)", "for _ in range(1)"), "m3_rankings.py", "exec"))`;
        const all = ranked.parse(m3.parse(await peers.python(text)).M3_rankings[String(entries)]);
        const ms = all.all_changed.wall_s.median * 1000;
        context.print(`  Celery ${ms.toFixed(0)} ms`);
        return ms;
      });
      await query("update tournaments set status = 'paused' where id = $1", [replay.id]);
      await check(query, context, { played: [replay.id] });
      return [
        {
          name: "rank",
          unit: "ms",
          better: "less",
          bar: { kind: "ratio", least: 3 },
          runs: times.map((ms, i) => ({ ours: ms, peer: peer[i] ?? null })),
          ...(peer.length > 0 ? { against: "Celery m3, every rank changed" } : {}),
        },
      ];
    }),
};
