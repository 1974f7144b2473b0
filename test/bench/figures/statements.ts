/** What a decision costs the database in batches of 100: the Worker's statements, and bytes of WAL. */
import { type Bench, inTurn } from "../bench.ts";
import { check } from "../checks.ts";
import { newReplay, onStack } from "../scene.ts";

export const statements: Bench = {
  name: "statements",
  what: "SQL statements and WAL bytes a decision, at batches of 100",
  run: (context) =>
    onStack(context, async (stack) => {
      const replay = await newReplay(context, stack, context.quick ? 300 : 1000, 60);
      await replay.play({ warmUp: 1, rounds: 1 });
      const { ours } = await inTurn(context, () => replay.play({ warmUp: 1, rounds: 4 }), null);
      await check(stack.query, context, { played: [replay.id] });
      return [
        {
          name: "statements",
          unit: "statements/decision",
          better: "less",
          bar: { kind: "most", value: 0.2 },
          runs: ours.map((played) => ({ ours: played.statements / played.decisions, peer: null })),
          note: "everything that the Worker sent meanwhile, its clocks too",
        },
        {
          name: "statements-wal",
          unit: "WAL bytes/decision",
          better: "less",
          bar: { kind: "none" },
          runs: ours.map((played) => ({ ours: played.walBytes / played.decisions, peer: null })),
        },
      ];
    }),
};
