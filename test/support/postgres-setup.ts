/** Starts the run's one PostgreSQL: starting one for each test file took most of the run. */
import { SERVER_VARIABLE, startTestServer } from "./database.ts";

export default async function setup(): Promise<() => Promise<void>> {
  const { url, adminUrl, stop } = await startTestServer();
  process.env[SERVER_VARIABLE] = JSON.stringify({ url, adminUrl });
  return stop;
}
