/** How much more a decision, a list and a look-up cost in a large tournament, and in a database with a long history. */
import { type Bench, type BenchContext, inTurn } from "../bench.ts";
import { check } from "../checks.ts";
import type { Measured } from "../figure.ts";
import { median } from "../figure.ts";
import { writeDecisions, writeTasks } from "../history.ts";
import { load } from "../load.ts";
import { type BenchStack, newReplay, onStack, type Played } from "../scene.ts";

const msEach = (played: Played) => (1000 * played.seconds) / played.decisions;
const MOST = 1.3;

export const growthEntries: Bench = {
  name: "growth-entries",
  what: "cost of a decision at 5,000 entries against 100, round by round",
  run: (context) =>
    // Without blocks: 100 entries would play dozens of rounds at a time, and 5,000 one, which compares blocks with rounds.
    onStack(context, (stack) => compareFields(context, stack), { benchWorker: true, blockRounds: 0 }),
};

async function compareFields(context: BenchContext, stack: BenchStack): Promise<Measured[]> {
  const large = await newReplay(context, stack, context.quick ? 1000 : 5000, 30);
  const small = await newReplay(context, stack, 100, 400);
  context.print("  warm-up");
  await large.play({ warmUp: 0, rounds: 1 });
  await small.play({ warmUp: 0, rounds: 5 });
  const { ours } = await inTurn(
    context,
    async () => {
      const few = msEach(await small.play({ warmUp: 2, rounds: 30 }));
      const many = msEach(await large.play({ warmUp: 1, rounds: 2 }));
      context.print(`  ${few.toFixed(2)} ms a decision of 100 entries, ${many.toFixed(2)} ms of the large field`);
      return { few, many };
    },
    null,
  );
  await check(stack.query, context, { played: [large.id, small.id] });
  return [
    {
      name: "growth-entries",
      unit: "× the cost at 100",
      better: "less",
      bar: { kind: "most", value: MOST },
      ownBase: true,
      runs: ours.map(({ few, many }) => ({ ours: many / few, peer: null })),
      note: `${median(ours.map((o) => o.many)).toFixed(2)} ms a decision against ${median(ours.map((o) => o.few)).toFixed(2)} ms`,
    },
  ];
}

interface Costs {
  readonly decision: number;
  readonly list: number;
  readonly lookup: number;
}

export const growthHistory: Bench = {
  name: "growth-history",
  what: "cost of a decision, the task list, a task look-up with 1 M tasks and decisions stored, against empty",
  run: (context) =>
    onStack(context, async (stack) => {
      const { query, adminQuery } = stack;
      const past = context.quick ? 50_000 : 1_000_000;
      const replay = await newReplay(context, stack, 500, 200);
      await replay.play({ warmUp: 1, rounds: 2 });
      const measure = async (): Promise<Costs> => {
        const decision = msEach(await replay.play({ warmUp: 2, rounds: 8 }));
        const rows = await query<{ id: string }>(
          `select id from tasks where tournament_id = $1 order by id desc limit 100`,
          [replay.id],
        );
        const one = async (paths: readonly string[]) =>
          1000 /
          (await load(stack.url, paths, { connections: 1, seconds: context.quick ? 1 : 3, key: stack.operatorKey }))
            .perSecond;
        const list = await one([
          "/tasks?limit=50",
          "/tasks?limit=50&state=SUCCESS",
          "/tasks?limit=50&name=run_agent_decision",
        ]);
        const lookup = await one(rows.map(({ id }) => `/tasks/${id}`));
        context.print(`  a decision ${decision.toFixed(2)} ms, a list ${list} ms, a look-up ${lookup} ms`);
        return { decision, list, lookup };
      };
      await measure();
      const { ours: before } = await inTurn(context, measure, null);
      await writeTasks(query, context, past, { days: 4, newestDay: 1 });
      await writeDecisions(adminQuery, context, past);
      await measure();
      const { ours: after } = await inTurn(context, measure, null);
      await check(query, context, { tournamentIds: [replay.id], played: [replay.id] });
      const figure = (what: keyof Costs): Measured => {
        const base = median(before.map((costs) => costs[what]));
        return {
          name: `growth-history-${what}`,
          unit: "× the cost when empty",
          better: "less",
          bar: { kind: "most", value: MOST },
          ownBase: true,
          runs: after.map((costs) => ({ ours: costs[what] / base, peer: null })),
          note: `${median(after.map((costs) => costs[what])).toFixed(2)} ms against ${base.toFixed(2)} ms`,
        };
      };
      return [figure("decision"), figure("list"), figure("lookup")];
    }),
};
