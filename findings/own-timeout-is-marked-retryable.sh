#!/usr/bin/env bash
# Package: miniflare 5.20261102.0-beta (workerd 1.20261102.1), compatibility date 2026-11-01.
#
# Behaviour: Cloudflare's page "Error handling" suggests to ask a Durable Object again if the error has `retryable: true`.
# The error of a caller's own AbortSignal.timeout, and of an own abort() without a reason, carries the same mark.
# No Durable Object and no network is needed: signal.reason itself has it.
# So "ask again if error.retryable" asks again after the caller gave up, at the very moment when the other side is slow.
# An abort() with a reason of one's own does not have the mark.
#
# Seen: AbortSignal.timeout: TimeoutError, retryable true; abort(): AbortError, retryable true; abort(new Error()): none
#       Node, for contrast: retryable is absent in all three
#
# Advice: look at signal.aborted before error.retryable, or abort with a reason of your own.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --prefix "$dir" --no-save --no-audit --no-fund --ignore-scripts --loglevel=error \
  miniflare@5.20261102.0-beta > install.log 2>&1 || { cat install.log >&2; exit 2; }
cat > finding.mjs <<'JS'
import { isDeepStrictEqual } from "node:util";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";

/** Runs in workerd and in Node: what an aborted wait rejects with. */
async function marks() {
  const rejection = (signal) =>
    new Promise((resolve) => signal.addEventListener("abort", () => resolve(signal.reason)));
  const facts = async (signal) => {
    const { name, retryable = "absent" } = await rejection(signal);
    return `${name}, ${retryable}`;
  };
  const bare = new AbortController();
  const own = new AbortController();
  setTimeout(() => (bare.abort(), own.abort(new Error("given up"))), 20);
  return { timeout: await Promise.all([facts(AbortSignal.timeout(20)), facts(bare.signal), facts(own.signal)]) };
}
const script = `${marks}
export default { fetch: async () => Response.json(await marks()) };`;
const mf = new Miniflare(convertV4MiniflareOptions({ modules: true, script, compatibilityDate: "2026-11-01" }));
const workerd = (await (await mf.dispatchFetch("http://worker/")).json()).timeout;
await mf.dispose();
// An unreferenced timer of AbortSignal.timeout does not keep Node awake.
const awake = setInterval(() => {}, 1_000);
const node = (await marks()).timeout;
clearInterval(awake);
console.log({ workerd, node });
const same =
  isDeepStrictEqual(workerd, ["TimeoutError, true", "AbortError, true", "Error, absent"]) &&
  isDeepStrictEqual(node, ["TimeoutError, absent", "AbortError, absent", "Error, absent"]);
process.exitCode = same ? 0 : 1;
JS
node finding.mjs
