/** Runs the proxy's statements on a few connections: values stay PostgreSQL's own text, nothing is parsed. */
import pg from "pg";
import { limits } from "../../core/limits.ts";

export interface Statement {
  readonly query: string;
  readonly params: readonly (string | number | boolean | null)[];
}

export interface Results {
  readonly command: string;
  readonly rowCount: number | null;
  readonly fields: readonly pg.FieldDef[];
  readonly rows: readonly (readonly (string | null)[])[];
}

export interface BatchOptions {
  readonly isolation?: string | undefined;
  readonly readOnly?: boolean;
  readonly deferrable?: boolean;
}

/**
 * As in production, where db:migrate sets it for the role: no statement runs, and none waits for a lock, for too long. Plans are kept (the round's
 * statements take two to three times as long to plan as to run); one kept from when a table was empty is made anew after
 * the table's next analyze, which the local server's autovacuum does within seconds.
 */
const SESSION = `-c statement_timeout=${limits.statementTimeoutMs} -c lock_timeout=${limits.lockTimeoutMs} -c idle_in_transaction_session_timeout=15000`;
/** Prepared statements cost memory on every connection; texts made on the fly would pile up without end. */
const MAX_PREPARED = 500;
/** What runs less often than this in a minute saves less by a kept plan than the plan holds, once on every connection. */
const PREPARED_FROM = 8;

/**
 * A connection's memory grows with its work: from 5 MB to 25, of which PostgreSQL uses 9. The rest are holes that the allocator
 * keeps. A new connection plans its statements again, which takes a tenth of a second in a minute.
 */
const LIFETIME_SECONDS = 60;

export class SqlRunner {
  readonly #pool: pg.Pool;
  readonly #names = new Map<string, string>();
  /** How often a text has run since `#since`, until it is prepared. */
  readonly #seen = new Map<string, number>();
  #since = 0;

  constructor(databaseUrl: string, size: number) {
    this.#pool = new pg.Pool({
      connectionString: databaseUrl,
      max: size,
      idleTimeoutMillis: 0,
      maxLifetimeSeconds: LIFETIME_SECONDS,
      connectionTimeoutMillis: 10_000,
      options: SESSION,
      application_name: "agonus-worker",
      types: { getTypeParser: () => (value: string) => value },
    });
    // A broken connection is replaced at its next use; unheard, the event would end the process.
    this.#pool.on("error", () => {});
    this.#pool.on("connect", (client) => client.on("error", () => {}));
  }

  /** Throws pg.DatabaseError for what PostgreSQL refused, any other Error when the outcome is unknown. */
  async single(statement: Statement): Promise<Results> {
    return this.#withClient((client) => this.#run(client, statement));
  }

  /** All in one transaction, or none. Throws as `single` does. */
  async batch(statements: readonly Statement[], options: BatchOptions): Promise<Results[]> {
    const begin = [
      "begin",
      ...(options.isolation ? [`isolation level ${options.isolation}`] : []),
      ...(options.readOnly ? ["read only"] : []),
      ...(options.deferrable ? ["deferrable"] : []),
    ].join(" ");
    return this.#withClient(async (client) => {
      await client.query(begin);
      try {
        const results: Results[] = [];
        for (const statement of statements) results.push(await this.#run(client, statement));
        await client.query("commit");
        return results;
      } catch (error) {
        // A connection that broke has rolled back by itself; the first error is the one that tells.
        await client.query("rollback").catch(() => {});
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #withClient<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const client = await this.#pool.connect();
      try {
        const result = await work(client);
        client.release();
        return result;
      } catch (error) {
        const outdated = isOutdatedPlan(error);
        client.release(outdated || !(error instanceof pg.DatabaseError));
        // A migration changed what a prepared statement returns: it was refused before it ran. Each connection may have its own.
        if (!outdated || attempt > 20) throw error;
      }
    }
  }

  async #run(client: pg.PoolClient, statement: Statement): Promise<Results> {
    const config = {
      text: statement.query,
      name: this.#nameOf(statement.query),
      values: [...statement.params],
      rowMode: "array" as const,
      // Without parameters too: several statements in one text are refused, as Neon refuses them.
      queryMode: "extended",
    };
    return client.query<(string | null)[]>(config);
  }

  /** A text is prepared, once a connection, from when it has run often. */
  #nameOf(text: string): string | undefined {
    const known = this.#names.get(text);
    if (known !== undefined) return known;
    if (this.#names.size >= MAX_PREPARED) return undefined;
    const now = performance.now();
    if (now - this.#since > 60_000 || this.#seen.size >= MAX_PREPARED) {
      this.#seen.clear();
      this.#since = now;
    }
    const times = (this.#seen.get(text) ?? 0) + 1;
    this.#seen.set(text, times);
    if (times < PREPARED_FROM) return undefined;
    this.#seen.delete(text);
    const name = `s${this.#names.size}`;
    this.#names.set(text, name);
    return name;
  }
}

function isOutdatedPlan(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === "0A000" && error.message.includes("cached plan");
}
