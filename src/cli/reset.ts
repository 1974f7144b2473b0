/**
 * `npm run db:reset`: removes the database, the logs and the Durable Objects' state of a local run. The next start begins
 * anew. Exit 0 done, 1 in use, 2 bad input or not confirmed.
 */
import { keptData, resetData } from "../local/reset.ts";
import { DEFAULT_DATA, dataFlag } from "./flag-values.ts";
import { describeCommand, printStop, readCommand } from "./read-command.ts";

async function main(argv: readonly string[]): Promise<number> {
  const command = describeCommand({
    name: "npm run db:reset --",
    summary: "Removes what a local run keeps of its tournaments, so that the next start begins anew.",
    example: "npm run db:reset -- --data .agonus --yes",
    notes:
      "The operator key stays. Exit codes: 0 done; 1 in use; 2 bad input, or --yes is missing and nothing was removed.",
  })
    .addOption(dataFlag("the folder"))
    .option("--yes", "remove it; without this flag the command only says what it would remove", false);
  const args = readCommand(command, argv, process.env, (flags) => flags);
  if (args.kind === "stop") return printStop(args);
  const { data: dataDir, yes } = args.options;
  const kept = keptData(dataDir);
  if (kept.length > 0 && !yes) {
    const flag = dataDir === DEFAULT_DATA ? "" : ` --data ${dataDir}`;
    process.stderr.write(
      `Nothing was removed. This would remove from ${dataDir}: ${kept.join(", ")}. To do it: npm run db:reset --${flag} --yes\n`,
    );
    return 2;
  }
  try {
    const removed = await resetData(dataDir);
    console.log(removed.length === 0 ? `There is nothing to reset in ${dataDir}.` : `Removed ${removed.join(", ")}.`);
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
process.exit();
