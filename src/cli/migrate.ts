/** `npm run db:migrate`: brings the database of DATABASE_URL to the newest schema, and bounds its statements. Exit 0 done, 1 failed, 2 bad input. */
import { limits } from "../core/limits.ts";
import { boundStatements, migrateDatabase } from "../local/postgres/migrate.ts";
import { postgresUrl } from "./database-url.ts";
import { describeCommand, type Environment, printStop, readCommand } from "./read-command.ts";

async function main(argv: readonly string[], environment: Environment): Promise<number> {
  const command = describeCommand({
    name: "npm run db:migrate --",
    summary: "Brings the database of DATABASE_URL to the newest schema, and bounds how long its statements run.",
    example: "DATABASE_URL=postgres://… npm run db:migrate",
    notes: "Exit codes: 0 done; 1 failed; 2 bad input.",
  });
  const args = readCommand(command, argv, environment, () => null);
  if (args.kind === "stop") return printStop(args);
  const url = postgresUrl(environment);
  if (url === null) {
    process.stderr.write(
      "Set DATABASE_URL to the database's connection string: DATABASE_URL=postgres://… npm run db:migrate\n",
    );
    return 2;
  }
  const { host, hostname, pathname } = new URL(url);
  // The pooler gives the connection to others together with the lock that keeps two migrations apart, and the next migration would wait for ever.
  if (/^[^.]+-pooler\./.test(hostname)) {
    process.stderr.write(
      `${host} is a pooler, and migrations need a connection of their own: take Neon's direct connection string, without "-pooler".\n`,
    );
    return 2;
  }
  try {
    await migrateDatabase(url);
    const warning = await boundStatements(url);
    if (warning !== null) process.stderr.write(`${warning}\n`);
    const { statementTimeoutMs: run, lockTimeoutMs: wait } = limits;
    console.log(
      `${host}${pathname} has the newest schema; its statements end after ${run} ms, ${wait} ms of them for a lock.`,
    );
    return 0;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    process.stderr.write(
      `${host}${pathname} was not migrated, and nothing is half done: ${cause instanceof Error ? cause.message : String(cause)}\n`,
    );
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2), process.env);
process.exit();
