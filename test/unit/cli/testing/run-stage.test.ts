/** A stage's programs are real processes here: small scripts of Node. */
import { afterEach, expect, test } from "vitest";
import { runStage, type StageOptions } from "../../../../src/cli/testing/run-stage.ts";
import type { Stage } from "../../../../src/cli/testing/stages.ts";
import { processFacts } from "../../../../src/local/process.ts";

const script = (text: string): Stage["programs"][number] => ({ run: { program: ".bin/node" }, args: ["-e", text] });

function stageOf(...scripts: string[]): Stage {
  return { name: "small", what: "", programs: scripts.map(script), vitest: null, looksAt: /^/, needsPages: false };
}
const asVitest = (stage: Stage): Stage => ({ ...stage, vitest: { config: "", tests: "", starts: [] } });

let interrupt = new AbortController();
afterEach(() => {
  interrupt = new AbortController();
});
const options = (): StageOptions => ({
  signal: interrupt.signal,
  files: null,
  direct: false,
  onReport: () => {},
  graceMilliseconds: 300,
});

/** A script that starts a process which would live for a minute in a group of its own, prints its pid, and goes on with `then`. */
const leaves = (then: string) =>
  `const child = require("node:child_process").spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"],
     { detached: true, stdio: "ignore" }); child.unref(); console.log("pid", child.pid); ${then}`;
const pidIn = (output: string) => Number(/pid (\d+)/.exec(output)?.[1]);

test("all programs of a stage run, and one that fails makes the stage fail", async () => {
  const good = await runStage(stageOf("console.log(1)", "console.error(2)"), options());
  expect(good).toMatchObject({ passed: 1, failed: 0, skipped: 0, output: "1\n2\n" });
  const bad = await runStage(stageOf("console.log(1); process.exit(3)", "console.log(2)"), options());
  expect(bad).toMatchObject({ passed: 0, failed: 1, output: "1\n2\n" });
});

test("a program that is not there makes the stage fail and is named", async () => {
  const stage = { ...stageOf(), programs: [{ run: { program: ".bin/nothing-of-this-name" }, args: [] }] };
  const result = await runStage(stage, options());
  expect(result.failed).toBe(1);
  expect(result.output).toContain("nothing-of-this-name did not start");
});

test("the tests of a stage are those that it reports, and a crash after them fails it", async () => {
  const told = (state: string) => ({ name: state, file: "a.test.ts", state, milliseconds: 1 });
  const tells = `require("node:fs").writeSync(3, ${JSON.stringify(
    `${JSON.stringify({ type: "file", tests: ["passed", "passed", "skipped"].map(told) })}\n`,
  )});`;
  expect(await runStage(asVitest(stageOf(tells)), options())).toMatchObject({ passed: 2, failed: 0, skipped: 1 });
  const crash = await runStage(asVitest(stageOf(`${tells} process.exit(1)`)), options());
  expect(crash).toMatchObject({ passed: 2, failed: 1, skipped: 1 });
  expect(await runStage(asVitest(stageOf("")), options())).toMatchObject({ passed: 0, failed: 1 });
});

test("a program that does not exit after the end of its tests is ended, and what it reported counts", async () => {
  const hangs = (passed: boolean) => {
    const events = [
      { type: "file", tests: [{ name: "one", file: "a.test.ts", state: "passed", milliseconds: 1 }] },
      { type: "over", passed },
    ];
    const text = JSON.stringify(events.map((event) => `${JSON.stringify(event)}\n`).join(""));
    return asVitest(
      stageOf(`process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); require("node:fs").writeSync(3, ${text})`),
    );
  };
  const good = await runStage(hangs(true), { ...options(), exitMilliseconds: 100 });
  expect(good).toMatchObject({ passed: 1, failed: 0 });
  expect(good.output).toMatch(/had not exited 0.1 s after the end of its tests, and was ended/);
  expect(await runStage(hangs(false), { ...options(), exitMilliseconds: 100 })).toMatchObject({ passed: 1, failed: 1 });
});

test("a process that a stage leaves behind is named, fails the stage, and is ended", async () => {
  const { failed, output } = await runStage(stageOf(leaves("")), options());
  expect(failed).toBe(1);
  expect(output).toContain("The stage has ended, and these of its processes had not:");
  const pid = pidIn(output);
  expect(pid).toBeGreaterThan(1);
  expect(processFacts(pid)).toBeNull();
});

test("an interrupt ends the program that runs, and what it started, and runs no other", async () => {
  const running = runStage(stageOf(leaves("setTimeout(() => {}, 60000)"), "console.log('second')"), {
    ...options(),
    onOutput: (text) => {
      if (text.includes("pid")) interrupt.abort();
    },
  });
  const { output } = await running;
  expect(output).not.toContain("second");
  expect(processFacts(pidIn(output))).toBeNull();
});
