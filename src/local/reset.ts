/** Removes what a local run keeps of its tournaments. */
import { existsSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { lockDataFolder } from "./data-lock.ts";
import { stopLeftPostgres } from "./postgres.ts";
import { endLeftovers } from "./process-group.ts";

/** Removed by name, never the folder as a whole: --data may point at a folder that holds more. The operator key stays, because scripts know it. */
const REMOVED = {
  pg: "the database",
  "pg.new": "a database that was never finished",
  "pg.restore": "a restore that was never finished",
  "pg.restore.log": "its log",
  "pg.restore.log.1": "its older log",
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
