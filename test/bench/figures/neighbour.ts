/** The p99 of a small live tournament's decisions, from due to stored: six entries beside 5,000, against six alone. */
import { setTimeout as sleep } from "node:timers/promises";
import { windowMs } from "../../../src/core/phases.ts";
import { type Bench, type BenchContext, inTurn, REPETITIONS } from "../bench.ts";
import { check } from "../checks.ts";
import { median, quantile } from "../figure.ts";
import { act, type BenchStack, makeAgents, makeLive, onStack, until } from "../scene.ts";

const SMALL_INTERVAL_SECONDS = 5;
const LARGE_INTERVAL_SECONDS = 60;

/** Milliseconds from due to stored, of the decisions of rounds that were due in the window. */
async function lags(stack: BenchStack, id: string, fromMs: number, toMs: number): Promise<number[]> {
  const rows = await stack.query<{ ms: number }>(
    `select agonus_ms(d.decided_at) - agonus_ms(r.due_at) as ms from rounds r join decisions d on d.round_id = r.id
     where r.tournament_id = $1 and agonus_ms(r.due_at) >= $2 and agonus_ms(r.due_at) < $3`,
    [id, fromMs, toMs],
  );
  return rows.map((row) => row.ms);
}

async function windowOf(context: BenchContext, stack: BenchStack, id: string, seconds: number): Promise<number> {
  const from = Date.now();
  await sleep(seconds * 1000, undefined, { signal: context.signal });
  const to = Date.now() - SMALL_INTERVAL_SECONDS * 1000;
  const decided = await lags(stack, id, from, to);
  const [missed] = await stack.query<{ n: number }>(
    `select count(*)::int as n from missed_decisions m join rounds r on r.id = m.round_id
     where m.tournament_id = $1 and agonus_ms(r.due_at) >= $2 and agonus_ms(r.due_at) < $3`,
    [id, from, to],
  );
  // A missed decision counts as longer than its window.
  const all = [...decided, ...Array<number>(missed?.n ?? 0).fill(windowMs(SMALL_INTERVAL_SECONDS))];
  context.print(
    `  p50 ${quantile(all, 0.5).toFixed(0)} ms, p99 ${quantile(all, 0.99).toFixed(0)} ms of ${all.length}, ${missed?.n} missed`,
  );
  return quantile(all, 0.99);
}

export const neighbour: Bench = {
  name: "neighbour",
  what: "p99 of a tournament of 6 beside one of 5,000, against alone",
  run: (context) =>
    onStack(context, async (stack) => {
      const six = await makeAgents(stack.query, 6, "Neighbour");
      const many = await makeAgents(stack.query, context.quick ? 500 : 5000, "Of many");
      const small = await makeLive(stack, six, { intervalSeconds: SMALL_INTERVAL_SECONDS, inSeconds: 3, name: "Six" });
      const settled = `select count(*)::int as n from rounds where tournament_id = $1 and state = 'settled'`;
      await until(stack.query, context, 2, settled, [small], 200);
      context.print("  alone");
      const alone = (await inTurn(context, () => windowOf(context, stack, small, context.quick ? 25 : 40), null)).ours;
      const large = await makeLive(stack, many, {
        intervalSeconds: LARGE_INTERVAL_SECONDS,
        inSeconds: 5,
        name: "Many",
      });
      // The first round wakes 5,000 objects; the rounds after it are measured.
      await until(stack.query, context, 1, settled, [large], 500);
      context.print("  beside the large one");
      const beside: number[] = [];
      for (let nth = 0; nth < REPETITIONS; nth++)
        beside.push(await windowOf(context, stack, small, LARGE_INTERVAL_SECONDS));
      const [row] = await stack.query<{ rounds: number; made: number }>(
        `select count(distinct r.id)::int as rounds, count(d.*)::int as made from rounds r left join decisions d on d.round_id = r.id
         where r.tournament_id = $1 and r.state = 'settled'`,
        [large],
      );
      for (const id of [small, large]) await act(stack, id, "pause");
      const active = `select 1 - least(1, count(*))::int as n from rounds where state in ('open', 'closed', 'quoted')`;
      await until(stack.query, context, 1, active, [], 200);
      await check(stack.query, context);
      const base = median(alone);
      return [
        {
          name: "neighbour",
          unit: "× the p99 alone",
          better: "less",
          bar: { kind: "most", value: 2 },
          ownBase: true,
          runs: beside.map((ms) => ({ ours: ms / base, peer: null })),
          note: `${median(beside).toFixed(0)} ms against ${base.toFixed(0)} ms; the large one decided ${row?.made} times in ${row?.rounds} rounds`,
        },
      ];
    }),
};
