/** PostgreSQL through Neon's serverless driver: one HTTP round trip a statement. */
import { neon, neonConfig, types } from "@neondatabase/serverless";
import { limits } from "../core/limits.ts";
import { OutOfReach, sqlState } from "./errors.ts";
import { parserOf } from "./parse-types.ts";
import type { Query } from "./query.ts";

/** Longer than the server's own timeout, which db:migrate sets for the role: its error reaches us first. */
const REQUEST_TIMEOUT_MS = 2 * limits.statementTimeoutMs;
const TOO_LATE = "The operation was aborted due to timeout";

const rowTypes = {
  getTypeParser: (oid: number, format?: "text" | "binary") => parserOf(oid) ?? types.getTypeParser(oid, format),
};

/** One a database: it is asked for with every request, and to read a connection string takes longer than to use it. */
const known = new Map<string, Query>();

/** `proxyUrl`: a Neon-compatible proxy of the local stack; production talks to Neon itself. */
export function connect(databaseUrl: string, proxyUrl: string | null): Query {
  if (proxyUrl) neonConfig.fetchEndpoint = proxyUrl;
  const same = known.get(databaseUrl);
  if (same) return same;
  const sql = neon(databaseUrl);
  const query: Query = async (text, params = []) => {
    const controller = new AbortController();
    // AbortSignal.timeout would outlive its statement, and keep an object that is done from leaving memory.
    const timer = setTimeout(() => controller.abort(new DOMException(TOO_LATE, "TimeoutError")), REQUEST_TIMEOUT_MS);
    try {
      // `types` counts only here: the driver ignores it where the client is made.
      const rows = await sql.query(text, [...params], {
        types: rowTypes,
        fetchOptions: { signal: controller.signal },
      });
      // The driver's rows are untyped: the statement files, which write the SQL, say what comes back.
      return rows as never;
    } catch (error) {
      throw sqlState(error) === null ? new OutOfReach("database", error) : error;
    } finally {
      clearTimeout(timer);
    }
  };
  known.set(databaseUrl, query);
  return query;
}
