#!/usr/bin/env bash
# Package: miniflare 5.20261102.0-beta (workerd 1.20261102.1), compatibility date 2026-11-01.
#
# Behaviour: a gzip file may have several members, one after another; RFC 1952 says so, and `cat a.gz b.gz`, pigz, bgzip and
# daily dumps of exchanges that are joined make such files. Node's DecompressionStream reads all members, as gunzip does. workerd's
# rejects with a TypeError, and hands out nothing of a small file. workerd follows the Compression Streams standard, in which
# whatever comes after the first member is an error. So a test in Node passes, and the Worker refuses the same file.
#
# Seen: Node "time,close\n1,2\n"; workerd "" and "TypeError: Trailing bytes after end of compressed data"
#
# Advice: unpack with a library that reads members in turn, or start a new DecompressionStream at the end of each member.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --prefix "$dir" --no-save --no-audit --no-fund --ignore-scripts --loglevel=error \
  miniflare@5.20261102.0-beta > install.log 2>&1 || { cat install.log >&2; exit 2; }
cat > finding.mjs <<'JS'
import { gunzipSync, gzipSync } from "node:zlib";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";

/** Runs in workerd and in Node. */
async function unpack(packed) {
  const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip")).getReader();
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) text += decoder.decode(part.value);
    return { text, error: null };
  } catch (error) {
    return { text, error: `${error.name}: ${error.message}` };
  }
}
const one = gzipSync("time,close\n");
const two = Buffer.concat([one, gzipSync("1,2\n")]);
const script = `${unpack}
export default { fetch: async (request) => Response.json(await unpack(await request.arrayBuffer())) };`;
const mf = new Miniflare(convertV4MiniflareOptions({ modules: true, script, compatibilityDate: "2026-11-01" }));
const inWorkerd = async (body) => (await mf.dispatchFetch("http://worker/", { method: "POST", body })).json();
const seen = {
  gunzip: gunzipSync(two).toString(),
  node: await unpack(two),
  workerd: await inWorkerd(two),
  workerdOneMember: await inWorkerd(one),
};
await mf.dispose();
console.log(JSON.stringify(seen, null, 1));
const whole = "time,close\n1,2\n";
const asDescribed =
  seen.gunzip === whole &&
  seen.node.text === whole &&
  seen.node.error === null &&
  seen.workerd.error !== null &&
  !seen.workerd.text.includes("1,2") &&
  seen.workerdOneMember.error === null;
process.exitCode = asDescribed ? 0 : 1;
JS
node finding.mjs
