/**
 * The Worker's own doors, as the platform's network is in production. In: files that are named by their hash come from the assets,
 * all else is the Worker's; Miniflare's door does that in three Workers more, and is left the triggers of crons.
 * Out: to the database straight, since Miniflare sends what is fetched through one Worker more.
 */

import { env } from "cloudflare:workers";
import { AsyncLocalStorage } from "node:async_hooks";
import worker from "./index.js";

export * from "./index.js";
export default worker;

const ASSET = /^https?:\/\/[^/]+\/assets\//;
const TRIGGER = /^https?:\/\/[^/]+\/cdn-cgi\//;

const outside = globalThis.fetch;
const { DATABASE_PROXY: database, DATABASE_PROXY_URL: databaseUrl } = env;
globalThis.fetch = (what, init) =>
  database && what === databaseUrl ? database.fetch(what, init) : outside(what, init);

/**
 * Lines of the log that requests wrote within a few milliseconds go out together: here each is a write to a pipe that wakes
 * another process, half of what a short answer costs. Whoever begins a batch stays until it is out. What is logged outside
 * of requests goes out at once, behind what waits.
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
  // One whose request was ended with everything in it never comes.
  if (gatheringSince > now - STUCK_MS) return;
  gatheringSince = now;
  context.waitUntil(new Promise((resolve) => setTimeout(resolve, GATHER_MS)).then(flush));
};

export const front = {
  fetch(request, env, context) {
    const { url } = request;
    if (ASSET.test(url) && env.ASSETS) return env.ASSETS.fetch(request);
    if (TRIGGER.test(url)) return env.MINIFLARE_DOOR.fetch(request);
    return requests.run(context, () => worker.fetch(request, env, context));
  },
};
