/**
 * Stands in front of the Worker, as the platform's network does in production.
 * In: files that are named by their hash come from the assets, all other requests go to the Worker. Miniflare would use three more
 * Workers for that. A cron is run only for a request with the secret of this start, because Miniflare's own way to run one is open
 * to every account of the machine.
 * Out: database requests go straight to the proxy. Miniflare would send them through one more Worker.
 */

import { env } from "cloudflare:workers";
import { AsyncLocalStorage } from "node:async_hooks";
import worker from "./index.js";

export * from "./index.js";
export default worker;

const ASSET = /^https?:\/\/[^/]+\/assets\//;
const CRON = /^https?:\/\/(?:127\.0\.0\.1|localhost)(?::\d+)?\/cdn-cgi\/local\/scheduled\?/;
const SECRET_HEADER = "agonus-local-secret";

const outside = globalThis.fetch;
const { DATABASE_PROXY: database, DATABASE_PROXY_URL: databaseUrl, LOCAL_SECRET: secret } = env;
globalThis.fetch = (what, init) =>
  database && what === databaseUrl ? database.fetch(what, init) : outside(what, init);

/**
 * Lines of the log that requests wrote within a few milliseconds go out together: here each is a write to a pipe that wakes
 * another process, half of what a short answer costs. The request that begins a batch is kept alive until the batch is
 * written. Lines that are logged outside of requests are written at once, after the waiting ones.
 */
const GATHER_MS = 3;
const STUCK_MS = 100;
const requests = new AsyncLocalStorage();
const write = console.log.bind(console);
let lines = [];
let gatheringSince = 0;
function flush() {
  const text = lines.join("\n");
  lines = [];
  gatheringSince = 0;
  if (text !== "") write(text);
}
console.log = (line) => {
  lines.push(line);
  const context = requests.getStore();
  if (!context) return flush();
  const now = Date.now();
  // The timer of a request that was ended never fires.
  if (gatheringSince > now - STUCK_MS) return;
  gatheringSince = now;
  context.waitUntil(new Promise((resolve) => setTimeout(resolve, GATHER_MS)).then(flush));
};

/** Whether a request may run a cron: it has the secret, names this host, and has no Origin (a browser's page sends one). */
function isOurs({ method, url, headers }) {
  const brought = new TextEncoder().encode(headers.get(SECRET_HEADER) ?? "");
  const wanted = new TextEncoder().encode(secret ?? "");
  if (wanted.byteLength === 0 || brought.byteLength !== wanted.byteLength) return false;
  const same = crypto.subtle.timingSafeEqual(brought, wanted);
  return same && method === "POST" && CRON.test(url) && !headers.has("origin");
}

/** Calls the Worker's cron handler as the platform does. A failure goes into the answer. */
async function fire(url, env, context) {
  const cron = new URL(url).searchParams.get("cron") ?? "";
  try {
    const run = worker.scheduled({ cron, scheduledTime: Date.now(), noRetry() {} }, env, context);
    // It goes on when whoever fired it doesn't wait.
    context.waitUntil(run.catch(() => {}));
    await run;
    return new Response("ok");
  } catch (error) {
    return new Response(error instanceof Error ? error.message : String(error), { status: 500 });
  }
}

export const front = {
  async fetch(request, env, context) {
    const { url } = request;
    if (ASSET.test(url) && env.ASSETS) {
      const file = await env.ASSETS.fetch(request);
      if (file.status !== 404) return file;
      await file.body?.cancel();
    }
    if (isOurs(request)) return requests.run(context, () => fire(url, env, context));
    return requests.run(context, () => worker.fetch(request, env, context));
  },
};
