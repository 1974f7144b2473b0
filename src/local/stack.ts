/** The whole local stack: PostgreSQL, proxy, Worker and crons, in one data folder, started and ended together. */
import { basename, join, resolve } from "node:path";
import type { Query } from "../db/query.ts";
import { readCrons, startCrons } from "./crons.ts";
import { ensureDashboard, hasDashboard, watchDashboard } from "./dashboard.ts";
import { lockDataFolder } from "./data-lock.ts";
import { directQuery } from "./direct-query.ts";
import { LogFile } from "./log-file.ts";
import { migrateDatabase } from "./migrate.ts";
import { operatorKey } from "./operator-key.ts";
import { freePort, portHolder, tryListen } from "./port.ts";
import { startPostgres } from "./postgres.ts";
import { endLeftovers } from "./process-group.ts";
import { type Interceptor, startProxy } from "./proxy.ts";
import { supervise } from "./supervise.ts";
import { type LocalWorker, PortTaken, prepareWorker, startWorker } from "./worker.ts";
import { PROJECT } from "./wrangler.ts";

const PORTS_TRIED = 3;
const LEVELS = ["debug", "info", "warn", "error"] as const;
/** `debug` shows the Worker's whole output too; it is in the data folder's worker.log at every level. */
export type LogLevel = (typeof LEVELS)[number];

export interface StackOptions {
  readonly dataDir: string;
  /** The Worker's. Default: any free one. */
  readonly port?: number;
  readonly logLevel?: LogLevel;
  /** Reload the Worker on change of its source. */
  readonly watch?: boolean;
  /** PostgreSQL's; off in tests only. */
  readonly fsync?: boolean;
  /** What a user should see at that level (default info); all of it is in stack.log. */
  readonly onLine?: (line: string) => void;
  /** Faults for tests, between the Worker and PostgreSQL. */
  readonly intercept?: Interceptor;
  /** Gives up a start that is under way. */
  readonly signal?: AbortSignal;
  /** Where wrangler.toml and migrations/ are; tests have their own. */
  readonly project?: string;
}

export interface Stack {
  readonly url: string;
  readonly port: number;
  readonly operatorKey: string;
  /** PostgreSQL itself, not the proxy. */
  readonly databaseUrl: string;
  readonly query: Query;
  /** Ends everything, the last writer first. Safe to repeat. */
  stop(): Promise<void>;
}

/** Resolves when the Worker answers. Throws an Error with a sentence, and then leaves nothing running. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const dataDir = resolve(options.dataDir);
  const project = options.project ?? PROJECT;
  await using parts = new AsyncDisposableStack();

  const lock = lockDataFolder(dataDir, commandName());
  parts.defer(() => lock.release());
  const log = new LogFile(join(dataDir, "stack.log"));
  parts.defer(() => log.close());
  const sayAt = (level: "info" | "warn") => (line: string) => {
    log.write(`${new Date().toISOString()} ${level} ${line}\n`);
    if (LEVELS.indexOf(level) >= LEVELS.indexOf(options.logLevel ?? "info")) options.onLine?.(line);
  };
  const say = sayAt("info");
  const warn = sayAt("warn");
  const check = () => options.signal?.throwIfAborted();

  const leftovers = await endLeftovers(join(dataDir, "worker.pid"));
  if (leftovers > 0) warn(`Ended the Worker that an earlier run left behind (${leftovers} processes).`);
  if (options.port !== undefined) await insistOnPort(options.port);
  // Tests' projects of their own have no pages.
  const pages = project === PROJECT ? buildPages(say, warn) : Promise.resolve();
  if (options.watch && project === PROJECT) parts.defer(watchDashboard({ onLine: warn }));
  const prepared = pages.then(() => prepareWorker({ dataDir, project, watch: options.watch ?? false }));
  // Awaited below; until then a failure must not count as unheard.
  prepared.catch(() => {});
  parts.defer(() => prepared.then(() => {}).catch(() => {}));

  const cluster = { dataDir: join(dataDir, "pg"), fsync: options.fsync ?? true, onLine: say };
  const postgres = await startPostgres(cluster);
  parts.defer(
    supervise(postgres, {
      name: "PostgreSQL",
      say: warn,
      start: () => startPostgres({ ...cluster, port: postgres.port }),
    }),
  );
  check();
  await migrateDatabase(postgres.url, join(project, "migrations"));
  const direct = directQuery(postgres.url);
  parts.defer(() => direct.close());
  const proxy = await startProxy({
    databaseUrl: postgres.url,
    ...(options.intercept ? { intercept: options.intercept } : {}),
  });
  parts.defer(() => proxy.close());

  const key = operatorKey(dataDir);
  const what = await prepared;
  check();
  const workerOptions = {
    dataDir,
    project,
    watch: options.watch ?? false,
    onRestart: (why: string) => warn(`The Worker ended (${why}). The Worker runs again.`),
    secrets: { DATABASE_URL: postgres.url, DATABASE_PROXY_URL: proxy.url, OPERATOR_KEY: key, ENVIRONMENT: "local" },
    ...(options.logLevel === "debug" ? { onOutput: (line: string) => options.onLine?.(line) } : {}),
  };
  const start = (port: number) => startWorker(what, { ...workerOptions, port });
  const { worker, port } = await onPort(options.port, start);
  parts.defer(supervise(worker, { name: "The Worker", say: warn, start: () => start(port) }));
  check();
  const crons = startCrons({ workerUrl: worker.url, crons: readCrons(project), onError: warn });
  parts.defer(() => crons.stop());

  lock.describe({ url: worker.url });
  const all = parts.move();
  return {
    url: worker.url,
    port,
    operatorKey: key,
    databaseUrl: postgres.url,
    query: direct.query,
    stop: () => all.disposeAsync(),
  };
}

/** Sources that don't build stop no tournament, as long as an earlier build is there. */
async function buildPages(say: (line: string) => void, warn: (line: string) => void): Promise<void> {
  try {
    await ensureDashboard({ onLine: say });
  } catch (error) {
    if (!hasDashboard()) throw error;
    warn(`${error instanceof Error ? error.message : String(error)}\nThe pages of the last build are served.`);
  }
}

/** Without a wanted one on a free one; one that another program takes before the Worker listens gives way to the next. */
async function onPort(
  wanted: number | undefined,
  start: (port: number) => Promise<LocalWorker>,
): Promise<{ worker: LocalWorker; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = wanted ?? (await freePort());
    try {
      return { worker: await start(port), port };
    } catch (error) {
      if (!(error instanceof PortTaken) || wanted !== undefined || attempt === PORTS_TRIED) throw error;
    }
  }
}

async function insistOnPort(wanted: number): Promise<void> {
  if ((await tryListen(wanted)) !== null) return;
  const holder = portHolder(wanted);
  const by = holder ? ` by \`${programName(holder.command)}\` (pid ${holder.pid})` : "";
  throw new Error(`Port ${wanted} is taken${by}. Stop that, or choose another one: --port ${wanted + 1}`);
}

/** Of a command line: neither its path nor its arguments are for others to read. */
function programName(command: string): string {
  return basename(command.split(" ")[0] ?? "").slice(0, 40) || "another program";
}

/** For the sentence that a second start on the same data gets. */
function commandName(): string {
  const script = process.env.npm_lifecycle_event;
  if (script === undefined) return "agonus";
  return script === "start" || script === "test" ? `npm ${script}` : `npm run ${script}`;
}
