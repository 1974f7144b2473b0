/**
 * Decisions a second: 2,000 house entries, round after round of a replay, with everything stored (decision, orders, fills,
 * equity, the task with its result). The peer runs its own cycle of 2,000 agents, at its best number of workers.
 */
import { z } from "zod";
import { type Bench, inTurn } from "../bench.ts";
import { check } from "../checks.ts";
import { type Measured, median } from "../figure.ts";
import { headOf, type Peers } from "../peers.ts";
import { newReplay, onStack, type Played } from "../scene.ts";

const WORKERS = [1, 2, 3];
const answer = z.record(
  z.string(),
  z.object({ decisions_per_s: z.object({ median: z.number() }), trade_share: z.object({ median: z.number() }) }),
);

/** Runs a cycle at each number of workers, with fresh workers each time, as the peer's m2 does. */
async function peerCycles(peers: Peers, agents: number, workers: readonly number[]) {
  const text = `${headOf("m2_cycle.py", "\nout = {")}
print(json.dumps({str(k): cycle(${agents}, workers=k) for k in ${JSON.stringify(workers)}}))`;
  return answer.parse(await peers.python(text, { env: { REPS: "1" } }));
}

export const cycle: Bench = {
  name: "cycle",
  what: "decisions a second of 2,000 house entries, all stored; Celery's best m2",
  run: (context) =>
    onStack(context, async (stack) => {
      // Fields of 500 and less would play in blocks.
      const entries = context.quick ? 600 : 2000;
      const replay = await newReplay(context, stack, entries, 60);
      context.print("  warm-up");
      await replay.play({ warmUp: 1, rounds: 1 });
      if (context.peers) await peerCycles(context.peers, 100, [1]);
      const { ours, peer } = await inTurn(
        context,
        async () => {
          const played = await replay.play({ warmUp: 1, rounds: context.quick ? 3 : 5 });
          const { decisions, seconds, made } = played;
          context.print(
            `  ours ${(decisions / seconds).toFixed(0)} decisions/s, ${percent(made / decisions)} with orders`,
          );
          return played;
        },
        async (peers) => {
          const rates = await peerCycles(peers, entries, WORKERS);
          context.print(
            `  Celery ${WORKERS.map((k) => `${k} × ${rates[k]?.decisions_per_s.median}`).join(", ")} decisions/s`,
          );
          return rates;
        },
      );
      await check(stack.query, context, { played: [replay.id] });
      return [cycleFigure(ours, peer)];
    }),
};

function cycleFigure(ours: readonly Played[], peer: readonly z.infer<typeof answer>[]): Measured {
  const rateOf = (k: number) => peer.map((rates) => rates[k]?.decisions_per_s.median ?? Number.NaN);
  const best = peer.length === 0 ? null : WORKERS.reduce((a, b) => (median(rateOf(b)) > median(rateOf(a)) ? b : a));
  const share = percent(median(ours.map((played) => played.made / played.decisions)));
  const theirs =
    best === null
      ? ""
      : `; ${percent(median(peer.map((rates) => rates[best]?.trade_share.median ?? 0)))} of the peer's`;
  return {
    name: "cycle",
    unit: "decisions/s",
    better: "more",
    bar: { kind: "ratio", least: 5 },
    runs: ours.map((played, i) => ({
      ours: played.decisions / played.seconds,
      peer: best === null ? null : (peer[i]?.[best]?.decisions_per_s.median ?? null),
    })),
    ...(best === null ? {} : { against: `Celery m2, ${best} workers` }),
    note: `${share} of the decisions traded${theirs}`,
  };
}

const percent = (share: number) => `${Math.round(share * 100)} %`;
