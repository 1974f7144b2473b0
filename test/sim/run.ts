/** `npm run sim`: simulated histories of the real code on a real PostgreSQL. Its flags stand in sim-args.ts. */
import { printStop } from "../../src/cli/read-command.ts";
import { installHooks } from "./hooks.ts";
import { parseSimArgs } from "./sim-args.ts";
import { twins } from "./twins.ts";

async function main(): Promise<number> {
  const args = parseSimArgs(process.argv.slice(2));
  if (args.kind === "stop") return printStop(args);
  const { twin, ...options } = args.options;
  if (twin === "help") {
    for (const { name, guard, run } of twins) process.stdout.write(`${name.padEnd(18)}${run.padEnd(26)}${guard}\n`);
    return 0;
  }
  installHooks(twin);
  const { installGlobals, print } = await import("./globals.ts");
  installGlobals();
  const { runSeeds } = await import("./seeds.ts");
  return runSeeds({ ...options, twin, print });
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 2;
}
// Promises of isolates that died never settle. There is nothing else to wait for.
process.exit();
