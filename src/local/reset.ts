/** Begins anew: removes what a local run keeps of its tournaments. */
import { existsSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { lockDataFolder } from "./data-lock.ts";
import { stopLeftPostgres } from "./postgres.ts";
import { endLeftovers } from "./process-group.ts";

/** By name, never the folder as a whole: --data may point at one that holds more. The operator key stays, for scripts know it. */
const REMOVED = {
  pg: "the database",
  "pg.new": "a database that was never finished",
  "pg.restore": "a restore that was never finished",
  "pg.restore.log": "its log",
  "pg.restored": "a restored database",
  "pg.log": "PostgreSQL's log",
  workerd: "the state of the Durable Objects",
  worker: "the bundled Worker",
  "worker.env": "the Worker's secrets",
  "worker.log": "the Worker's log",
  "worker.log.1": "the Worker's older log",
  "stack.log": "the stack's log",
  "stack.log.1": "the stack's older log",
  wrangler: "wrangler's own files",
} as const;

/** Ends what a killed run left there first. Answers what was removed, in words. Throws DataFolderBusy when it is in use. */
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
