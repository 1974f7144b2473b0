/** Every way in which a provider of models misbehaves, and what becomes of a decision that begins with it. */
import { buy, calls, decides, hold, type Reply, says, text } from "./scripted-model.ts";

export interface ModelFaultCase {
  /** The answers to the first requests. Whatever comes after them is a hold by submit_decision. */
  readonly replies: readonly Reply[];
  /** How many requests the decision takes in all. */
  readonly requests: number;
  /** What is stored. `fault`: the code of a hold without a decision. */
  readonly stored: { readonly orders: number; readonly fault: string | null };
}

const answer = (status: number, body: unknown, headers: Record<string, string> = {}): Reply => ({
  kind: "answer",
  status,
  headers,
  body: typeof body === "string" ? body : JSON.stringify(body),
});
const json = JSON.stringify(buy("5"));
const HELD = { orders: 0, fault: null };
const BOUGHT = { orders: 1, fault: null };
const bad = { orders: 0, fault: "agent.bad_answer" };
const gone = { orders: 0, fault: "agent.model_unavailable" };
const finishes = (finish: string | null): ModelFaultCase => ({
  replies: [says({ calls: [{ name: "submit_decision", args: buy("5") }], finish })],
  requests: 1,
  stored: BOUGHT,
});

export const modelFaults: Readonly<Record<string, ModelFaultCase>> = {
  "a tool call": {
    replies: [calls("get_price", { symbol: "BTC-USDT" }), decides(buy("5"))],
    requests: 2,
    stored: BOUGHT,
  },
  "several tool calls in one answer": {
    replies: [
      says({
        calls: [
          { name: "get_price", args: { symbol: "BTC-USDT" } },
          { name: "get_candles", args: { symbol: "ETH-USDT", count: 3 }, id: "second" },
        ],
      }),
      decides(buy("5")),
    ],
    requests: 2,
    stored: BOUGHT,
  },
  "two decisions in one answer": {
    replies: [
      says({
        calls: [
          { name: "submit_decision", args: hold },
          { name: "submit_decision", args: buy("5"), id: "second" },
        ],
      }),
    ],
    requests: 1,
    stored: BOUGHT,
  },
  "a decision beside another tool": {
    replies: [
      says({
        calls: [
          { name: "get_portfolio", args: {} },
          { name: "submit_decision", args: buy("5"), id: "second" },
        ],
      }),
    ],
    requests: 1,
    stored: BOUGHT,
  },
  "a tool call without an id": {
    replies: [says({ calls: [{ name: "get_price", args: { symbol: "BTC-USDT" }, id: null }] }), decides(buy("5"))],
    requests: 2,
    stored: BOUGHT,
  },
  "a call that is cut off in the middle": {
    replies: [
      says({ calls: [{ name: "submit_decision", args: json.slice(0, 40) }], finish: "length" }),
      decides(buy("5")),
    ],
    requests: 2,
    stored: BOUGHT,
  },
  "an answer in a Markdown fence": { replies: [text(`\`\`\`json\n${json}\n\`\`\``)], requests: 1, stored: BOUGHT },
  "thoughts before JSON": {
    replies: [text(`<think>{"orders": "none"} or so</think>\n${json}`)],
    requests: 1,
    stored: BOUGHT,
  },
  "two decisions in one text": { replies: [text(`${json}\n${JSON.stringify(hold)}`)], requests: 2, stored: HELD },
  "an unknown tool": { replies: [calls("fly_away", {}), decides(buy("5"))], requests: 2, stored: BOUGHT },
  "wrong types": {
    replies: [decides({ orders: "all", reasoning: 7 }), decides(buy("5"))],
    requests: 2,
    stored: BOUGHT,
  },
  "members that nobody knows": {
    replies: [decides({ ...hold, agent_id: "another" }), decides(buy("5"))],
    requests: 2,
    stored: BOUGHT,
  },
  "an empty answer": { replies: [text(""), decides(buy("5"))], requests: 2, stored: BOUGHT },
  "an empty answer, twice": { replies: [text(""), text("")], requests: 2, stored: bad },
  "the finish reason length": finishes("length"),
  "the finish reason content_filter": finishes("content_filter"),
  "the finish reason stop": finishes("stop"),
  "a finish reason that nobody knows": finishes("tired"),
  "no finish reason": finishes(null),
  "an error inside a 200": {
    replies: [answer(200, { error: { message: "overloaded" } }), decides(buy("5"))],
    requests: 2,
    stored: BOUGHT,
  },
  "no JSON inside a 200": { replies: [answer(200, "<html>"), decides(buy("5"))], requests: 2, stored: BOUGHT },
  "no choice": { replies: [answer(200, { choices: [] }), decides(buy("5"))], requests: 2, stored: BOUGHT },
  "usage absent": {
    replies: [says({ calls: [{ name: "submit_decision", args: buy("5") }], usage: null })],
    requests: 1,
    stored: BOUGHT,
  },
  "counts as texts": {
    replies: [says({ calls: [{ name: "submit_decision", args: buy("5") }], usage: { prompt_tokens: "12" } })],
    requests: 1,
    stored: BOUGHT,
  },
  "429 with seconds": {
    replies: [answer(429, "slow down", { "retry-after": "0.05" }), decides(buy("5"))],
    requests: 2,
    stored: BOUGHT,
  },
  "429 with a date": {
    replies: [
      answer(429, "slow down", {
        date: "Sun, 29 Nov 2026 08:00:00 GMT",
        "retry-after": "Sun, 29 Nov 2026 08:00:00 GMT",
      }),
      decides(buy("5")),
    ],
    requests: 2,
    stored: BOUGHT,
  },
  "a 500": { replies: [answer(500, "oops"), decides(buy("5"))], requests: 2, stored: BOUGHT },
  "a 408": { replies: [answer(408, "late"), decides(buy("5"))], requests: 2, stored: BOUGHT },
  "a 401": { replies: [answer(401, "who are you")], requests: 1, stored: gone },
  "a 400": { replies: [answer(400, "what is this")], requests: 1, stored: gone },
  "a redirect": { replies: [answer(302, "", { location: "http://127.0.0.1:1/" })], requests: 1, stored: gone },
  "a dropped line": { replies: [{ kind: "drop" }, decides(buy("5"))], requests: 2, stored: BOUGHT },
  "a line that drops in the middle": {
    replies: [{ kind: "drop", body: '{"choices": [' }, decides(buy("5"))],
    requests: 2,
    stored: BOUGHT,
  },
  "1 MB of text": { replies: [text("word ".repeat(200_000)), decides(buy("5"))], requests: 2, stored: BOUGHT },
};
