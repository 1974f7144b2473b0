/**
 * The embedded PostgreSQL 17 of a local run (why 17: docs/decisions.md, 31). Its programs are started directly: the
 * package's own wrapper installs exit handlers, refuses root without an account `postgres`, and can't take over what a
 * killed run left behind.
 */
import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { Socket } from "node:net";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { placeRestored } from "../backup/restored-cluster.ts";
import { LogFile } from "../log-file.ts";
import { freePort } from "../port.ts";
import { processFacts, signal } from "../process.ts";
import { findPostgres, makePassable, openForReading, type PostgresHome, refuseOtherMajor } from "./home.ts";
import { ownerUrl, PASSWORD_FILE, prepareOwner, SUPERUSER, superuserUrl } from "./roles.ts";
import { endServer, liveServer, statusFile } from "./server.ts";

export interface PostgresOptions {
  /** The cluster's own folder; made on the first start. */
  readonly dataDir: string;
  /** Default: any free one. */
  readonly port?: number;
  /** Off in tests only: an unclean end of the machine would corrupt the data. Default: on. */
  readonly fsync?: boolean;
  /** Default: beside the cluster's folder, `<dataDir>.log`. */
  readonly logFile?: string;
  /** What a user should know: first start, a server taken over, permissions widened. */
  readonly onLine?: (line: string) => void;
}

export interface Postgres {
  /** Connects as the role that owns the database, password included; loopback only. */
  readonly url: string;
  /** Connects as the superuser, for what the owner may not do: a restore, and tests. */
  readonly adminUrl: string;
  readonly port: number;
  readonly pid: number;
  /** Resolves when the server has ended, by whatever cause. */
  readonly exited: Promise<void>;
  /** Ends all connections, writes a checkpoint, and waits for the end. Safe to repeat. */
  stop(): Promise<void>;
}

const STARTS_SECONDS = 60;
const run = promisify(execFile);

/** Throws an Error whose message says what failed and how to mend it. */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const dataDir = resolve(options.dataDir);
  const fsync = options.fsync ?? true;
  const onLine = options.onLine ?? (() => {});
  const logFile = resolve(options.logFile ?? `${dataDir}.log`);
  const home = findPostgres();
  mkdirSync(dirname(dataDir), { recursive: true });
  if (home.account) {
    makePassable(dirname(dataDir), onLine);
    makePassable(dirname(home.postgres), onLine);
    openForReading(dirname(dirname(home.postgres)));
  }
  await placeRestored(dataDir);
  if (!existsSync(join(dataDir, "PG_VERSION"))) await initialise(home, dataDir, fsync, onLine);
  refuseOtherMajor(dataDir);
  await endStale(dataDir, onLine);

  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort());
    const server = await launch(home, dataDir, port, fsync, logFile);
    if (server !== null) {
      return { url: await prepareOwner(dataDir, port), adminUrl: superuserUrl(dataDir, port), port, ...server };
    }
    // A free port may be taken by another between the look and the start; the memory of a killed server takes a moment to go.
    if (attempt === 3) throw new Error(`PostgreSQL did not start. The end of ${logFile} says:\n${tail(logFile)}`);
    await sleep(300);
  }
}

/** The address of the server that runs on this folder now, or null; as its database's owner, or as the superuser. */
export function runningPostgres(dataDir: string, as: "owner" | "superuser" = "owner"): string | null {
  const server = liveServer(resolve(dataDir));
  if (server === null || server.state !== "ready") return null;
  return as === "owner" ? ownerUrl(dataDir, server.port) : superuserUrl(dataDir, server.port);
}

/** Ends a server that nobody owns any more, so that its folder can be removed. */
export async function stopLeftPostgres(dataDir: string): Promise<void> {
  const server = liveServer(resolve(dataDir));
  if (server !== null) await endServer(server.pid, () => processFacts(server.pid) !== null);
}

/** Makes the cluster in another folder and renames it at the end: a start that is killed halfway leaves nothing that looks like a cluster. */
async function initialise(
  home: PostgresHome,
  dataDir: string,
  fsync: boolean,
  onLine: (line: string) => void,
): Promise<void> {
  onLine("Creating the database (once) …");
  const fresh = `${dataDir}.new`;
  const passwordFile = `${dataDir}.password`;
  rmSync(fresh, { recursive: true, force: true });
  rmSync(passwordFile, { force: true });
  mkdirSync(fresh, { mode: 0o700 });
  writeFileSync(passwordFile, `${randomBytes(24).toString("base64url")}\n`, { mode: 0o600 });
  if (home.account) {
    chownSync(fresh, home.account.uid, home.account.gid);
    chownSync(passwordFile, home.account.uid, home.account.gid);
  }
  // The built-in locale sorts alike on every machine, whatever the system's own locales are.
  const flags = [
    ...["-D", fresh, "-U", SUPERUSER, "-A", "scram-sha-256", "--pwfile", passwordFile, "-E", "UTF8"],
    ...["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"],
    ...(fsync ? [] : ["--no-sync"]),
  ];
  try {
    await run(home.initdb, flags, { ...home.account, cwd: fresh, env: environment() });
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    throw new Error(`PostgreSQL could not create its database in ${dataDir}: ${whyOf(error)}`);
  }
  renameSync(passwordFile, join(fresh, PASSWORD_FILE));
  rmSync(dataDir, { recursive: true, force: true });
  renameSync(fresh, dataDir);
}

/** What the program said, else why it could not run. */
function whyOf(error: unknown): string {
  const { stderr = "", message } = error as { stderr?: string; message: string };
  return stderr.trim() || message;
}

type Launched = Pick<Postgres, "pid" | "exited" | "stop">;

/** Null: it ended before it was ready. */
async function launch(
  home: PostgresHome,
  dataDir: string,
  port: number,
  fsync: boolean,
  logFile: string,
): Promise<Launched | null> {
  const settings = {
    listen_addresses: "127.0.0.1",
    port,
    unix_socket_directories: "",
    max_connections: 100,
    // Filled within three minutes, so that memory stands still; what doesn't fit is in the system's own cache. 128 MB decide as fast.
    shared_buffers: "24MB",
    fsync: fsync ? "on" : "off",
    full_page_writes: fsync ? "on" : "off",
    ...(fsync ? {} : { synchronous_commit: "off", wal_level: "minimal", max_wal_senders: 0 }),
    // Compiling costs more than the small statements here take, and parallel workers more than two cores have.
    jit: "off",
    max_parallel_workers_per_gather: 0,
    // Tables grow from nothing within a minute here; the default minute between looks leaves the planner blind.
    autovacuum_naptime: "10s",
    timezone: "UTC",
    log_timezone: "UTC",
    password_encryption: "scram-sha-256",
  };
  const log = new LogFile(logFile);
  // Its own group: a Ctrl-C in the terminal must reach it through `stop`, after those that still write to it.
  const child = spawn(
    home.postgres,
    ["-D", dataDir, ...Object.entries(settings).flatMap(([key, value]) => ["-c", `${key}=${value}`])],
    {
      ...home.account,
      cwd: dataDir,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: environment(),
    },
  );
  // We write the log, because we can begin a new file when it is full. PostgreSQL goes on silently when nobody reads.
  for (const output of [child.stdout, child.stderr]) {
    output?.on("data", (text: Buffer) => log.write(text));
    if (output instanceof Socket) output.unref();
  }
  const heard = once(child, "close").finally(() => log.close());
  heard.catch(() => {});
  let over = false;
  const exited = new Promise<void>((done) => {
    const end = () => {
      over = true;
      done();
    };
    child.once("exit", end);
    child.once("error", end);
  });
  child.unref();
  const { pid } = child;
  if (pid === undefined) {
    await exited;
    return null;
  }
  const stopAtExit = () => signal(pid, "SIGINT");
  process.once("exit", stopAtExit);
  void exited.then(() => process.off("exit", stopAtExit));
  for (const end = Date.now() + STARTS_SECONDS * 1000; !over; await sleep(15)) {
    if (statusFile(dataDir)?.pid === pid && statusFile(dataDir)?.state === "ready") {
      return { pid, exited, stop: () => endServer(pid, () => !over) };
    }
    if (Date.now() > end) {
      await endServer(pid, () => !over);
      throw new Error(
        `PostgreSQL was not ready within ${STARTS_SECONDS} s. The end of ${logFile} says:\n${tail(logFile)}`,
      );
    }
  }
  // The end of its log says why.
  await Promise.race([heard, sleep(1_000)]).catch(() => {});
  return null;
}

/** A server that a killed run left behind is stopped: the new one is then our child, with today's settings. */
async function endStale(dataDir: string, onLine: (line: string) => void): Promise<void> {
  const server = liveServer(dataDir);
  if (server !== null) {
    onLine(`Stopping the PostgreSQL that an earlier run left behind (pid ${server.pid}) …`);
    await endServer(server.pid, () => processFacts(server.pid) !== null);
  }
  // A file of a server that has ended may name a pid that is someone else's by now, or a zombie's: PostgreSQL would refuse.
  rmSync(join(dataDir, "postmaster.pid"), { force: true });
}

/** The environment without the user's own PG… variables, which could change this server's settings. */
function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !name.startsWith("PG") && !name.startsWith("LC_") && name !== "LANG",
  );
  return { ...Object.fromEntries(kept), LC_ALL: "C" };
}

function tail(file: string): string {
  try {
    return readFileSync(file, "utf8").trim().split("\n").slice(-6).join("\n");
  } catch {
    return "(nothing)";
  }
}
