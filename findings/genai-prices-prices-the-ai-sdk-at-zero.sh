#!/usr/bin/env bash
# Packages: ai 7.0.173, @pydantic/genai-prices 0.1.8.
#
# Behaviour: the SDK reports a usage of { inputTokens, outputTokens, … }. calcPrice reads { input_tokens, output_tokens }.
# calcPrice takes the SDK's object, finds no key that it knows, writes one console warning and answers a price of 0.
# An unknown model, by contrast, answers null. So a budget that checks for null lets every call pass for free.
#
# Seen, one million tokens in and out of gpt-4o:
#   calcPrice(usage of generateText)                                 0
#   calcPrice({ input_tokens: 1000000, output_tokens: 1000000 })     12.5
#   calcPrice of an unknown model                                    null
#
# Advice: copy the two counts by name, and treat a price of 0 with tokens spent as unknown.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --prefix "$dir" --no-save --no-audit --no-fund --ignore-scripts --loglevel=error \
  ai@7.0.173 @pydantic/genai-prices@0.1.8 > install.log 2>&1 || { cat install.log >&2; exit 2; }
cat > finding.mjs <<'JS'
import { isDeepStrictEqual } from "node:util";
import { calcPrice } from "@pydantic/genai-prices";
import { generateText } from "ai";
import { MockLanguageModelV4 } from "ai/test";

const million = 1_000_000;
const model = new MockLanguageModelV4({
  doGenerate: async () => ({
    content: [{ type: "text", text: "hold" }],
    finishReason: { unified: "stop", raw: "stop" },
    usage: {
      inputTokens: { total: million, noCache: million, cacheRead: 0, cacheWrite: 0 },
      outputTokens: { total: million, text: million, reasoning: 0 },
    },
    warnings: [],
  }),
});
const { usage } = await generateText({ model, prompt: "Decide." });
const price = (counts, name) => calcPrice(counts, name, { providerId: "openai" })?.total_price ?? null;
const seen = {
  tokens: [usage.inputTokens, usage.outputTokens],
  asReported: price(usage, "gpt-4o"),
  renamed: price({ input_tokens: usage.inputTokens, output_tokens: usage.outputTokens }, "gpt-4o"),
  unknownModel: price({ input_tokens: million, output_tokens: million }, "no-such-model"),
};
console.log(seen);
const described = { tokens: [million, million], asReported: 0, renamed: 12.5, unknownModel: null };
process.exitCode = isDeepStrictEqual(seen, described) ? 0 : 1;
JS
node finding.mjs
