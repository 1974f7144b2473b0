#!/usr/bin/env bash
# Package: miniflare 5.20261102.0-beta, compatibility date 2026-11-01.
#
# Behaviour: a queue consumer acknowledges a message by message.ack() and then throws. Cloudflare's page "Batching,
# Retries and Delays" promises that such a message does not come again. The local queue delivers it again with the whole batch.
# A consumer that returns instead of throwing does not show it: then only the message marked by retry() comes back.
#
# Seen, messages a, b, c in one batch (message/attempt); a is acked, b is to be retried:
#   throws afterwards    a/1 b/1 c/1, then a/2 b/2 c/2
#   returns afterwards   a/1 b/1 c/1, then b/2
#
# Advice: catch inside the loop over messages and never throw from the consumer; make each message safe to be seen twice.
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
const batches = { throws: [], returns: [] };
export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === "/send") {
      for (const queue of [env.THROWS, env.RETURNS]) await queue.sendBatch(["a", "b", "c"].map((body) => ({ body })));
    }
    return Response.json(batches);
  },
  async queue(batch) {
    const seen = batches[batch.queue];
    seen.push(batch.messages.map(({ body, attempts }) => body + "/" + attempts).join(" "));
    if (seen.length > 1) return;
    batch.messages[0].ack();
    batch.messages[1].retry();
    if (batch.queue === "throws") throw new Error("on purpose");
  },
};`;
const consumer = { maxBatchSize: 10, maxBatchTimeout: 0.2, maxRetries: 3, retryDelay: 0 };
const mf = new Miniflare(
  convertV4MiniflareOptions({
    modules: true,
    script,
    compatibilityDate: "2026-11-01",
    queueProducers: { THROWS: "throws", RETURNS: "returns" },
    queueConsumers: { throws: consumer, returns: consumer },
    handleRuntimeStdio: (out, err) => [out, err].forEach((stream) => stream.resume()),
  }),
);
const ask = async (path) => (await mf.dispatchFetch(`http://worker/${path}`)).json();
await ask("send");
const end = Date.now() + 30_000;
let seen = await ask("seen");
while (seen.throws.length < 2 || seen.returns.length < 2) {
  if (Date.now() > end) break;
  await new Promise((resolve) => setTimeout(resolve, 100));
  seen = await ask("seen");
}
await mf.dispose();
console.log(seen);
const described = { throws: ["a/1 b/1 c/1", "a/2 b/2 c/2"], returns: ["a/1 b/1 c/1", "b/2"] };
process.exitCode = isDeepStrictEqual(seen, described) ? 0 : 1;
JS
node finding.mjs
