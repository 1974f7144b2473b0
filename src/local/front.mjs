/**
 * The Worker's own doors, as the platform's network is in production. In: files that are named by their hash come from the assets,
 * all else is the Worker's; Miniflare's door does that in three Workers more, and is left the triggers of crons.
 * Out: to the database straight, since Miniflare sends what is fetched through one Worker more.
 */
import { env } from "cloudflare:workers";
import worker from "./index.js";

export * from "./index.js";
export default worker;

const ASSET = /^https?:\/\/[^/]+\/assets\//;
const TRIGGER = /^https?:\/\/[^/]+\/cdn-cgi\//;

const outside = globalThis.fetch;
const { DATABASE_PROXY: database, DATABASE_PROXY_URL: databaseUrl } = env;
globalThis.fetch = (what, init) =>
  database && what === databaseUrl ? database.fetch(what, init) : outside(what, init);

export const front = {
  fetch(request, env, context) {
    const { url } = request;
    if (ASSET.test(url) && env.ASSETS) return env.ASSETS.fetch(request);
    if (TRIGGER.test(url)) return env.MINIFLARE_DOOR.fetch(request);
    return worker.fetch(request, env, context);
  },
};
