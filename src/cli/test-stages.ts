/** The stages of `npm test` and how one is run and counted. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { PROJECT } from "../local/wrangler.ts";

export interface Stage {
  readonly name: string;
  readonly what: string;
  /** Of node_modules: a program of its own, or a script for Node. */
  readonly run: { readonly program: string } | { readonly script: string };
  readonly args: readonly string[];
  /** The same program once more, with these. */
  readonly also?: readonly string[];
  /** Its tests are counted from Vitest's report; any other stage counts as one. */
  readonly vitest: boolean;
}

export interface StageResult {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
}

const vitest = (name: string, what: string): Stage => ({
  name,
  what,
  run: { script: "vitest/vitest.mjs" },
  args: ["run", "--config", `vitest.${name}.config.ts`, "--reporter=default", "--reporter=json"],
  vitest: true,
});

export const stages: readonly Stage[] = [
  {
    name: "lint",
    what: "format and lint",
    run: { program: ".bin/biome" },
    args: ["check", "--error-on-warnings", "."],
    vitest: false,
  },
  {
    name: "types",
    what: "TypeScript: the Worker, the pages",
    run: { program: ".bin/tsc" },
    args: ["--noEmit"],
    also: ["--noEmit", "-p", "src/dashboard"],
    vitest: false,
  },
  vitest("wiring", "layout, wrangler.toml, schema and codes against each other"),
  vitest("unit", "pure code, and statements on a real PostgreSQL"),
  vitest("sim", "simulated histories with faults"),
  vitest("workers", "the Worker in workerd, on a real PostgreSQL"),
  vitest("e2e", "the commands and the whole local stack"),
  vitest("browser", "the pages in Chromium, on a running stack"),
];

const report = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  success: z.boolean(),
});

/** Never rejects: a stage that can't even start has failed. */
export async function runStage(stage: Stage, signal: AbortSignal): Promise<StageResult> {
  const startedAt = performance.now();
  const folder = mkdtempSync(join(tmpdir(), "agonus-report-"));
  const file = join(folder, "report.json");
  const first = await runProgram(
    stage,
    [...stage.args, ...(stage.vitest ? [`--outputFile.json=${file}`] : [])],
    signal,
  );
  const second = stage.also && !signal.aborted ? await runProgram(stage, stage.also, signal) : 0;
  const code = first === 0 ? second : first;
  const counts = stage.vitest ? readCounts(file) : { passed: code === 0 ? 1 : 0, failed: 0, skipped: 0 };
  rmSync(folder, { recursive: true, force: true });
  // A file that doesn't load, a leak, a crash: no test failed, and yet the stage did. One that ran nothing proves nothing:
  // only a machine that is no CI's may lack what a whole stage needs (a browser), and its tests are told as skipped.
  const broken = code !== 0 || (counts.passed === 0 && (counts.skipped === 0 || Boolean(process.env.CI)));
  return {
    name: stage.name,
    ...counts,
    failed: broken ? Math.max(1, counts.failed) : counts.failed,
    seconds: (performance.now() - startedAt) / 1000,
  };
}

function runProgram(stage: Stage, args: readonly string[], signal: AbortSignal): Promise<number | null> {
  const modules = join(PROJECT, "node_modules");
  const [command, first] =
    "program" in stage.run
      ? [join(modules, stage.run.program), []]
      : [process.execPath, [join(modules, stage.run.script)]];
  return new Promise((done) => {
    const child = spawn(command, [...first, ...args], { cwd: PROJECT, stdio: "inherit" });
    const end = () => child.kill("SIGTERM");
    signal.addEventListener("abort", end, { once: true });
    const finish = (code: number | null) => {
      signal.removeEventListener("abort", end);
      done(code);
    };
    child.once("error", (error) => {
      process.stderr.write(`${command} did not start: ${error.message}\n`);
      finish(null);
    });
    child.once("exit", finish);
  });
}

function readCounts(file: string): { passed: number; failed: number; skipped: number } {
  try {
    const read = report.parse(JSON.parse(readFileSync(file, "utf8")));
    return {
      passed: read.numPassedTests,
      failed: read.numFailedTests,
      skipped: read.numPendingTests + read.numTodoTests,
    };
  } catch {
    return { passed: 0, failed: 0, skipped: 0 };
  }
}
