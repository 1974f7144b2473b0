/** The line that ends `npm run tournament -- --json`, with exactly the fields that it promises. */
import { expect } from "vitest";
import { z } from "zod";
import { lastLine, run } from "./command.ts";

const resultSchema = z.strictObject({
  rounds: z.number().int(),
  entries: z.number().int(),
  decisions: z.number().int(),
  decisions_made: z.number().int(),
  decisions_held: z.number().int(),
  trades: z.number().int(),
  orders_refused: z.number().int(),
  ledger: z.strictObject({ ok: z.boolean(), checked: z.number().int(), errors: z.array(z.unknown()) }),
  tasks: z.record(z.string(), z.number().int()),
  leaderboard: z.array(
    z.looseObject({
      rank: z.number().int().nullable(),
      agent: z.string(),
      baseline: z.boolean(),
      equity: z.string().regex(/^\d+(\.\d{1,8})?$/),
      trades: z.number().int(),
      fees: z.string(),
    }),
  ),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  elapsed_ms: z.number().int().positive(),
  decisions_per_second: z.number().positive(),
});
export type ReplayResult = z.infer<typeof resultSchema>;

/** Parses, and holds every figure against the others. */
export function readResult(out: string): ReplayResult {
  const result = resultSchema.parse(JSON.parse(lastLine(out)));
  expect(result.ledger).toMatchObject({ ok: true, errors: [] });
  expect(result.ledger.checked).toBeGreaterThan(100);
  expect(result.decisions_made + result.decisions_held).toBe(result.rounds * result.entries);
  expect(result.decisions).toBe(result.decisions_made + result.decisions_held);
  expect(Object.keys(result.tasks)).toEqual(["SUCCESS"]);
  expect(result.leaderboard).toHaveLength(result.entries);
  expect(result.leaderboard.filter(({ baseline, rank }) => baseline !== (rank === null))).toEqual([]);
  return result;
}

/** Runs to the end, which must be a good one. */
export async function replay(dataDir: string, args: readonly string[]): Promise<ReplayResult> {
  const { code, out, err } = await run("tournament", [...args, "--json", "--data", dataDir]);
  expect(code, err).toBe(0);
  return readResult(out);
}
