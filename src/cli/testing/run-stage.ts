/** Runs one stage: its programs, what they print, what its tests report, and the end of whatever they leave behind. */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { endMarked, markedProcesses } from "../../local/marked-processes.ts";
import { waitUntilGone } from "../../local/process.ts";
import { PROJECT } from "../../local/worker/wrangler.ts";
import {
  type FailureReport,
  newReport,
  REPORT_VARIABLE,
  readReport,
  type StageReport,
  type TestReport,
} from "./report.ts";
import type { Stage } from "./stages.ts";

export interface StageResult {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
  readonly tests: readonly TestReport[];
  readonly failures: readonly FailureReport[];
  /** All that its programs printed; empty when they printed it themselves. */
  readonly output: string;
}

export interface StageOptions {
  readonly signal: AbortSignal;
  /** Test files; null: all. */
  readonly files: readonly string[] | null;
  /** Whether the programs write to this process's own output. Otherwise the result holds what they printed. */
  readonly direct: boolean;
  readonly onReport: (report: StageReport) => void;
  /** Each piece of text that its programs print. */
  readonly onOutput?: (text: string) => void;
  /** How long what the stage has started may take to end after its programs. Default: 10 s. */
  readonly graceMilliseconds?: number;
  /** How long Vitest may take to exit after it has reported the end of its run. Default: a minute. */
  readonly exitMilliseconds?: number;
}

/** In the environment of every process that a stage starts. */
const MARK = "AGONUS_TEST_STAGE";
/** Servers of a stage may take this long to stop. */
const GRACE_MILLISECONDS = 10_000;
/** Vitest gives up what holds it after 30 s (teardownTimeout). In CI it once stayed for 78 minutes, after its last line. */
const EXIT_MILLISECONDS = 60_000;
/** What a program printed just before its end arrives within this time. */
const PIPES_MILLISECONDS = 2_000;

/** Never rejects: a stage that can't even start has failed. */
export async function runStage(stage: Stage, options: StageOptions): Promise<StageResult> {
  const startedAt = performance.now();
  const mark = `${stage.name}-${randomUUID()}`;
  const report = newReport();
  let output = "";
  let failed = false;
  for (const { run, args } of stage.programs) {
    if (options.signal.aborted) break;
    const program = {
      run,
      args: [...args, ...(stage.vitest === null ? [] : (options.files ?? []))],
      variables: { [MARK]: mark, ...(stage.vitest === null ? {} : { [REPORT_VARIABLE]: "1" }) },
      isVitest: stage.vitest !== null,
    };
    const print = (text: string) => {
      if (options.direct) process.stdout.write(text);
      else output += text;
      options.onOutput?.(text);
    };
    const code = await runProgram(program, { ...options, report, print });
    if (code !== 0) failed = true;
  }
  const left = await leftOf(mark, options.signal.aborted ? 0 : (options.graceMilliseconds ?? GRACE_MILLISECONDS));
  if (left.length > 0 && !options.signal.aborted) {
    failed = true;
    const line = `The stage has ended, and these of its processes had not:\n${left.join("\n")}\n`;
    if (options.direct) process.stderr.write(line);
    else output += line;
  }
  const count = (state: TestReport["state"]) => report.tests.filter((test) => test.state === state).length;
  const counts =
    stage.vitest === null
      ? { passed: failed || options.signal.aborted ? 0 : 1, failed: 0, skipped: 0 }
      : { passed: count("passed"), failed: count("failed"), skipped: count("skipped") };
  // A stage also fails when a test file doesn't load, leaks or crashes, although no test has failed. It fails when it ran no
  // test, too. Outside of CI a machine may lack what a whole stage needs, such as a browser. Then all tests of the stage are
  // skipped, and it does not fail.
  const broken = failed || (counts.passed === 0 && (counts.skipped === 0 || Boolean(process.env.CI)));
  return {
    name: stage.name,
    ...counts,
    failed: broken ? Math.max(1, counts.failed) : counts.failed,
    seconds: (performance.now() - startedAt) / 1000,
    tests: report.tests,
    failures: report.failures,
    output,
  };
}

interface Started {
  readonly run: Stage["programs"][number]["run"];
  readonly args: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly isVitest: boolean;
}

interface Listening extends Pick<StageOptions, "signal" | "direct" | "onReport" | "exitMilliseconds"> {
  readonly report: StageReport;
  readonly print: (text: string) => void;
}

/** Answers its exit code; null when it did not start, or was ended by a signal. One that does not exit is ended, and its report counts. */
function runProgram(program: Started, listening: Listening): Promise<number | null> {
  const { signal, direct, onReport, report, print, exitMilliseconds = EXIT_MILLISECONDS } = listening;
  const modules = join(PROJECT, "node_modules");
  const { run } = program;
  const [command, first] =
    "program" in run ? [join(modules, run.program), []] : [process.execPath, [join(modules, run.script)]];
  const colors = !direct && process.stdout.isTTY ? { FORCE_COLOR: "1" } : {};
  return new Promise((done) => {
    const child = spawn(command, [...first, ...program.args], {
      cwd: PROJECT,
      env: { ...process.env, ...colors, ...program.variables },
      stdio: [
        "ignore",
        ...(direct ? (["inherit", "inherit"] as const) : (["pipe", "pipe"] as const)),
        ...(program.isVitest ? (["pipe"] as const) : []),
      ],
      // Its own group: a Ctrl-C in the terminal reaches this process alone, which then ends the stages in order.
      detached: true,
    });
    child.stdout?.setEncoding("utf8").on("data", print);
    child.stderr?.setEncoding("utf8").on("data", print);
    let hanging: NodeJS.Timeout | null = null;
    let isHanging = false;
    const endHanging = () => {
      isHanging = true;
      child.kill("SIGKILL");
    };
    const reported = child.stdio[3] as Readable | null | undefined;
    const read = readReport(report);
    reported?.setEncoding("utf8").on("data", (text: string) => {
      read(text);
      onReport(report);
      if (report.passed !== null) hanging ??= setTimeout(endHanging, exitMilliseconds);
    });
    const end = () => child.kill("SIGTERM");
    signal.addEventListener("abort", end, { once: true });
    const finish = (code: number | null) => {
      signal.removeEventListener("abort", end);
      if (hanging) clearTimeout(hanging);
      if (!isHanging) return done(code);
      print(
        `It had not exited ${exitMilliseconds / 1000} s after the end of its tests, and was ended. Their report counts.\n`,
      );
      done(report.passed ? 0 : 1);
    };
    child.once("error", (error) => {
      print(`${command} did not start: ${error.message}\n`);
      finish(null);
    });
    // "close" waits for the pipes as well, and a process that was left behind may hold them for ever.
    const closed = new Promise((close) => child.once("close", close));
    child.once("exit", (code) => void Promise.race([closed, sleep(PIPES_MILLISECONDS)]).then(() => finish(code)));
  });
}

/** Ends what a stage left behind, and answers what it was. */
async function leftOf(mark: string, graceMilliseconds: number): Promise<string[]> {
  await waitUntilGone(() => markedProcesses(MARK, mark).length > 0, graceMilliseconds);
  return (await endMarked(MARK, mark)).map(({ pid, command }) => `  ${pid} ${command.slice(0, 160)}`);
}
