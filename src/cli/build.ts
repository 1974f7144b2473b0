/** `npm run build`: the web app's files, when their sources changed. Exit 0 fresh or built, 1 failed, 2 bad input. */
import { ensureDashboard } from "../local/dashboard.ts";
import { describeCommand, printStop, readCommand } from "./read-command.ts";

async function main(argv: readonly string[]): Promise<number> {
  const command = describeCommand({
    name: "npm run build --",
    summary: "Builds the web app into dist/dashboard, when its source has changed since the last build.",
    example: "npm run build",
    notes: "npm start and npm test do it by themselves. Exit codes: 0 fresh or built; 1 failed; 2 bad input.",
  });
  const args = readCommand(command, argv, process.env, () => null);
  if (args.kind === "stop") return printStop(args);
  try {
    const built = await ensureDashboard({ onLine: (line) => console.log(line) });
    if (!built) console.log("The pages are fresh.");
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
