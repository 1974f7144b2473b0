/** The API with the real engine behind it, in one process. `run.drain()` runs what was enqueued over HTTP. */
import type { HttpDeps } from "../../src/http/deps.ts";
import { type Api, openApi } from "./http-app.ts";
import { type InProcess, inProcess } from "./in-process.ts";

export interface HttpEngine {
  readonly api: Api;
  readonly run: InProcess;
}

export async function openEngine(overrides: Partial<HttpDeps> = {}, template?: string): Promise<HttpEngine> {
  const api: Api = await openApi(
    {
      enqueue: (name, args, options) => run.ports.enqueue(name, args, { by: "api", ...options }),
      send: async (queue, messages) => run.ports.send(queue, messages),
      ...overrides,
    },
    template,
  );
  const run: InProcess = inProcess(api.db.query);
  return { api, run };
}
