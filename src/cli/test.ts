/** `npm test`: everything that CI runs, stage by stage. A stage that fails stops none of the others. */
import { parseArgs } from "node:util";
import { ensureDashboard } from "../local/dashboard.ts";
import { listenForInterrupts } from "./interrupt.ts";
import { runStage, type StageResult, stages } from "./test-stages.ts";

const HELP = `npm test [-- --only STAGE,STAGE]

Stages: ${stages.map((stage) => `${stage.name} (${stage.what})`).join(", ")}.
Ends with a line "N passed, N failed" and exit code 0, 1 when something failed, 2 for bad arguments.
`;

async function main(argv: readonly string[]): Promise<number> {
  let only: string | undefined;
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: { only: { type: "string" }, help: { type: "boolean", short: "h" } },
    });
    if (values.help) {
      process.stdout.write(HELP);
      return 0;
    }
    only = values.only;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${HELP}`);
    return 2;
  }
  const wanted = only?.split(",").map((name) => name.trim());
  const unknown = wanted?.filter((name) => !stages.some((stage) => stage.name === name)) ?? [];
  if (unknown.length > 0) {
    process.stderr.write(`There is no stage ${unknown.join(", ")}.\n${HELP}`);
    return 2;
  }

  const interrupts = listenForInterrupts(
    () => process.stderr.write("\nEnding the tests …\n"),
    () => process.exit(130),
  );
  const results: StageResult[] = [];
  await buildPages();
  for (const stage of stages) {
    if (interrupts.signal.aborted || (wanted && !wanted.includes(stage.name))) continue;
    console.log(`\n━━ ${stage.name}: ${stage.what} ━━`);
    const result = await runStage(stage, interrupts.signal);
    results.push(result);
    console.log(`━━ ${line(result)} ━━`);
  }
  interrupts.dispose();

  console.log(`\n${results.map(line).join("\n")}\n`);
  const passed = sum(results, (result) => result.passed);
  const failed = sum(results, (result) => result.failed);
  const skipped = sum(results, (result) => result.skipped);
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  if (interrupts.signal.aborted) return 130;
  return failed > 0 ? 1 : 0;
}

/** The Worker serves them in several stages. What doesn't build fails there, and in the types. */
async function buildPages(): Promise<void> {
  try {
    await ensureDashboard({ onLine: (text) => console.log(text) });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  }
}

function line({ name, passed, failed, skipped, seconds }: StageResult): string {
  const counts = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
  return `${name.padEnd(8)}${failed > 0 ? "FAILED" : "ok    "}  ${`${seconds.toFixed(1)} s`.padStart(8)}  ${counts}`;
}

function sum(results: readonly StageResult[], of: (result: StageResult) => number): number {
  return results.reduce((total, result) => total + of(result), 0);
}

process.exitCode = await main(process.argv.slice(2));
// The channel to the process that started this one would keep it alive.
process.exit();
