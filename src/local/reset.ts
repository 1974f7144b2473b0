/** Removes the data of a local run. */
import { existsSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { lockDataFolder } from "./data-lock.ts";
import { stopLeftPostgres } from "./postgres/postgres.ts";
import { endLeftovers } from "./process-group.ts";

/**
 * What a reset removes, by name. It never removes the folder as a whole, because --data may name a folder that holds other
 * files. The operator key stays, because scripts know it.
 */
const REMOVED = {
  pg: "the database",
  "pg.new": "a database that was never finished",
  "pg.restore": "a restore that was never finished",
  "pg.restore.log": "the log of a restore",
  "pg.restore.log.1": "the older log of a restore",
  "pg.restored": "a restored database",
  "pg.log": "PostgreSQL's log",
  "pg.log.1": "PostgreSQL's older log",
  workerd: "the state of the Durable Objects",
  worker: "the bundled Worker",
  "worker.env": "the Worker's secrets",
  "worker.log": "the Worker's log",
  "worker.log.1": "the Worker's older log",
  "stack.log": "the stack's log",
  "stack.log.1": "the stack's older log",
  wrangler: "wrangler's own files",
} as const;

/** What a reset of the folder would remove, in words. */
export function keptData(dataDir: string): string[] {
  return Object.entries(REMOVED).flatMap(([name, words]) => (existsSync(join(resolve(dataDir), name)) ? [words] : []));
}

/** First ends the processes that a killed run left. Returns what was removed, in words. Throws DataFolderBusy when the folder is in use. */
export async function resetData(dataDir: string): Promise<string[]> {
  const folder = resolve(dataDir);
  if (!existsSync(folder)) return [];
  const lock = lockDataFolder(folder, "a reset");
  try {
    await endLeftovers(join(folder, "worker.pid"));
    await stopLeftPostgres(join(folder, "pg"));
    return Object.entries(REMOVED).flatMap(([name, words]) => {
      const path = join(folder, name);
      if (!existsSync(path)) return [];
      rmSync(path, { recursive: true, force: true });
      return [words];
    });
  } finally {
    lock.release();
  }
}
