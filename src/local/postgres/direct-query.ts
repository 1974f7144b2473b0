/** Statements for commands that run in Node beside the stack: a pool of their own, no proxy, no time limits. */
import pg from "pg";
import { parserOf } from "../../db/parse-types.ts";
import type { Query } from "../../db/query.ts";

export interface DirectQuery {
  readonly query: Query;
  close(): Promise<void>;
}

export function directQuery(databaseUrl: string, size = 5): DirectQuery {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: size,
    application_name: "agonus-local",
    types: {
      getTypeParser: (oid: number, format?: "text" | "binary") => parserOf(oid) ?? pg.types.getTypeParser(oid, format),
    },
  });
  // A broken idle connection is replaced at its next use; unheard, the event would end the process.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  return {
    query: async (text, params = []) => {
      const { rows } = await pool.query({ text, values: [...params] });
      // As in src/db/client.ts: the statement files say what comes back.
      return rows as never;
    },
    close: () => pool.end(),
  };
}
