/** The whole local stack: PostgreSQL, proxy, Worker and crons, in one data folder, started and ended together. */
import { basename, join, resolve } from "node:path";
import type { VenueName } from "../core/venue-names.ts";
import type { Query } from "../db/query.ts";
import { codeVersion } from "./code-version.ts";
import { ensureDashboard, hasDashboard, watchDashboard } from "./dashboard.ts";
import { lockDataFolder } from "./data-lock.ts";
import { LogFile } from "./log-file.ts";
import { LOG_LEVELS, type LogLevel } from "./log-levels.ts";
import { operatorKey } from "./operator-key.ts";
import { freePort, portHolder, tryListen } from "./port.ts";
import { directQuery } from "./postgres/direct-query.ts";
import { migrateDatabase } from "./postgres/migrate.ts";
import { startPostgres } from "./postgres/postgres.ts";
import { endLeftovers } from "./process-group.ts";
import { newSecret } from "./proxy/port-guard.ts";
import { type Interceptor, startProxy } from "./proxy/proxy.ts";
import { supervise } from "./supervise.ts";
import { bundleWorker } from "./worker/bundle.ts";
import { fireCron, readCrons, startCrons } from "./worker/crons.ts";
import { watchWorker } from "./worker/watch.ts";
import { type LocalWorker, PortTaken, startWorker } from "./worker/worker.ts";
import { PROJECT } from "./worker/wrangler.ts";

const PORTS_TRIED = 3;

export interface StackOptions {
  readonly dataDir: string;
  /** The Worker's. Default: any free one. */
  readonly port?: number;
  readonly logLevel?: LogLevel;
  /** Reload the Worker on change of its source. */
  readonly watch?: boolean;
  /** Addresses in place of the venues' own. */
  readonly venueUrls?: Readonly<Partial<Record<VenueName, string>>>;
  /** Webhooks may go to this machine. */
  readonly webhookLoopback?: boolean;
  /** What the Worker is told of language models. Keys are in no file. */
  readonly models?: ModelVariables;
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

export interface ModelVariables {
  readonly variables: Readonly<Record<string, string>>;
  readonly keys: Readonly<Record<string, string>>;
}

export interface Stack {
  readonly url: string;
  readonly port: number;
  readonly operatorKey: string;
  /** PostgreSQL itself, not the proxy, as the role that owns the database. */
  readonly databaseUrl: string;
  readonly query: Query;
  /** Has the Worker run one of its crons now. */
  fireCron(cron: string, signal: AbortSignal): Promise<void>;
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
  const linesAt = (level: "info" | "warn") => (line: string) => {
    log.write(`${new Date().toISOString()} ${level} ${line}\n`);
    if (LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(options.logLevel ?? "info")) options.onLine?.(line);
  };
  const info = linesAt("info");
  const warn = linesAt("warn");
  const check = () => options.signal?.throwIfAborted();

  const leftovers = await endLeftovers(join(dataDir, "worker.pid"));
  if (leftovers > 0) warn(`Ended the Worker that an earlier run left behind (${leftovers} processes).`);
  if (options.port !== undefined) await insistOnPort(options.port);
  // Tests' projects of their own have no pages.
  const pages = project === PROJECT ? buildPages(info, warn) : Promise.resolve();
  if (options.watch && project === PROJECT) parts.defer(watchDashboard({ onLine: warn }));
  const prepared = pages.then(() => bundleWorker(project, dataDir));
  // Awaited below. Without this handler a failure before that would count as an unhandled rejection.
  prepared.catch(() => {});
  parts.defer(() => prepared.then(() => {}).catch(() => {}));

  // The Worker starts while PostgreSQL does: until the tables are there, its statements wait in the proxy.
  const base = parts.use(new AsyncDisposableStack());
  const opening = openDatabase(options, base, { info, warn });
  parts.defer(() => settled(opening));
  const proxy = await startProxy({
    databaseUrl: opening.then(({ url }) => url),
    ...(options.intercept ? { intercept: options.intercept } : {}),
  });
  parts.defer(() => proxy.close());

  const key = operatorKey(dataDir);
  const secret = newSecret();
  let serving: LocalWorker | null = null;
  const serve = async () => {
    const what = await prepared;
    check();
    const workerOptions = {
      dataDir,
      project,
      onRestart: (why: string) => warn(`The Worker ended (${why}). The Worker runs again.`),
      secrets: {
        DATABASE_URL: proxy.databaseUrl,
        DATABASE_PROXY_URL: proxy.url,
        OPERATOR_KEY: key,
        ENVIRONMENT: "local",
        LOCAL_SECRET: secret,
        ...Object.fromEntries(
          Object.entries(options.venueUrls ?? {}).map(([venue, url]) => [`${venue.toUpperCase()}_URL`, url]),
        ),
        ...(options.webhookLoopback ? { WEBHOOK_LOOPBACK: "true" } : {}),
        ...options.models?.variables,
        // With --watch the Worker is bundled anew, and each bundle is a version of its own.
        ...(options.watch ? {} : { CODE_VERSION: codeVersion(project, what.script) }),
      },
      ...(options.models ? { environment: options.models.keys } : {}),
      ...(options.logLevel === "debug" ? { onOutput: (line: string) => options.onLine?.(line) } : {}),
    };
    const start = async (port: number) => {
      serving = await startWorker(what, { ...workerOptions, port });
      return serving;
    };
    const { worker, port } = await onPort(options.port, start);
    parts.defer(supervise(worker, { name: "The Worker", onLine: warn, start: () => start(port) }));
    return { worker, port };
  };
  const starting = serve();
  // Neither is left behind half started, whichever fails.
  await settled(starting);
  const database = await opening;
  const { worker, port } = await starting;
  check();
  if (options.watch) parts.defer(watchWorker({ project, dataDir, onBundle: () => serving?.reload(), onLine: warn }));
  const crons = startCrons({ workerUrl: worker.url, secret, crons: readCrons(project), onError: warn });
  parts.defer(() => crons.stop());

  lock.describe({ url: worker.url });
  const all = parts.move();
  return {
    url: worker.url,
    port,
    operatorKey: key,
    databaseUrl: database.url,
    query: database.query,
    fireCron: async (cron, signal) => void (await fireCron(worker.url, secret, cron, signal)),
    stop: () => all.disposeAsync(),
  };
}

/** Starts PostgreSQL and brings its tables up to date. `parts` ends it. */
async function openDatabase(
  { dataDir, project = PROJECT, fsync = true, signal }: StackOptions,
  parts: AsyncDisposableStack,
  { info, warn }: Readonly<Record<"info" | "warn", (line: string) => void>>,
): Promise<{ url: string; query: Query }> {
  const cluster = { dataDir: join(resolve(dataDir), "pg"), fsync, onLine: info };
  const postgres = await startPostgres(cluster);
  const start = () => startPostgres({ ...cluster, port: postgres.port });
  parts.defer(supervise(postgres, { name: "PostgreSQL", onLine: warn, start }));
  signal?.throwIfAborted();
  await migrateDatabase(postgres.url, join(project, "migrations"));
  const direct = directQuery(postgres.url);
  parts.defer(() => direct.close());
  return { url: postgres.url, query: direct.query };
}

/** Waits until it has ended, well or not. */
async function settled(work: Promise<unknown>): Promise<void> {
  await work.then(
    () => {},
    () => {},
  );
}

/** If the sources don't build, the stack starts with the pages of the last build. */
async function buildPages(info: (line: string) => void, warn: (line: string) => void): Promise<void> {
  try {
    await ensureDashboard({ onLine: info });
  } catch (error) {
    if (!hasDashboard()) throw error;
    warn(`${error instanceof Error ? error.message : String(error)}\nThe pages of the last build are served.`);
  }
}

/** Starts the Worker on the wanted port, or on a free one. If another program takes a port of the start first, it is tried again. */
async function onPort(
  wanted: number | undefined,
  start: (port: number) => Promise<LocalWorker>,
): Promise<{ worker: LocalWorker; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = wanted ?? (await freePort());
    try {
      return { worker: await start(port), port };
    } catch (error) {
      if (!(error instanceof PortTaken) || attempt === PORTS_TRIED) throw error;
    }
  }
}

async function insistOnPort(wanted: number): Promise<void> {
  if ((await tryListen(wanted)) !== null) return;
  const holder = portHolder(wanted);
  const by = holder ? ` by \`${programName(holder.command)}\` (pid ${holder.pid})` : "";
  throw new Error(`Port ${wanted} is taken${by}. Stop that, or choose another one: --port ${wanted + 1}`);
}

/** The program of a command line. Its path and its arguments may be private, so they are left out. */
function programName(command: string): string {
  return basename(command.split(" ")[0] ?? "").slice(0, 40) || "another program";
}

/** Names this command in the sentence that a second start on the same data folder gets. */
function commandName(): string {
  const script = process.env.npm_lifecycle_event;
  if (script === undefined) return "agonus";
  return script === "start" || script === "test" ? `npm ${script}` : `npm run ${script}`;
}
