/** The API with the real engine behind it, in one process: what is enqueued over HTTP is run by `run.drain()`. */
import { type InProcess, inProcess } from "../in-process.ts";
import { type Api, openApi } from "./http-app.ts";

export interface HttpEngine {
  readonly api: Api;
  readonly run: InProcess;
}

export async function openEngine(): Promise<HttpEngine> {
  const api: Api = await openApi({
    enqueue: (name, args, options) => run.ports.enqueue(name, args, { by: "api", ...options }),
    send: async (queue, messages) => run.ports.send(queue, messages),
  });
  const run: InProcess = inProcess(api.db.query);
  return { api, run };
}
