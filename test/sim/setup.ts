/** Starts the run's one PostgreSQL and makes the database that each seed gets a copy of. */
import { closeTestServer, makeTemplate } from "../support/database.ts";
import startServer from "../support/postgres-setup.ts";
import { prepare, TEMPLATE_VARIABLE } from "./prepare.ts";

export default async function setup(): Promise<() => Promise<void>> {
  const stop = await startServer();
  process.env[TEMPLATE_VARIABLE] = await makeTemplate(prepare);
  return async () => {
    await closeTestServer();
    await stop();
  };
}
