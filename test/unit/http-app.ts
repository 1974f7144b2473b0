/** The API in Node on a real PostgreSQL; queues, objects and Arena are recorders. */
import { uuidv7 } from "uuidv7";
import type { Message, QueueName } from "../../src/core/message.ts";
import { SharedWork } from "../../src/db/shared-work.ts";
import { readTasks } from "../../src/db/statements/api-read-task.ts";
import { createApp } from "../../src/http/app.ts";
import type { HttpDeps } from "../../src/http/deps.ts";
import type { LogEvent } from "../../src/log.ts";
import { taskRegistry } from "../../src/tasks/registry.ts";
import { openTestDatabase, type TestDatabase } from "../database.ts";

export const KEY = "operator-key-of-the-tests";

export interface Enqueued {
  readonly name: string;
  readonly args: unknown;
  readonly options: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed JSON; the text of anything else. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies freely
  readonly body: any;
}

export interface CallOptions {
  readonly body?: unknown;
  /** Sent as it is, in place of `body`. */
  readonly raw?: string;
  /** Null: without one. */
  readonly key?: string | null;
  readonly headers?: Record<string, string>;
}

export async function openApi(overrides: Partial<HttpDeps> = {}) {
  const db: TestDatabase = await openTestDatabase();
  const enqueued: Enqueued[] = [];
  const woken: string[] = [];
  const sent: { queue: QueueName; message: Message }[] = [];
  const logged: LogEvent[] = [];
  const deps: HttpDeps = {
    query: db.query,
    taskReads: new SharedWork(readTasks),
    operatorKey: KEY,
    metricsOpen: false,
    environment: "test",
    codeVersion: "test-version",
    correlationId: "correlation-of-the-test",
    log: (event) => logged.push(event),
    newId: uuidv7,
    tasks: taskRegistry,
    enqueue: async (name, args, options) => {
      enqueued.push({ name, args, options });
      return { taskId: uuidv7() };
    },
    wakeArena: async (id) => void woken.push(id),
    send: async (queue, messages) => void sent.push(...messages.map((message) => ({ queue, message }))),
    sendOwed: async () => 0,
    liveState: async (entryId) => ({ entry_id: entryId, thinking: "of the open round" }),
    backlog: async () => ({ agents: { messages: 0, oldest_at: null } }),
    web: {
      now: () => Date.now(),
      file: async (path) =>
        path === "/index.html"
          ? new Response("<!doctype html><title>Agonus</title>", { headers: { "content-type": "text/html" } })
          : new Response(null, { status: 404 }),
      mayTryKey: async () => true,
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
      ...(text === undefined ? {} : { body: text }),
    });
    const answer = await response.text();
    const isJson = answer !== "" && response.headers.get("content-type")?.includes("json");
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(answer) : answer };
  }

  const get = (path: string, options?: CallOptions) => call("GET", path, options);
  /** As the public sees it. */
  const see = (path: string) => call("GET", path, { key: null });
  const post = (path: string, body?: unknown, options?: CallOptions) => call("POST", path, { body, ...options });
  const patch = (path: string, body: unknown, options?: CallOptions) => call("PATCH", path, { body, ...options });

  /** An agent's id. */
  async function agent(fields: Record<string, unknown> = {}): Promise<string> {
    const { status, body } = await post("/agents", { name: `Agent ${uuidv7()}`, strategy_type: "momentum", ...fields });
    if (status !== 201) throw new Error(JSON.stringify(body));
    return body.id;
  }

  /** A synthetic tournament of the hour to come. */
  async function tournament(fields: Record<string, unknown> = {}) {
    const { status, body } = await post("/tournaments", tournamentBody(fields));
    if (status !== 201) throw new Error(JSON.stringify(body));
    return body;
  }

  /** Rows of every table but the audit, to show that nothing was written: what was refused is in the audit. */
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

  return { db, deps, app, enqueued, woken, sent, logged, call, get, see, post, patch, agent, tournament, rowCounts };
}

export type Api = Awaited<ReturnType<typeof openApi>>;

export const NOWHERE = "0198ffff-0000-7000-8000-000000000000";

export function tournamentBody(fields: Record<string, unknown> = {}) {
  return {
    name: "Cup",
    market: "synthetic",
    symbols: ["BTC-USDT", "ETH-USDT"],
    starts_at: new Date(Date.now() + 60_000).toISOString(),
    ends_at: new Date(Date.now() + 3_660_000).toISOString(),
    interval_seconds: 60,
    ...fields,
  };
}
