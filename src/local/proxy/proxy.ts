/**
 * What Neon's HTTP endpoint is in production, in front of the local PostgreSQL: `POST /sql`, one statement or a batch in
 * one transaction, as @neondatabase/serverless 1.2 sends them, and its WebSocket at `/v2`. It listens on loopback,
 * has one fixed target, and serves only a caller that brings the secret of this start (port-guard.ts).
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import pg from "pg";
import { z } from "zod";
import { DATABASE } from "../postgres/roles.ts";
import { newSecret, opens } from "./port-guard.ts";
import { type BatchOptions, type Results, SqlRunner, type Statement } from "./sql-runner.ts";
import { openTunnel } from "./tunnel.ts";

export interface ProxyOptions {
  /** PostgreSQL's own address, with the role that the statements run as. Statements that come earlier wait for it. */
  readonly databaseUrl: string | Promise<string>;
  /** Default: any free one. */
  readonly port?: number;
  /** Connections to PostgreSQL for `/sql`. Default 6: each keeps 13 MB, plans above all, and eight decide no faster. */
  readonly poolSize?: number;
  /** Faults, delays and counts for tests. */
  readonly intercept?: Interceptor;
}

/**
 * A hook that throws has the call answered as Neon answers when it is unwell: HTTP 500, or for `DroppedConnection` no answer.
 * Thrown before, nothing was done; thrown after the commit, everything was, and the caller can't know.
 */
export interface Interceptor {
  readonly before?: (statements: readonly Statement[]) => Promise<void> | void;
  readonly afterCommit?: (statements: readonly Statement[], results: readonly Results[]) => Promise<void> | void;
}

/** Thrown by a hook: the connection breaks without an answer. */
export class DroppedConnection extends Error {}

export interface NeonProxy {
  readonly port: number;
  /** The Worker's DATABASE_PROXY_URL: `http://127.0.0.1:PORT/sql`. */
  readonly url: string;
  /** The Worker's DATABASE_URL: the driver sends it with each statement. Its password is this start's secret, and good for nothing else. */
  readonly databaseUrl: string;
  /** For the driver's `wsProxy`: `127.0.0.1:PORT/v2?secret=…`. Inside of it PostgreSQL's own password counts. */
  readonly webSocket: string;
  /** Lets running statements end, then closes. Safe to repeat. */
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 64 * 1024 * 1024;
const Param = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const One = z.object({ query: z.string(), params: z.array(Param).default([]) });
const Many = z.object({ queries: z.array(One) });
const ISOLATION = {
  ReadUncommitted: "read uncommitted",
  ReadCommitted: "read committed",
  RepeatableRead: "repeatable read",
  Serializable: "serializable",
} as const;
const Isolation = z.enum(["ReadUncommitted", "ReadCommitted", "RepeatableRead", "Serializable"]);
/** Every field that Neon's driver copies from the answer into its NeonDbError. */
const ERROR_FIELDS = [
  ...["severity", "code", "detail", "hint", "position", "internalPosition", "internalQuery", "where", "schema"],
  ...["table", "column", "dataType", "constraint", "file", "line", "routine"],
];

export async function startProxy(options: ProxyOptions): Promise<NeonProxy> {
  const databaseUrl = Promise.resolve(options.databaseUrl);
  const runner = databaseUrl.then((url) => new SqlRunner(url, options.poolSize ?? 6));
  // Each statement hears of it. Nobody may be asking yet.
  runner.catch(() => {});
  const intercept = options.intercept ?? {};
  const secret = newSecret();
  let port = 0;
  const mayEnter = ({ headers }: IncomingMessage, brought: string | null) => opens(port, secret, headers, brought);
  const server = createServer((request, response) => {
    if (!mayEnter(request, passwordOf(request.headers["neon-connection-string"]))) {
      refuse(response);
      return;
    }
    answer(request, response, runner, intercept).catch((error: unknown) => fail(response, error));
  });
  // Longer than any caller keeps an idle connection, or a request meets a socket that is just being closed.
  server.keepAliveTimeout = 10 * 60_000;
  server.headersTimeout = 11 * 60_000;
  const tunnel = openTunnel(server, databaseUrl, mayEnter);
  await new Promise<void>((done, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", done);
  });
  const address = server.address();
  port = address !== null && typeof address === "object" ? address.port : 0;
  let closing: Promise<void> | null = null;
  const close = async () => {
    tunnel.close();
    const closed = new Promise<void>((done) => server.close(() => done()));
    server.closeIdleConnections();
    await runner.then(
      (known) => known.close(),
      () => {},
    );
    server.closeAllConnections();
    await closed;
  };
  return {
    port,
    url: `http://127.0.0.1:${port}/sql`,
    databaseUrl: `postgresql://worker:${secret}@127.0.0.1:${port}/${DATABASE}`,
    webSocket: `127.0.0.1:${port}/v2?secret=${secret}`,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  ready: Promise<SqlRunner>,
  intercept: Interceptor,
): Promise<void> {
  if (request.method !== "POST" || request.url?.split("?")[0] !== "/sql") {
    send(response, 404, { message: "This is the local database's endpoint: POST /sql" });
    return;
  }
  const body: unknown = JSON.parse(await readBody(request));
  const shape: Shape = { raw: flag(request, "neon-raw-text-output"), arrays: flag(request, "neon-array-mode") };
  const one = body !== null && typeof body === "object" && "queries" in body ? null : One.parse(body);
  const statements = one ? [one] : Many.parse(body).queries;
  const runner = await ready;
  await intercept.before?.(statements);
  const results = one ? [await runner.single(one)] : await runner.batch(statements, batchOptions(request));
  await intercept.afterCommit?.(statements, results);
  const shaped = results.map((result) => shapeResult(result, shape));
  send(response, 200, one ? shaped[0] : { results: shaped });
}

/** The driver adds parameters of its own to what it was given, so only this part is compared. */
function passwordOf(connectionString: string | string[] | undefined): string | null {
  return typeof connectionString === "string" ? (URL.parse(connectionString)?.password ?? null) : null;
}

/** The answer quotes nothing of the request. The connection is closed too, because nobody reads the rest of the body. */
function refuse(response: ServerResponse): void {
  response.setHeader("connection", "close");
  send(response, 403, {
    message: "This is the local database's endpoint: it serves the Worker of its own start alone.",
  });
}

function batchOptions(request: IncomingMessage): BatchOptions {
  const isolation = Isolation.optional().parse(request.headers["neon-batch-isolation-level"]);
  return {
    isolation: isolation && ISOLATION[isolation],
    readOnly: flag(request, "neon-batch-read-only"),
    deferrable: flag(request, "neon-batch-deferrable"),
  };
}

function flag(request: IncomingMessage, header: string): boolean {
  return request.headers[header] === "true";
}

interface Shape {
  readonly raw: boolean;
  readonly arrays: boolean;
}

/** Rows come from the runner as arrays of PostgreSQL's own text, which is what the driver asks for, so nothing is converted. */
function shapeResult(result: Results, shape: Shape): unknown {
  const head = { command: result.command, rowCount: result.rowCount, rowAsArray: shape.arrays, fields: result.fields };
  if (shape.raw && shape.arrays) return { ...head, rows: result.rows };
  const parsers = result.fields.map((field) =>
    shape.raw ? (text: string) => text : pg.types.getTypeParser(field.dataTypeID),
  );
  const rows = result.rows.map((row) => row.map((value, column) => (value === null ? null : parsers[column]?.(value))));
  if (shape.arrays) return { ...head, rows };
  return {
    ...head,
    rows: rows.map((row) => Object.fromEntries(row.map((value, column) => [result.fields[column]?.name, value]))),
  };
}

/** PostgreSQL's own errors are HTTP 400 with their fields; every other error is not, and the caller must treat the outcome as unknown. */
function fail(response: ServerResponse, error: unknown): void {
  if (error instanceof DroppedConnection) {
    response.destroy();
  } else if (error instanceof pg.DatabaseError) {
    const fields = Object.entries(error).filter(([name, value]) => ERROR_FIELDS.includes(name) && value !== undefined);
    send(response, 400, { message: error.message, ...Object.fromEntries(fields) });
  } else {
    send(response, 500, { message: error instanceof Error ? error.message : String(error) });
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  if (response.destroyed || response.headersSent) return;
  const text = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { "content-type": "application/json", "content-length": text.byteLength });
  response.end(text);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes > MAX_BODY_BYTES) throw new Error("A request to the database is larger than 64 MB.");
  }
  return Buffer.concat(chunks).toString("utf8");
}
