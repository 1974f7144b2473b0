/** Models on this machine whose behaviour goes by their name, for tests whose Worker runs in another process. */
import {
  buy,
  type ChatRequest,
  calls,
  decides,
  hold,
  type Reply,
  type ScriptedModel,
  scriptedModel,
} from "./scripted-model.ts";

const used = ({ messages }: ChatRequest) => messages.some(({ role }) => role === "tool");

/** `n`: how many requests the model has had before. */
const MODELS: Readonly<Record<string, (request: ChatRequest, n: number) => Reply>> = {
  buyer: (request) => (used(request) ? decides(buy("50")) : calls("get_price", { symbol: "BTC-USDT" })),
  holder: () => decides(hold),
  stalls: () => ({ kind: "stall" }),
  "drops then 429": (_, n) =>
    n === 0
      ? { kind: "drop" }
      : n === 1
        ? { kind: "answer", status: 429, headers: { "retry-after": "1" }, body: "slow down" }
        : decides(hold),
  "stalls once after a tool": (request, n) =>
    !used(request) ? calls("get_portfolio", {}) : n === 1 ? { kind: "stall" } : decides(buy("50")),
};

export async function fixedModel(): Promise<ScriptedModel> {
  const model = await scriptedModel();
  const seen = new Map<string, number>();
  model.script((request) => {
    const n = seen.get(request.model) ?? 0;
    seen.set(request.model, n + 1);
    return MODELS[request.model]?.(request, n) ?? { kind: "answer", status: 404, body: "no such model" };
  });
  return model;
}
