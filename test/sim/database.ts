/**
 * The database as the Worker reaches it: the real driver, whose fetch ends here, and a real PostgreSQL behind it. One
 * statement runs at a time, on one connection. The database's clock is a row. A fault can strike before and after a statement.
 */
import { neonConfig } from "@neondatabase/serverless";
import pg from "pg";
import { z } from "zod";
import { parserOf } from "../../src/db/parse-types.ts";
import type { Query } from "../../src/db/query.ts";
import type { Platform } from "./platform.ts";
import { type Race, raceOf } from "./races.ts";

const Statement = z.object({
  query: z.string(),
  params: z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])).readonly(),
});
type Statement = z.infer<typeof Statement>;
type Rows = { command: string; rowCount: number | null; fields: pg.FieldDef[]; rows: (string | null)[][] };

const PLANS = "-c plan_cache_mode=force_generic_plan -c jit=off";
const LIMITS = "-c statement_timeout=5000 -c lock_timeout=2000";
const TYPES = { getTypeParser: (oid: number) => parserOf(oid) ?? pg.types.getTypeParser(oid) };
/** The clock's row. */
const CLOCK = "update test_clock set at = to_timestamp($1::float8 / 1000)";
const OUTAGE_MS = { least: 5000, more: 35_000 };

export class SimDatabase {
  readonly #platform: Platform;
  readonly #clients: pg.Client[];
  /** For the simulation's own statements: it has no faults. */
  readonly #admin: pg.Client;
  readonly #names = new Map<string, string>();
  #clockMs = Number.NaN;
  #downUntil = 0;
  readonly #notices = new Map<pg.Client, string[]>();
  /** Gets what the audit's triggers report, with the statement that made them report it. */
  onViolation: (text: string) => void = () => {};
  /** After each statement that took effect. */
  onStatement: (text: string, params: readonly unknown[]) => void = () => {};
  statements = 0;

  private constructor(platform: Platform, clients: pg.Client[], admin: pg.Client) {
    this.#platform = platform;
    this.#clients = clients;
    this.#admin = admin;
    for (const client of clients) {
      client.on("notice", (notice) => {
        const { message = "" } = notice;
        if (message.startsWith("VIOLATION")) this.#notices.get(client)?.push(message.slice("VIOLATION ".length));
      });
    }
  }

  static async open(platform: Platform, url: string): Promise<SimDatabase> {
    const client = (options: string) => new pg.Client({ connectionString: url, options, pipeline: true });
    const clients = [client(`${PLANS} ${LIMITS}`), client(`${PLANS} ${LIMITS}`)];
    const admin = client(PLANS);
    await Promise.all([...clients, admin].map((one) => one.connect()));
    const database = new SimDatabase(platform, clients, admin);
    neonConfig.fetchFunction = (_url: string, init: { body: string; signal?: AbortSignal }) => database.fetch(init);
    return database;
  }

  /** For the simulation itself: no faults, no time. */
  get query(): Query {
    return async (text, params = []) => {
      const clock = this.#setClock(this.#admin);
      const named = params.length > 0 || text.length > 200 ? { name: this.#nameOf(text) } : {};
      const read = this.#admin.query({ text, ...named, values: [...params], types: TYPES });
      await clock;
      // As in src/db/client.ts, the caller's type parameter says what comes back.
      return (await read).rows as never;
    };
  }

  /** Every statement fails for a while. */
  goDown(): void {
    const { sim, faults } = this.#platform;
    this.#downUntil = sim.now + OUTAGE_MS.least + faults.detail("database_outage", "ms") * OUTAGE_MS.more;
  }

  comeUp(): void {
    this.#downUntil = 0;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#clients, this.#admin].map((client) => client.end()));
  }

  /** What Neon's driver calls. */
  fetch(init: { body: string; signal?: AbortSignal }): Promise<unknown> {
    const platform = this.#platform;
    const statement = Statement.parse(JSON.parse(init.body));
    const slow = platform.strikes("statement_slow") ? 1000 + platform.faults.detail("statement_slow", "ms") * 6000 : 0;
    const hangs = platform.strikes("statement_hangs") ? 15_000 : 0;
    const isolate = platform.sim.here()?.name ?? "";
    const reply = platform.effect(
      `sql ${isolate}: ${label(statement.query)}`,
      () => this.#answer(statement),
      Math.floor(slow + hangs),
    );
    const { signal } = init;
    if (!signal) return reply;
    return new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      reply.then(resolve, reject);
    });
  }

  async #answer(statement: Statement): Promise<unknown> {
    const platform = this.#platform;
    if (platform.sim.now < this.#downUntil) throw new TypeError("fetch failed");
    if (platform.strikes("request_lost")) throw new TypeError("fetch failed");
    if (platform.strikes("statement_refused")) {
      const code = ["57P01", "53300", "40001"][Math.floor(platform.faults.detail("statement_refused", "code") * 3)];
      return response(400, { message: "the server goes away", code, severity: "FATAL" });
    }
    const race = raceOf(platform, statement);
    try {
      const rows = race ? await this.#race(race, statement) : await this.run(statement);
      this.onStatement(statement.query, statement.params);
      if (platform.strikes("outcome_unknown")) throw new TypeError("fetch failed");
      return response(200, { ...rows, rowAsArray: true });
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error;
      platform.sim.log(`  refused: ${error.code} ${error.message.slice(0, 100)}`);
      return response(400, { message: error.message, code: error.code, severity: error.severity });
    }
  }

  /** Runs a statement now, on the first connection or another one, and reports what the audit's triggers reported of it. */
  async run(
    statement: Statement,
    connection = 0,
    clockBy: pg.Client | undefined = this.#clients[connection],
  ): Promise<Rows> {
    const client = this.#clients[connection];
    if (!client || !clockBy) throw new Error("no such connection");
    // On the statement's own connection the clock's statement goes ahead of it, so nobody has to wait for it.
    const clock = this.#setClock(clockBy);
    if (clockBy !== client) await clock;
    this.statements += 1;
    // A statement that fails throws before this list is reported: its violations are undone with it.
    const reports: string[] = [];
    this.#notices.set(client, reports);
    const rows = await client.query<(string | null)[]>({
      text: statement.query,
      name: this.#nameOf(statement.query),
      values: [...statement.params],
      rowMode: "array",
      types: { getTypeParser: () => (text: string) => text },
    } as pg.QueryArrayConfig);
    for (const text of reports) this.onViolation(`${text} [${label(statement.query)}]`);
    return rows as unknown as Rows;
  }

  async #race(race: Race, statement: Statement): Promise<Rows> {
    this.#platform.sim.log(`  RACE ${race.name}`);
    return race.run({
      platform: this.#platform,
      statement,
      // A rival's transaction would keep the clock's row locked, so another connection sets the clock.
      run: (text, params, connection) => this.run({ query: text, params }, connection, this.#admin),
      admin: this.query,
      waits: async (connection) => {
        const { rows } = await this.#admin.query<{ waiting: boolean }>(
          `select wait_event_type is not distinct from 'Lock' as waiting from pg_stat_activity where pid = $1`,
          [pidOf(this.#clients[connection])],
        );
        return rows[0]?.waiting === true;
      },
    });
  }

  #setClock(client: pg.Client): Promise<unknown> | null {
    const { now } = this.#platform.sim;
    if (now === this.#clockMs) return null;
    this.#clockMs = now;
    return client.query({ name: "clock", text: CLOCK, values: [now] });
  }

  #nameOf(text: string): string {
    const known = this.#names.get(text) ?? `s${this.#names.size}`;
    this.#names.set(text, known);
    return known;
  }
}

function pidOf(client: pg.Client | undefined): number {
  return client && "processID" in client && typeof client.processID === "number" ? client.processID : 0;
}

function response(status: number, body: unknown) {
  return { ok: status === 200, status, json: async () => body, text: async () => JSON.stringify(body) };
}

/** What a statement is about, in a few words for the log. */
function label(text: string): string {
  const writes = text.match(/\b(insert into|update|delete from) +(\w+)/g) ?? [];
  const what =
    writes.length > 0 ? [...new Set(writes)].slice(0, 3).join(", ") : `read ${/\bfrom (\w+)/.exec(text)?.[1]}`;
  return what.replace(/\s+/g, " ");
}
