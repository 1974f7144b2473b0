/** `npm test`: everything that CI runs, some stages side by side. A stage that fails stops none of the others. */
import { availableParallelism } from "node:os";
import { ensureDashboard } from "../local/dashboard.ts";
import { namesOf } from "./flag-values.ts";
import { listenForInterrupts } from "./interrupt.ts";
import { describeCommand, printStop, readCommand } from "./read-command.ts";
import { type Board, openBoard } from "./testing/board.ts";
import { changedSince, planChanged, type StagePlan } from "./testing/changed.ts";
import { runStage, type StageResult } from "./testing/run-stage.ts";
import { sideBySide } from "./testing/schedule.ts";
import { LONGEST_FIRST, PARTS_OF_A_CORE, partsOf, stages } from "./testing/stages.ts";
import { closingLine, failureLines, planLines, slowestLines, verdictOf } from "./testing/summary.ts";

async function main(argv: readonly string[]): Promise<number> {
  const command = describeCommand({
    name: "npm test --",
    summary: "Runs everything that CI runs, stages side by side, as many as the cores bear.",
    example: "npm test -- --only lint,unit",
    notes: `Stages:\n${stages.map(({ name, what }) => `  ${name.padEnd(9)}${what}`).join("\n")}
A stage that fails stops none of the others.
Exit codes: 0 all passed; 1 something failed; 2 bad input; 130 interrupted.`,
  })
    .option("--only <stages>", "these stages alone, such as lint,unit", namesOf(stages.map(({ name }) => name)))
    .option(
      "--changed [commit]",
      "only what the changes since a commit (HEAD) can break, files not yet committed included",
    );
  const args = readCommand(command, argv, process.env, ({ only, changed }, _, refuse) => {
    const chosen = stages.filter(({ name }) => !only || only.includes(name));
    if (changed === undefined) return { since: null, plans: chosen.map((stage) => ({ stage, files: null, why: "" })) };
    const since = changed === true ? "HEAD" : changed;
    const files = changedSince(since);
    if (files === null) return refuse(`git knows no commit ${since}. --changed takes a branch, a tag or a hash.`);
    return { since: { ref: since, files }, plans: planChanged(chosen, files) };
  });
  if (args.kind === "stop") return printStop(args);
  const { since, plans } = args.options;
  if (since) console.log(planLines(since.ref, since.files, plans));
  const interrupts = listenForInterrupts(
    () => process.stderr.write("\nEnding the tests …\n"),
    () => process.exit(130),
  );
  const results = await runPlans(
    plans.filter(({ files }) => files === null || files.length > 0),
    interrupts.signal,
  );
  interrupts.dispose();

  console.log(`\n${[...slowestLines(results), ...failureLines(results), ...results.map(verdictOf)].join("\n")}\n`);
  console.log(closingLine(results));
  if (interrupts.signal.aborted) return 130;
  return results.some(({ failed }) => failed > 0) ? 1 : 0;
}

/** Answers the results in the order of the plans. */
async function runPlans(plans: readonly StagePlan[], signal: AbortSignal): Promise<StageResult[]> {
  const results = new Map<StagePlan, StageResult>();
  const board = openBoard(process.stdout);
  const pages = buildPages(board);
  // A stage that runs alone prints for itself.
  const direct = plans.length === 1;
  const room = { room: availableParallelism() * PARTS_OF_A_CORE, needs: ({ stage }: StagePlan) => partsOf(stage) };
  await sideBySide(plans.toSorted(byLength), room, signal, async (plan) => {
    const { name, what, needsPages } = plan.stage;
    if (needsPages) await pages;
    if (direct) console.log(`\n━━ ${name}: ${what} ━━`);
    const line = direct ? null : board.begin(name, what);
    const result = await runStage(plan.stage, {
      signal,
      files: plan.files,
      direct,
      onReport: (report) => line?.update(report),
    });
    results.set(plan, result);
    if (line) line.end(result.output, verdictOf(result));
    else console.log(`━━ ${verdictOf(result)} ━━`);
  });
  await pages;
  board.stop();
  return plans.flatMap((plan) => results.get(plan) ?? []);
}

function byLength(one: StagePlan, other: StagePlan): number {
  return LONGEST_FIRST.indexOf(one.stage.name) - LONGEST_FIRST.indexOf(other.stage.name);
}

/** Several stages serve the pages. If the pages don't build, those stages fail, and so do the types. */
async function buildPages(board: Board): Promise<void> {
  try {
    await ensureDashboard({ onLine: board.say });
  } catch (error) {
    board.say(error instanceof Error ? error.message : String(error));
  }
}

process.exitCode = await main(process.argv.slice(2));
// The channel to the parent process (run.mjs) would keep this process alive.
process.exit();
