/**
 * Runs the simulation as its command does, in a process of its own, because it replaces the process's globals. Each process
 * also starts a PostgreSQL of its own. On a shared one, transactions of other databases put off the pruning of pages, and so
 * change the order in which rows come back. Three of 20 histories of one seed differed there, and none of 55 on servers of their own.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { z } from "zod";

const Result = z.object({
  seed: z.string(),
  steps: z.number(),
  hash: z.string(),
  violations: z.array(z.object({ step: z.number(), text: z.string() })),
  faults: z.record(z.string(), z.number()),
  rounds: z.record(z.string(), z.number()),
  decisions: z.number(),
  trades: z.number(),
});
export type SeedResult = z.infer<typeof Result>;

/** Answers one result for each seed. Rejects when the command itself failed. */
export function runSim(args: readonly string[]): Promise<SeedResult[]> {
  const script = join(import.meta.dirname, "run.ts");
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [script, "--json", "--shrink", "0", ...args]);
    let out = "";
    let errors = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors += text;
    });
    child.once("error", fail);
    child.once("close", (code) => {
      if (code !== 0 && code !== 1) return fail(new Error(`the simulation ended with ${code}: ${errors || out}`));
      const lines = out.split("\n").filter((line) => line.startsWith("{"));
      done(lines.map((line) => Result.parse(JSON.parse(line))));
    });
  });
}
