/** The API in Node on a real PostgreSQL. Queues, objects and the Arena only record what they are sent. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { uuidv7 } from "uuidv7";
import type { QueueName } from "../../src/core/tasks/queues.ts";
import { SharedWork, sharedWork } from "../../src/db/shared-work.ts";
import { findKeys } from "../../src/db/statements/keys/find.ts";
import { readTasks } from "../../src/db/statements/tasks/read.ts";
import { createApp } from "../../src/http/app.ts";
import type { HttpDeps } from "../../src/http/deps.ts";
import type { LogEvent } from "../../src/log.ts";
import { marketKey } from "../../src/markets/market-key.ts";
import { newToken } from "../../src/ports.ts";
import { DoorState } from "../../src/rounds/doors/door-state.ts";
import { MarketViews } from "../../src/rounds/market-view.ts";
import type { SentMessage } from "../../src/rounds/messages/schemas.ts";
import { taskRegistry } from "../../src/tasks/registry.ts";
import { TestArena } from "./arena.ts";
import { openTestDatabase, type TestDatabase } from "./database.ts";
import { testWebhooks } from "./webhooks/webhooks.ts";

/** The page as it is built, but for the names of its scripts. */
const INDEX = readFileSync(join(import.meta.dirname, "../../src/dashboard/index.html"), "utf8");

export const KEY = "operator-key-of-the-tests";

export interface Enqueued {
  readonly name: string;
  readonly args: unknown;
  readonly options: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed JSON, or the text of any other answer. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies freely
  readonly body: any;
}

export interface CallOptions {
  readonly body?: unknown;
  /** Sent unchanged, in place of `body`. */
  readonly raw?: string | Uint8Array<ArrayBuffer> | ReadableStream;
  /** Null: the request has no key. */
  readonly key?: string | null;
  readonly headers?: Record<string, string>;
}

/** `template` is a database that `makeTemplate` made. Without one the database has no rows. */
export async function openApi(overrides: Partial<HttpDeps> = {}, template?: string) {
  const db: TestDatabase = await openTestDatabase(template);
  const enqueued: Enqueued[] = [];
  const woken: string[] = [];
  const sent: { queue: QueueName; message: SentMessage }[] = [];
  const logged: LogEvent[] = [];
  const news = new TestArena();
  const deps: HttpDeps = {
    query: db.query,
    taskReads: new SharedWork(readTasks),
    keyReads: new SharedWork(findKeys),
    operatorKey: KEY,
    metricsOpen: false,
    environment: "test",
    codeVersion: "test-version",
    correlationId: "correlation-of-the-test",
    log: (event) => logged.push(event),
    newId: uuidv7,
    newMarketKey: () => marketKey((bytes) => crypto.getRandomValues(bytes)),
    newToken,
    tasks: taskRegistry,
    enqueue: async (name, args, options) => {
      enqueued.push({ name, args, options });
      return { taskId: uuidv7() };
    },
    venue: () => ({ find: async () => ({ found: null, reason: "no venue answers in this test" }) }),
    wakeArena: async (id) => void woken.push(id),
    send: async (queue, messages) => void sent.push(...messages.map((message) => ({ queue, message }))),
    sendOwed: async () => 0,
    liveState: async (entryId) => ({ entry_id: entryId, thinking: "of the open round" }),
    models: { loopback: true, cassette: null, variable: () => null, resolve: async () => [], workersAi: null },
    doors: new DoorState(sharedWork),
    doorPorts: {
      query: (text, params) => deps.query(text, params),
      views: new MarketViews(),
      newId: uuidv7,
      by: "test @ test-version",
      correlationId: null,
      log: (event) => logged.push(event),
      takeAnswers: async (id) => {
        woken.push(id);
        return 0;
      },
      askArena: (id, after, waitMs) => news.until(id, after, waitMs),
    },
    webhooks: testWebhooks(KEY),
    afterwards: (work) => void work,
    backlog: async () => ({ agents: { messages: 0, oldest_at: null } }),
    web: {
      file: async (path) =>
        path === "/index.html"
          ? new Response(INDEX, { headers: { "content-type": "text/html" } })
          : new Response(null, { status: 404 }),
      watch: async () => new Response(null, { status: 204 }),
    },
    ...overrides,
  };
  const app = createApp(() => deps);

  async function call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    const { key = KEY } = options;
    const text = options.raw ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
    const response = await app.request(path, {
      method,
      headers: { ...(key === null ? {} : { authorization: `Bearer ${key}` }), ...options.headers },
      ...(text === undefined ? {} : { body: text, duplex: "half" }),
    });
    const answer = await response.text();
    const isJson = answer !== "" && response.headers.get("content-type")?.includes("json");
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(answer) : answer };
  }

  const get = (path: string, options?: CallOptions) => call("GET", path, options);
  /** Reads a path without the key. */
  const see = (path: string) => call("GET", path, { key: null });
  const post = (path: string, body?: unknown, options?: CallOptions) => call("POST", path, { body, ...options });
  const patch = (path: string, body: unknown, options?: CallOptions) => call("PATCH", path, { body, ...options });

  /** Makes an agent and answers its id. */
  async function agent(fields: Record<string, unknown> = {}): Promise<string> {
    const { status, body } = await post("/agents", { name: `Agent ${uuidv7()}`, strategy_type: "momentum", ...fields });
    if (status !== 201) throw new Error(JSON.stringify(body));
    return body.id;
  }

  /** Makes a synthetic tournament of the next hour. */
  async function tournament(fields: Record<string, unknown> = {}) {
    const { status, body } = await post("/tournaments", tournamentBody(fields));
    if (status !== 201) throw new Error(JSON.stringify(body));
    return body;
  }

  /** Counts the rows of every table but the audit, to show that nothing was written. A refusal itself is in the audit. */
  async function rowCounts(): Promise<Record<string, number>> {
    const tables = await db.query<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'
         and table_name <> 'audit'`,
    );
    const counts: Record<string, number> = {};
    for (const { name } of tables) {
      const [row] = await db.query<{ count: number }>(`select count(*) as count from "${name}"`);
      counts[name] = row?.count ?? 0;
    }
    return counts;
  }

  return {
    db,
    deps,
    app,
    news,
    enqueued,
    woken,
    sent,
    logged,
    call,
    get,
    see,
    post,
    patch,
    agent,
    tournament,
    rowCounts,
  };
}

export type Api = Awaited<ReturnType<typeof openApi>>;

export const NOWHERE = "0198ffff-0000-7000-8000-000000000000";

export function tournamentBody(fields: Record<string, unknown> = {}) {
  // One look at the clock: two could differ by a millisecond, which is a round more.
  const now = Date.now();
  return {
    name: "Cup",
    market: "synthetic",
    symbols: ["BTC-USDT", "ETH-USDT"],
    starts_at: new Date(now + 60_000).toISOString(),
    ends_at: new Date(now + 3_660_000).toISOString(),
    interval_seconds: 60,
    ...fields,
  };
}
