#!/usr/bin/env bash
# Package: miniflare 5.20261102.0-beta (workerd 1.20261102.1), compatibility date 2026-11-01.
#
# Behaviour: an alarm handler that throws is run again, with `retryCount` 1, 2, … and a growing wait, six times at most
# as Cloudflare documents it.
# - If the handler called setAlarm before it threw, the new alarm takes the place of the retry. Its `retryCount` is 0 again.
#   So "first set the next alarm, then work", the usual way to keep a clock going, turns a handler that always fails into
#   one that fails for ever at its full pace. No count and no wait grows.
# - If the handler called deleteAlarm before it threw, there is no retry at all.
#
# Seen, the retryCount of each run of handlers that always throw (the script stops the second one after five runs):
#   throw only               0 1 …
#   setAlarm, then throw     0 0 0 0 0
#   deleteAlarm, then throw  0
#
# Advice: keep an own count of failures in storage, and derive the next alarm from it.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --prefix "$dir" --no-save --no-audit --no-fund --ignore-scripts --loglevel=error \
  miniflare@5.20261102.0-beta > install.log 2>&1 || { cat install.log >&2; exit 2; }
cat > finding.mjs <<'JS'
import { isDeepStrictEqual } from "node:util";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";

const script = `
import { DurableObject } from "cloudflare:workers";
export class Clock extends DurableObject {
  async start(mode) {
    this.ctx.storage.kv.put("mode", mode);
    this.ctx.storage.kv.put("counts", []);
    await this.ctx.storage.setAlarm(Date.now() + 50);
  }
  counts() { return this.ctx.storage.kv.get("counts"); }
  async alarm({ retryCount }) {
    const counts = [...this.counts(), retryCount];
    this.ctx.storage.kv.put("counts", counts);
    const mode = this.ctx.storage.kv.get("mode");
    if (mode === "set" && counts.length < 5) await this.ctx.storage.setAlarm(Date.now() + 100);
    else if (mode !== "throw") await this.ctx.storage.deleteAlarm();
    throw new Error("always");
  }
}
export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    const mode = searchParams.get("mode");
    const clock = env.CLOCK.get(env.CLOCK.idFromName(mode));
    if (pathname === "/start") await clock.start(mode);
    return Response.json(await clock.counts());
  },
};`;
const mf = new Miniflare(
  convertV4MiniflareOptions({
    modules: true,
    script,
    compatibilityDate: "2026-11-01",
    durableObjects: { CLOCK: { className: "Clock", useSQLite: true } },
    // The errors that the handlers throw on purpose are no news.
    handleRuntimeStdio: (out, err) => [out, err].forEach((stream) => stream.resume()),
  }),
);
const ask = async (path, mode) => (await mf.dispatchFetch(`http://worker/${path}?mode=${mode}`)).json();
const modes = ["delete", "set", "throw"];
for (const mode of modes) await ask("start", mode);
// The last one that began waits about two seconds for its first retry. A retry of the others would have come by then.
const end = Date.now() + 30_000;
while ((await ask("counts", "throw")).length < 2 || (await ask("counts", "set")).length < 5) {
  if (Date.now() > end) break;
  await new Promise((resolve) => setTimeout(resolve, 100));
}
await new Promise((resolve) => setTimeout(resolve, 2_000));
const seen = {};
for (const mode of modes) seen[mode] = (await ask("counts", mode)).slice(0, mode === "throw" ? 2 : 9);
await mf.dispose();
console.log(seen);
const described = { delete: [0], set: [0, 0, 0, 0, 0], throw: [0, 1] };
process.exitCode = isDeepStrictEqual(seen, described) ? 0 : 1;
JS
node finding.mjs
