/**
 * `npm run findings [-- NAME …]`: runs the scripts of findings/ one after another, a line each, then a summary. Each one
 * installs public packages in a folder of its own. Exit 0 all as described, 1 one changed or could not run, 2 bad input.
 */
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { PROJECT } from "../local/worker/wrangler.ts";
import { describeCommand, printStop, readCommand } from "./read-command.ts";

const FOLDER = join(PROJECT, "findings");
const MILLISECONDS_MAX = 120_000;
/** How a script says that its packages could not be installed: nothing is known about its finding then. */
const NOT_INSTALLED = 2;

type Outcome = "as described" | "changed" | "not installed" | "too slow";

async function main(argv: readonly string[]): Promise<number> {
  const names = readdirSync(FOLDER)
    .filter((file) => file.endsWith(".sh"))
    .map((file) => file.slice(0, -".sh".length))
    .sort();
  const command = describeCommand({
    name: "npm run findings --",
    summary: "Runs the scripts of findings/ one after another. Each installs public packages in a folder of its own.",
    example: `npm run findings -- ${names[0] ?? ""}`,
    notes: `Findings: ${names.join(", ")}.\nExit codes: 0 all as described; 1 one changed or could not run; 2 bad input.`,
  }).argument("[names...]", "these alone (default: all of them)");
  const args = readCommand(command, argv, process.env, (_, [given], refuse) => {
    const unknown = given.filter((name) => !names.includes(name));
    return unknown.length > 0 ? refuse(`No such finding: ${unknown.join(", ")}.`) : given;
  });
  if (args.kind === "stop") return printStop(args);
  const chosen = args.options.length > 0 ? names.filter((name) => args.options.includes(name)) : names;
  const outcomes: Outcome[] = [];
  for (const name of chosen) {
    const start = performance.now();
    const { outcome, output } = await run(join(FOLDER, `${name}.sh`));
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`${outcome.padEnd(13)}  ${name} (${seconds} s)`);
    if (outcome !== "as described") console.log(output.trimEnd().replaceAll(/^/gm, "    "));
    outcomes.push(outcome);
  }
  const count = (outcome: Outcome) => outcomes.filter((other) => other === outcome).length;
  const parts = (["as described", "changed", "not installed", "too slow"] as const)
    .filter((outcome) => outcome === "as described" || count(outcome) > 0)
    .map((outcome) => `${count(outcome)} ${outcome}`);
  console.log(`${outcomes.length} findings: ${parts.join(", ")}.`);
  return count("as described") === outcomes.length ? 0 : 1;
}

function run(script: string): Promise<{ outcome: Outcome; output: string }> {
  return new Promise((resolve, reject) => {
    // A process group of its own: npm, Node and workerd below the script end with it.
    const child = spawn("bash", [script], { stdio: ["ignore", "pipe", "pipe"], detached: true });
    let output = "";
    let tooSlow = false;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    const end = () => {
      // SIGTERM lets the script's trap remove its folder.
      if (child.pid !== undefined) process.kill(-child.pid, "SIGTERM");
    };
    const timer = setTimeout(() => {
      tooSlow = true;
      end();
    }, MILLISECONDS_MAX);
    const interrupt = () => {
      end();
      process.exit(130);
    };
    process.once("SIGINT", interrupt);
    process.once("SIGTERM", interrupt);
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(timer);
      process.off("SIGINT", interrupt);
      process.off("SIGTERM", interrupt);
      const ended = code === 0 ? "as described" : code === NOT_INSTALLED ? "not installed" : "changed";
      resolve({ outcome: tooSlow ? "too slow" : ended, output });
    });
  });
}

process.exitCode = await main(process.argv.slice(2));
process.exit();
