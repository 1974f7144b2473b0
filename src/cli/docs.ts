/** `npm run docs`: writes the generated parts of docs/. Exit 0 done, 2 bad input. A test fails while a page differs from what this writes. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT } from "../local/worker/wrangler.ts";
import { generatedPages } from "./docs/pages.ts";
import { describeCommand, printStop, readCommand } from "./read-command.ts";

const readPage = (path: string): string => readFileSync(join(PROJECT, path), "utf8");

function main(argv: readonly string[]): number {
  const command = describeCommand({
    name: "npm run docs --",
    summary: "Writes the generated parts of docs/ from the code that they describe.",
    example: "npm run docs",
    notes: "Exit codes: 0 done; 2 bad input.",
  });
  const args = readCommand(command, argv, process.env, () => null);
  if (args.kind === "stop") return printStop(args);
  for (const [path, text] of Object.entries(generatedPages(readPage))) {
    const changed = readPage(path) !== text;
    if (changed) writeFileSync(join(PROJECT, path), text);
    console.log(`${path}: ${changed ? "written" : "fresh"}`);
  }
  return 0;
}

process.exitCode = main(process.argv.slice(2));
// The channel to the parent process (run.mjs) would keep this process alive.
process.exit();
