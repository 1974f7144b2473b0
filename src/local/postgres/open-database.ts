/** Opens a data folder's database for a command: the running stack's, or a server that is started for this command alone. */
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Query } from "../../db/query.ts";
import { hasCluster } from "../backup/restored-cluster.ts";
import { lockDataFolder, lockOwner } from "../data-lock.ts";
import { directQuery } from "./direct-query.ts";
import { runningPostgres, startPostgres } from "./postgres.ts";

export interface OpenDatabase {
  readonly query: Query;
  /** With user and password. */
  readonly url: string;
  /** Also stops the server, if it was started for this. */
  close(): Promise<void>;
}

const PATIENCE_MILLISECONDS = 30_000;

/** Throws an Error with a sentence when the folder holds no database. */
export async function openDatabase(dataDir: string): Promise<OpenDatabase> {
  const folder = resolve(dataDir);
  const cluster = join(folder, "pg");
  if (!hasCluster(cluster) && lockOwner(folder) === null) {
    throw new Error(
      `There is no database in ${folder}. \`npm start\` or \`npm run tournament\` makes one; --data DIR names another folder.`,
    );
  }
  // The owner of the folder may be just starting its server, or starting it again.
  for (const end = Date.now() + PATIENCE_MILLISECONDS; lockOwner(folder) !== null; await sleep(100)) {
    const url = runningPostgres(cluster);
    if (url !== null) return { url, ...directQuery(url) };
    if (Date.now() > end)
      throw new Error(`The database in ${folder} does not come up; its owner is pid ${lockOwner(folder)?.pid}.`);
  }
  const lock = lockDataFolder(folder, "a command that reads the database");
  try {
    const postgres = await startPostgres({ dataDir: cluster });
    const { query, close } = directQuery(postgres.url);
    return {
      query,
      url: postgres.url,
      close: async () => {
        await close();
        await postgres.stop();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}
