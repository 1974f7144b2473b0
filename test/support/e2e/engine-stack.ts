/** A running stack with the tasks of engine-worker.ts, asked over HTTP; it remembers what it was told to write. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Interceptor } from "../../../src/local/proxy/proxy.ts";
import { type Stack, startStack } from "../../../src/local/stack.ts";
import { movedConfig, PROJECT } from "../../../src/local/worker/wrangler.ts";
import { type Answer, type Asked, ask } from "./live-stack.ts";

export type Engine = Awaited<ReturnType<typeof startEngine>>;

export interface Item {
  readonly [field: string]: unknown;
  readonly task_id: string;
  readonly state: string;
}

export async function startEngine(dataDir: string, intercept: Interceptor) {
  const project = makeProject(join(dataDir, "project"));
  const stack: Stack = await startStack({ dataDir, project, intercept, fsync: false, logLevel: "warn" });
  const live = { url: stack.url, operator_key: stack.operatorKey, tournament_id: "" };
  /** Correlation ids of what was written: not of refusals, nor of answers that were only repeated. */
  const written: string[] = [];
  const write = async (method: string, path: string, asked: Asked): Promise<Answer> => {
    const answer = await ask(live, method, path, asked);
    const { status, headers } = answer;
    const isWrite = status < 400 && !headers.has("idempotency-replayed");
    if (isWrite) written.push(headers.get("x-correlation-id") ?? "");
    return answer;
  };
  const get = (path: string, asked: Asked = {}) => ask(live, "GET", path, asked);
  const post = (path: string, body: unknown = {}, asked: Asked = {}) => write("POST", path, { body, ...asked });
  return {
    stack,
    written,
    get,
    post,
    patch: (path: string, body: unknown) => write("PATCH", path, { body }),
    async enqueue(name: string, args: object, options: object = {}): Promise<string> {
      const begun = await post("/tasks", { name, args, ...options });
      expect(begun, JSON.stringify(begun.body)).toMatchObject({ status: 202, body: { status: "queued" } });
      return begun.body.task_id;
    },
    /** The task when it has finished. */
    async done(id: string) {
      const answer = await get(`/tasks/${id}?wait=30`);
      expect(answer.status, JSON.stringify(answer.body)).toBe(200);
      return answer.body;
    },
    why: async (id: string) => (await get(`/tasks/${id}/why`)).body,
    history: async (id: string): Promise<Item[]> => (await get(`/tasks/${id}/history`)).body.items,
    /** All pages. */
    async listed(path: string): Promise<Item[]> {
      const all: Item[] = [];
      for (let cursor: string | null = ""; cursor !== null; ) {
        const { body } = await get(`${path}${path.includes("?") ? "&" : "?"}limit=100&cursor=${cursor}`);
        all.push(...body.items);
        cursor = body.next_cursor;
      }
      return all;
    },
  };
}

/** wrangler.toml with the Worker of this folder in place of the bare one, and without the web app's files. */
function makeProject(folder: string): string {
  const assets = join(folder, "assets");
  mkdirSync(assets, { recursive: true });
  writeFileSync(join(assets, "index.html"), "<!doctype html><title>Engine</title>");
  const toml = movedConfig(readFileSync(join(PROJECT, "wrangler.toml"), "utf8"), PROJECT)
    .replace(/^main = .*$/m, `main = "index.ts"`)
    .replace(/^directory = .*$/gm, `directory = ${JSON.stringify(assets)}`);
  writeFileSync(join(folder, "wrangler.toml"), toml);
  const worker = JSON.stringify(join(PROJECT, "test/support/e2e/engine-worker.ts"));
  writeFileSync(join(folder, "index.ts"), `export * from ${worker};\nexport { default } from ${worker};\n`);
  symlinkSync(join(PROJECT, "migrations"), join(folder, "migrations"));
  return folder;
}
