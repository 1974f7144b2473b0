#!/usr/bin/env bash
# Packages: ai 7.0.173, @ai-sdk/openai-compatible 3.0.92, zod 4.6.7.
#
# Behaviour: some servers of chat completions leave finish_reason out of an answer that calls a tool, or send null. The SDK
# reads the call, and then does not run it: the call has no result, no second request is sent, and nothing is thrown. The same
# answer with "tool_calls" runs the tool, and so does one that says "stop".
#
# Advice: where an answer holds calls and no reason, set the reason before the SDK reads the answer.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --prefix "$dir" --no-save --no-audit --no-fund --ignore-scripts --loglevel=error \
  ai@7.0.173 @ai-sdk/openai-compatible@3.0.92 zod@4.6.7 > install.log 2>&1 || { cat install.log >&2; exit 2; }
cat > finding.mjs <<'JS'
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { isDeepStrictEqual } from "node:util";
import { generateText, isStepCount, tool } from "ai";
import { z } from "zod";

const called = { id: "call-0", type: "function", function: { name: "get_price", arguments: '{"symbol":"BTC"}' } };
const answerOf = (message, reason) =>
  Response.json({
    id: "answer",
    object: "chat.completion",
    created: 0,
    model: "small",
    choices: [{ index: 0, message, ...(reason === undefined ? {} : { finish_reason: reason }) }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  });

async function play(reason) {
  let [requests, runs] = [0, 0];
  const fetch = async () => {
    requests += 1;
    return requests === 1
      ? answerOf({ role: "assistant", content: null, tool_calls: [called] }, reason)
      : answerOf({ role: "assistant", content: "Done." }, "stop");
  };
  const execute = async () => {
    runs += 1;
    return { price: "7" };
  };
  const price = tool({ inputSchema: z.object({ symbol: z.string() }), execute });
  const model = createOpenAICompatible({ name: "local", baseURL: "http://127.0.0.1:9/v1", fetch })("small");
  await generateText({ model, prompt: "Decide.", tools: { get_price: price }, stopWhen: isStepCount(3), maxRetries: 0 });
  return { runs, requests };
}
const seen = { absent: await play(undefined), null: await play(null), tool_calls: await play("tool_calls"), stop: await play("stop") };
console.log(seen);
const expected = {
  absent: { runs: 0, requests: 1 },
  null: { runs: 0, requests: 1 },
  tool_calls: { runs: 1, requests: 2 },
  stop: { runs: 1, requests: 2 },
};
process.exitCode = isDeepStrictEqual(seen, expected) ? 0 : 1;
JS
node finding.mjs
