/** Theses and plan steps of a language model: what it is shown, what becomes of them, and that a crash changes nothing. */
import { afterAll, afterEach, expect, test } from "vitest";
import { type Mind, mindSchema } from "../../../../src/core/agents/mind.ts";
import { closeTestServer } from "../../../support/database.ts";
import { type ModelScene, modelScene } from "../../../support/models/model-scene.ts";
import { buy, calls, decides, hold, type Reply, says, text } from "../../../support/models/scripted-model.ts";

let scene: ModelScene;
afterEach(() => scene.close());
afterAll(closeTestServer);

/** The server answers these one after another, then holds for ever. */
function answers(...replies: Reply[]): void {
  const before = scene.model.received.length;
  scene.model.script((_, n) => replies[n - before] ?? decides(hold));
}

async function play(round: number, ...replies: Reply[]): Promise<void> {
  answers(...replies);
  await scene.decide(round);
  await scene.settle();
}

async function stored(): Promise<Mind> {
  const [row] = await scene.db.query<{ mind: unknown }>("select mind from memories");
  return mindSchema.parse(row?.mind);
}

/** What the newest request shows of the model's mind. */
function shown(): Record<string, { number?: number; symbol?: string; state?: string }[]> {
  const prompt = String(scene.model.received.at(-1)?.body.messages[1]?.content);
  const block = /<data name="plans">\n(.*)\n<\/data>/.exec(prompt)?.[1];
  return block === undefined ? {} : JSON.parse(block);
}

const exit = { stop: "80", target: "140", invalidation: "The range breaks." };
const planned = { ...buy("50"), orders: [{ ...buy("50").orders[0], exit }] };
const sellAll = async () => {
  const [held] = await scene.db.query<{ quantity: string }>(
    "select trim_scale(quantity)::text as quantity from positions",
  );
  return {
    orders: [{ side: "sell", symbol: "BTC-USDT", amount: held?.quantity }],
    reasoning: "The target is reached.",
  };
};
const at = (round: number) => new Date(scene.cup.due(round)).toISOString();
const step = (round: number, more: object) => calls("plan_step", { at: at(round), ...more });

test("a position has a thesis from its buy until it is closed, and then keeps it with its outcome", async () => {
  scene = await modelScene();
  await play(0, decides(planned));
  expect((await stored()).theses).toMatchObject([{ state: "ordered", round: 0, why: "It looks cheap.", exit }]);
  await play(1);
  expect(shown().theses).toMatchObject([{ symbol: "BTC-USDT", state: "open", why: "It looks cheap.", exit }]);
  await play(2, decides(await sellAll()));
  await play(3);
  expect(shown().theses).toEqual([]);
  const [sale] = await scene.db.query<{ profit: string }>(
    "select trim_scale(realized_profit)::text as profit from trades where side = 'sell'",
  );
  const closed = { state: "closed", closed_round: 2, realised: sale?.profit, exit };
  expect(shown().closed_theses).toMatchObject([closed]);
  expect((await stored()).theses).toMatchObject([closed]);
});

test("a buy that was refused leaves no thesis, and one on top changes only the exit plan", async () => {
  scene = await modelScene();
  await play(0, decides(buy("5000")), decides(buy("5000")));
  const [row] = await scene.db.query("select mind from memories");
  expect(row).toEqual({ mind: null });
  await play(1, decides(planned));
  const later = { ...buy("20"), reasoning: "More of it.", orders: [{ ...buy("20").orders[0], exit: { stop: "90" } }] };
  await play(2, decides(later));
  expect((await stored()).theses).toMatchObject([{ round: 1, why: "It looks cheap.", exit: { stop: "90" } }]);
  expect((await stored()).theses).toHaveLength(1);
});

test("a step is shown as due in the round that it falls in, and is executed once its order is filled", async () => {
  scene = await modelScene();
  await play(0, step(2, { type: "OPEN_POSITION", symbol: "BTC-USDT", amount: "50" }), decides(hold));
  await play(1);
  expect(shown()).toMatchObject({ due_plan_steps: [], later_plan_steps: [{ number: 1, state: "planned" }] });
  await play(2, decides(buy("50")));
  expect(shown().due_plan_steps).toMatchObject([{ number: 1, symbol: "BTC-USDT", amount: "50" }]);
  expect((await stored()).plan_steps).toMatchObject([{ state: "planned", attempts: 1, order: 0 }]);
  await play(3);
  expect(shown().ended_plan_steps).toMatchObject([{ number: 1, state: "executed" }]);
});

test("a step whose order is refused three times has failed", async () => {
  scene = await modelScene();
  await play(0, step(1, { type: "CLOSE_POSITION", symbol: "ETH-USDT" }), decides(hold));
  const sell = decides({ orders: [{ side: "sell", symbol: "ETH-USDT", amount: "1" }], reasoning: "As planned." });
  for (const round of [1, 2, 3]) await play(round, sell, sell);
  expect((await stored()).plan_steps).toMatchObject([{ state: "planned", attempts: 3 }]);
  await play(4);
  expect(shown()).toMatchObject({ due_plan_steps: [], ended_plan_steps: [{ state: "failed", attempts: 3 }] });
});

test("research is executed with the decision that follows it, and a due step without an order is skipped", async () => {
  scene = await modelScene();
  await play(
    0,
    says({
      calls: [
        { name: "plan_step", args: { type: "RESEARCH", at: at(1), note: "Did volume come back?" }, id: "a" },
        { name: "plan_step", args: { type: "OPEN_POSITION", at: at(1), symbol: "ETH-USDT" }, id: "b" },
        { name: "plan_step", args: { type: "OPEN_POSITION", at: at(3), symbol: "ETH-USDT" }, id: "c" },
      ],
    }),
    decides(hold),
  );
  // A round in which the model gives no answer changes nothing.
  await play(1, text("?"), text("?"));
  expect((await stored()).plan_steps.map(({ state }) => state)).toEqual(["planned", "planned", "planned"]);
  await play(2, calls("cancel_plan_step", { number: 3 }), decides(hold));
  expect(shown().due_plan_steps?.map(({ number }) => number)).toEqual([1, 2]);
  expect((await stored()).plan_steps.map(({ state }) => state)).toEqual(["executed", "skipped", "cancelled"]);
});

test("what a step may not be is told to the model", async () => {
  scene = await modelScene();
  const good = { type: "OPEN_POSITION", at: at(2), symbol: "BTC-USDT" };
  const asked = [
    { type: "OPEN_POSITION", at: at(0), symbol: "BTC-USDT" },
    { type: "OPEN_POSITION", at: at(2) },
    { type: "RESEARCH", at: at(2) },
    { type: "OPEN_POSITION", at: at(2), symbol: "__proto__" },
    { type: "OPEN_POSITION", at: "soon", symbol: "BTC-USDT" },
    good,
    { ...good, at: at(2).replace("Z", "+00:00") },
  ];
  answers(
    says({ calls: asked.map((args, n) => ({ name: "plan_step", args, id: `c${n}` })) }),
    calls("cancel_plan_step", { number: 7 }),
  );
  await scene.decide(0);
  const results = scene.model.received[2]?.body.messages.filter(({ role }) => role === "tool") ?? [];
  const texts = results.map(({ content }) => String(content));
  const wanted = [
    "after",
    "needs a symbol",
    "needs a note",
    "no such symbol",
    "at",
    '{"number":1}',
    "before",
    "no planned step",
  ];
  expect(texts).toHaveLength(wanted.length);
  for (const [n, word] of wanted.entries()) expect(texts[n]).toContain(word);
  expect((await stored()).plan_steps).toHaveLength(1);
});

test("wherever the object is reset, the same mind is stored, and no recorded step is paid again", async () => {
  const script = (n: number): Reply =>
    [
      step(1, { type: "RESEARCH", note: "Look again." }),
      calls("write_note", { key: "mood", text: "calm" }),
      step(2, { type: "CLOSE_POSITION", symbol: "BTC-USDT" }),
      decides(planned),
    ][n] ?? decides(hold);
  const minds: unknown[] = [];
  for (const resetAt of [null, 0, 1, 2, 3]) {
    scene = await modelScene();
    const [job] = await scene.open(0);
    if (!job) throw new Error("no job");
    const reset = new AbortController();
    let answered = 0;
    scene.model.script((_, n) => {
      if (n !== resetAt) {
        answered += 1;
        return script(answered - 1);
      }
      reset.abort();
      return { kind: "stall" };
    });
    if (resetAt !== null) expect(await scene.think(job, reset.signal)).toEqual({ kind: "over" });
    await scene.answer(job, await scene.think(job));
    expect(answered).toBe(4);
    const [row] = await scene.db.query(
      "select m.mind::text as mind, m.notes::text as notes, d.details_hash from memories m join decisions d using (entry_id)",
    );
    minds.push(row);
    if (resetAt !== 3) await scene.close();
  }
  expect(new Set(minds.map((mind) => JSON.stringify(mind))).size).toBe(1);
  expect(JSON.stringify(minds[0])).toContain("Look again.");
});
