#!/usr/bin/env bash
# Packages: ai 7.0.173, workers-ai-provider 4.0.0, zod 4.6.7.
#
# Behaviour: older models of Workers AI answer { response, tool_calls: [{ name, arguments }] }, without an id. The provider gives
# each call a random id and sends it back with the tool's result. So one conversation is another text in each run: a cache, a
# recording or a content hash of requests never meets the same request again. A call that has an id keeps it.
#
# Seen, the second request of two runs with the same answers:
#   a call without an id     differs
#   a call with an id        the same
#
# Advice: give calls without an id one that follows from their place, before the SDK reads the answer.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --prefix "$dir" --no-save --no-audit --no-fund --ignore-scripts --loglevel=error \
  ai@7.0.173 workers-ai-provider@4.0.0 zod@4.6.7 > install.log 2>&1 || { cat install.log >&2; exit 2; }
cat > finding.mjs <<'JS'
import { isDeepStrictEqual } from "node:util";
import { generateText, isStepCount, tool } from "ai";
import { createWorkersAI } from "workers-ai-provider";
import { z } from "zod";

const usage = { prompt_tokens: 1, completion_tokens: 1 };
const called = { name: "get_price", arguments: '{"symbol":"BTC"}' };
const withoutId = { response: null, tool_calls: [called], usage };
const message = { role: "assistant", content: null, tool_calls: [{ id: "call-0", type: "function", function: called }] };
const withId = { choices: [{ message, finish_reason: "tool_calls" }], usage };

async function secondRequest(first) {
  const sent = [];
  const run = async (_, inputs) => {
    sent.push(JSON.stringify(inputs));
    return sent.length === 1 ? first : { response: "Done.", usage };
  };
  const price = tool({ inputSchema: z.object({ symbol: z.string() }), execute: async () => ({ price: "7" }) });
  const model = createWorkersAI({ binding: { run } })("@cf/meta/llama-3.1-8b-instruct");
  await generateText({ model, prompt: "Decide.", tools: { get_price: price }, stopWhen: isStepCount(2), maxRetries: 0 });
  return sent[1];
}
const isSame = async (answer) => (await secondRequest(answer)) === (await secondRequest(answer));
const seen = { withoutId: await isSame(withoutId), withId: await isSame(withId) };
console.log(seen);
process.exitCode = isDeepStrictEqual(seen, { withoutId: false, withId: true }) ? 0 : 1;
JS
node finding.mjs
