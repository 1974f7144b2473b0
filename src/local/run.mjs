/**
 * `node src/local/run.mjs [Node's flags] ENTRY.ts [arguments]`: what every npm script starts. Sets up, then runs the entry on the installed
 * Node (which runs TypeScript as it is), with the arguments, signals and exit code passed through. Built-ins only.
 */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { COMPILED, NODE, SetupError, setUp } from "./setup.mjs";

const given = process.argv.slice(2);
const at = given.findIndex((argument) => !argument.startsWith("--"));
const flags = given.slice(0, at);
const [entry, ...argv] = at === -1 ? [] : given.slice(at);
if (entry === undefined) stop(2, "Usage: node src/local/run.mjs ENTRY.ts [arguments]");

try {
  await setUp();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  stop(1, error.message);
}

// The channel carries no messages: by its end the entry learns that this process was killed.
const child = spawn(NODE, [...flags, entry, ...argv], {
  stdio: ["inherit", "inherit", "inherit", "ipc"],
  // What it starts keeps its compiled code there as well: a third of the time that a command takes to begin.
  env: { NODE_COMPILE_CACHE: COMPILED, ...process.env },
});
child.once("error", (error) => {
  stop(
    1,
    `${NODE} does not run here (${error.message}). It may come from another machine: \`rm -rf node_modules\` and start again.`,
  );
});
child.once("exit", (code, signal) => process.exit(signal === null ? code : 128 + constants.signals[signal]));
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(name, () => child.kill(name));

function stop(code, line) {
  process.stderr.write(`${line}\n`);
  process.exit(code);
}
