import pg from "pg";
import { parserOf } from "../../src/db/parse-types.ts";
import type { Query } from "../../src/db/query.ts";

/** Longer than any race here needs, so a statement that waits for ever fails the trial and doesn't hang it. */
const SESSION = "-c statement_timeout=5000 -c lock_timeout=2000";

/** Opens many connections, with parameters and rows as `Query` promises them. */
export function manyConnections(url: string, most: number): { query: Query; end(): Promise<void> } {
  const pool = new pg.Pool({ connectionString: url, max: most, options: SESSION });
  const types = {
    getTypeParser: (oid: number, format?: "text" | "binary") => parserOf(oid) ?? pg.types.getTypeParser(oid, format),
  };
  return {
    query: async (text, params = []) => (await pool.query({ text, values: [...params], types })).rows,
    end: () => pool.end(),
  };
}
