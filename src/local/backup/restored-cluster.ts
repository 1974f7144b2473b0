/**
 * A restored database is built beside the old one and takes its place at the end. From its renaming to `pg.restored` on, the
 * restored one counts: if the process is killed after that, the next start finishes the exchange.
 */
import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { endServer, liveServer } from "../postgres/server.ts";
import { processFacts } from "../process.ts";

/** The folder while it is being built; it may be removed at any time. */
export const building = (cluster: string) => `${cluster}.restore`;
/** The folder once it is whole, and not yet in its place. */
const whole = (cluster: string) => `${cluster}.restored`;

/** Whether there is a database, in its place or about to be. */
export function hasCluster(cluster: string): boolean {
  return existsSync(join(cluster, "PG_VERSION")) || existsSync(join(whole(cluster), "PG_VERSION"));
}

/** From here on the restored one is the database. It must have been stopped. */
export function commitRestored(cluster: string): void {
  rmSync(whole(cluster), { recursive: true, force: true });
  renameSync(building(cluster), whole(cluster));
}

/** Puts a restored database in its place, if there is one. Safe to repeat. */
export async function placeRestored(cluster: string): Promise<void> {
  if (!existsSync(join(whole(cluster), "PG_VERSION"))) return;
  const server = liveServer(cluster);
  if (server !== null) await endServer(server.pid, () => processFacts(server.pid) !== null);
  rmSync(cluster, { recursive: true, force: true });
  renameSync(whole(cluster), cluster);
}
