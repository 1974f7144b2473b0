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
  text,
} from "./scripted-model.ts";

const used = ({ messages }: ChatRequest) => messages.some(({ role }) => role === "tool");

/** Buys and sells by turns, as the digits of the prompt want it. */
export function tradeBy({ messages }: ChatRequest) {
  const sum = [...JSON.stringify(messages[1])].reduce((all, sign) => (all * 31 + sign.charCodeAt(0)) % 9_973, 7);
  const side = sum % 2 === 0 ? "buy" : "sell";
  const symbol = sum % 3 === 0 ? "BTC-USDT" : "ETH-USDT";
  const orders = sum % 5 === 0 ? [] : [{ side, symbol, amount: side === "buy" ? "20" : "0.0005" }];
  return { orders, reasoning: `I ${orders.length === 0 ? "hold" : side} because of the number ${sum}.` };
}

/** `n`: how many requests the model has had before. */
const MODELS: Readonly<Record<string, (request: ChatRequest, n: number) => Reply>> = {
  // Its answers follow from what it is shown, as a model's would at temperature 0.
  trader: (request) =>
    used(request) ? decides(tradeBy(request)) : calls("get_indicator", { symbol: "BTC-USDT", name: "rsi14" }),
  // The same with a fault in some rounds, each by the number of requests so far.
  moody: (request, n) => {
    if (n % 11 === 3) return { kind: "answer", status: 500, body: "busy" };
    if (n % 13 === 5) return text("I can't say.");
    if (n % 17 === 7) return { kind: "answer", body: "<html>" };
    if (n === 20) return { kind: "answer", status: 401, body: "not today" };
    return decides({ ...tradeBy(request), memory: { notes: { asked: n } } });
  },
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
