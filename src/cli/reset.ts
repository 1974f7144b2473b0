/** `npm run db:reset`: removes what a local run keeps, so that the next start begins anew. Exit 0 done, 1 in use, 2 bad input. */
import { parseArgs } from "node:util";
import { resetData } from "../local/reset.ts";

async function main(argv: readonly string[]): Promise<number> {
  let dataDir: string;
  try {
    const { values } = parseArgs({ args: [...argv], options: { data: { type: "string", default: ".agonus" } } });
    dataDir = values.data;
  } catch (error) {
    process.stderr.write(
      `${error instanceof Error ? error.message : String(error)}\nnpm run db:reset [-- --data DIR]\n`,
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
