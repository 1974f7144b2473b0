/** How the pages read a language model's recorded steps: what it was told, what it said, and what came back. */
import { expect, test } from "vitest";
import { talkOf } from "../../../src/dashboard/arena/decisions/model-talk.ts";

type Input = Parameters<typeof talkOf>[0];
type StepItem = Input["steps"][number];

const contents: Record<string, string> = {};
const keep = (text: string) => {
  const hash = `hash ${Object.keys(contents).length}`;
  contents[hash] = text;
  return hash;
};
const message = (role: string, body: object) => ({
  role,
  parts: [{ name: "message", hash: keep(JSON.stringify(body)) }],
});
const prompt = [
  { role: "system", parts: [{ name: "rules", hash: keep("Be fair.") }] },
  {
    role: "user",
    parts: [
      { name: "round", hash: keep("Round 3") },
      { name: "task", hash: keep("Decide.") },
    ],
  },
];

function step(values: Partial<StepItem>): StepItem {
  return {
    step: 0,
    attempt: 0,
    state: "answered",
    model: "small",
    code: null,
    detail: null,
    status: 200,
    finish_reason: "stop",
    reserved_tokens: 5000,
    input_tokens: 100,
    output_tokens: 10,
    excess_tokens: 0,
    lost: false,
    usd: "0.1",
    estimated: false,
    latency_ms: 1500,
    sent_at: "2026-11-29T10:00:00.000Z",
    request: { head: "", messages: prompt },
    answer_hash: null,
    ...values,
  };
}
const answer = (message: object) => keep(JSON.stringify({ choices: [{ message }] }));
const call = (id: string, name: string, args: string) => ({ id, function: { name, arguments: args } });

test("a tool's result stands with its call, and what the model was told again with the step that followed", () => {
  const asks = { content: null, tool_calls: [call("a", "get_price", '{"symbol":"BTC-USDT"}'), call("b", "fly", "{")] };
  const first = step({ answer_hash: answer(asks) });
  const results = [
    message("assistant", asks),
    message("tool", { content: '{"price":"5"}', tool_call_id: "a" }),
    message("tool", { content: "no such tool", tool_call_id: "b" }),
  ];
  const second = step({
    step: 1,
    usd: "0.2",
    request: { head: "", messages: [...prompt, ...results] },
    answer_hash: answer({ content: "Hm." }),
  });
  const again = { ...second, attempt: 1 };
  const repair = [message("assistant", { content: "Hm." }), message("user", { content: "Decide by a call." })];
  const third = step({ step: 2, usd: null, request: { head: "", messages: [...prompt, ...results, ...repair] } });
  const talk = talkOf({ steps: [first, second, again, third], contents });
  expect(talk).toMatchObject({ model: "small", inputTokens: 400, outputTokens: 40, seconds: 6 });
  expect(talk?.usd).toBeCloseTo(0.5);
  expect(talk?.told).toEqual([
    { role: "system", name: "rules", text: "Be fair." },
    { role: "user", name: "round", text: "Round 3" },
    { role: "user", name: "task", text: "Decide." },
  ]);
  expect(talk?.steps.map(({ asked, texts, calls }) => ({ asked, texts, calls }))).toEqual([
    {
      asked: [],
      texts: [],
      calls: [
        { name: "get_price", args: { symbol: "BTC-USDT" }, back: '{"price":"5"}' },
        { name: "fly", args: "{", back: "no such tool" },
      ],
    },
    { asked: [], texts: ["Hm."], calls: [] },
    { asked: [], texts: ["Hm."], calls: [] },
    { asked: ["Decide by a call."], texts: [], calls: [] },
  ]);
});

test("what is not public is left out, and an answer that is no completion is shown as it came", () => {
  const sent = step({ usd: null, answer_hash: "answer", request: { head: "", messages: prompt } });
  const talk = talkOf({ steps: [sent], contents: { answer: "<html>busy" } });
  expect(talk).toMatchObject({ told: [], usd: null, steps: [{ texts: ["<html>busy"], calls: [] }] });
  expect(
    talkOf({ steps: [sent], contents: { answer: '{"choices": [7, null, {"message": {"tool_calls": 1}}]}' } })?.steps[0],
  ).toMatchObject({ calls: [] });
  expect(talkOf({ steps: [], contents: {} })).toBeNull();
});
