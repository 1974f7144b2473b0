/** A round's call: what is sent, what each answer means, and what a miss says. Real sockets, a real database. */
import { Webhook } from "standardwebhooks";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { agonusRound } from "../../../../src/api/round.ts";
import { closeTestServer } from "../../../support/database.ts";
import { brokenOff, halfABody, hangs, type Reply, slowDrip } from "../../../support/webhooks/endpoint.ts";
import { type Hooked, type WebhookScene, webhookScene } from "../../../support/webhooks/scene.ts";

let scene: WebhookScene;
let hook: Hooked;
const start = async (options: Parameters<typeof webhookScene>[0] = {}) => {
  scene = await webhookScene(options);
  [hook] = scene.agents as [Hooked];
};
beforeEach(() => start());
afterEach(() => scene.close());
afterAll(closeTestServer);

const task = async () =>
  (
    await scene.api.db.query<{
      state: string;
      code: string | null;
      message: string | null;
      attempt: number;
      id: string;
    }>(
      "select id, state, attempt, error->>'code' as code, error->>'message' as message from tasks where name = 'run_agent_decision' order by created_at desc, id desc limit 1",
    )
  )[0];
const calls = () =>
  scene.api.db.query<{
    attempt: number;
    status: number | null;
    code: string | null;
    detail: string | null;
    answer: string | null;
  }>("select attempt, status, code, detail, answer from webhook_calls order by id");
const stored = () =>
  scene.api.db.query(
    "select d.outcome, x.door, x.reasoning, x.body from decisions d join decision_details x using (round_id, entry_id)",
  );
const buy = { orders: [{ side: "buy", symbol: "BTC-USDT", amount: 50 }], reasoning: "It looks cheap." };

test("the round is sent signed, as every door sends it, and a decision without a round is for that round", async () => {
  hook.endpoint.reply({ status: 200, body: buy });
  await scene.open(0);
  expect(await task()).toMatchObject({ state: "STARTED", attempt: 1 });
  await scene.callAll();
  expect(await task()).toMatchObject({ state: "SUCCESS" });
  expect(await stored()).toMatchObject([
    { outcome: "made", door: "webhook", body: { round: 0, reasoning: buy.reasoning } },
  ]);
  const [heard] = hook.endpoint.heard;
  expect(agonusRound.parse(JSON.parse(heard?.body ?? "")).round).toMatchObject({ number: 0, seconds_left: 150 });
  const { headers, body = "" } = heard ?? {};
  const id = String(headers?.["webhook-id"]);
  const at = new Date(Number(headers?.["webhook-timestamp"]) * 1000);
  expect(headers?.["webhook-signature"]).toBe(new Webhook(hook.secret).sign(id, at, body));
  expect(headers).toMatchObject({
    "user-agent": "Agonus-Webhook/1",
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(body)),
  });
  expect(headers?.["transfer-encoding"]).toBeUndefined();
});

test("204 holds", async () => {
  hook.endpoint.reply({ status: 204 });
  await scene.open(0);
  await scene.callAll();
  expect(await stored()).toMatchObject([{ outcome: "held", door: "webhook" }]);
});

test("after 202 the task waits for the agent's own call, which makes it a success", async () => {
  hook.endpoint.reply({ status: 202 });
  await scene.open(0);
  await scene.callAll();
  const waiting = await task();
  expect(waiting).toMatchObject({ state: "RETRY", code: null });
  const why = await scene.api.get(`/tasks/${waiting?.id}/why`);
  expect(why.body.verdict).toBe("waits_for_agent");
  const answer = await scene.api.post(
    `/agents/${hook.id}/decisions?tournament_id=${scene.cup.id}`,
    { round: 0, ...buy },
    { key: hook.key },
  );
  expect([answer.status, answer.body.outcome]).toEqual([200, "made"]);
  expect(await task()).toMatchObject({ state: "SUCCESS" });
  expect(hook.endpoint.heard).toHaveLength(1);
});

test("after 202 without a decision the close ends the task", async () => {
  hook.endpoint.reply({ status: 202 });
  await scene.open(0);
  await scene.callAll();
  await scene.clock.set(scene.cup.due(0) + 150_000);
  await scene.step();
  expect(await task()).toMatchObject({ state: "FAILURE", code: "round.no_answer" });
});

test("what fails is tried again with the same webhook-id, and a later right answer counts", async () => {
  hook.endpoint.reply(
    { status: 500 },
    { status: 429, headers: { "retry-after": "30" } },
    { status: 200, raw: "{" },
    { status: 200, body: buy },
  );
  await scene.open(0);
  await scene.callAll();
  expect(await task()).toMatchObject({ state: "SUCCESS", attempt: 1 });
  expect(new Set(hook.endpoint.heard.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  expect(await calls()).toMatchObject([
    { attempt: 1, status: 500, code: "webhook.bad_status" },
    { attempt: 2, status: 429, code: "webhook.bad_status" },
    { attempt: 3, status: 200, code: "webhook.bad_answer", detail: "The answer is not valid JSON.", answer: "{" },
    { attempt: 4, status: 200, code: null },
  ]);
  // Retry-After of the second answer, and twice the wait for each call otherwise: 2 s, 30 s, 8 s.
  expect(scene.clock.now()).toBe(scene.cup.due(0) + 40_000);
});

const LARGE = { ...buy, memory: { notes: { text: "x".repeat(64 * 1024) } } };
const BAD: readonly (readonly [string, Reply, string, string])[] = [
  ["500", { status: 500, body: { error: "no" } }, "webhook.bad_status", "The endpoint answered 500."],
  ["201", { status: 201, body: buy }, "webhook.bad_status", "The endpoint answered 201."],
  [
    "a redirect",
    { status: 307, headers: { location: "http://169.254.169.254/" } },
    "webhook.bad_status",
    "Redirects are not followed",
  ],
  ["no JSON", { status: 200, raw: "buy!" }, "webhook.bad_answer", "not valid JSON"],
  ["no UTF-8", (response) => response.end(Buffer.from([0x7b, 0xff, 0x7d])), "webhook.bad_answer", "not valid UTF-8"],
  ["an empty body", { status: 200 }, "webhook.bad_answer", "not valid JSON"],
  ["a list", { status: 200, body: [buy] }, "webhook.bad_answer", "must be an object"],
  ["a price", { status: 200, body: { ...buy, price: 1 } }, "webhook.bad_answer", "price is not a field here"],
  ["no reasoning", { status: 200, body: { orders: [] } }, "webhook.bad_answer", "reasoning is required"],
  [
    "digits that a number loses",
    { status: 200, raw: '{"orders": [], "reasoning": "x", "confidence": 0.1000000000000000055}' },
    "webhook.bad_answer",
    "loses digits",
  ],
  [
    "another round",
    { status: 200, body: { ...buy, round: 1 } },
    "webhook.bad_answer",
    "is for round 1, and round 0 was sent",
  ],
  ["64 KB and more", { status: 200, body: LARGE }, "webhook.bad_answer", "larger than 65536 bytes"],
  ["a body that breaks off", brokenOff, "webhook.unreachable", "in the middle of the answer"],
  ["a connection that breaks", (response) => response.destroy(), "webhook.unreachable", "No connection"],
];

test("each wrong answer is a miss that says what was wrong, and none holds another agent up", async () => {
  await scene.close();
  await start({ entries: BAD.length });
  for (const [n, [, reply]] of BAD.entries()) scene.agents[n]?.endpoint.reply(reply);
  await scene.open(0);
  await scene.callAll();
  const ended = await scene.api.db.query<{ entry_id: string; state: string; code: string; message: string }>(
    "select entry_id, state, error->>'code' as code, error->>'message' as message from tasks where name = 'run_agent_decision'",
  );
  await scene.clock.set(scene.cup.due(0) + 150_000);
  await scene.step();
  const round = await scene.api.get(`/tournaments/${scene.cup.id}/rounds/0`);
  for (const [n, [what, , code, message]] of BAD.entries()) {
    const { id, entryId } = scene.agents[n] as Hooked;
    expect(
      ended.find(({ entry_id }) => entry_id === entryId),
      what,
    ).toMatchObject({
      state: "FAILURE",
      code,
      message: expect.stringMatching(new RegExp(`${message.replaceAll(".", "\\.")}.*\\(7 calls\\)`)),
    });
    expect(round.body.missed).toContainEqual(expect.objectContaining({ agent_id: id, reason: code }));
  }
  expect(await scene.api.db.query("select misses, count(*)::int as entries from entries group by 1")).toEqual([
    { misses: 1, entries: BAD.length },
  ]);
});

test.for([
  ["hangs", hangs],
  ["stops in the middle", halfABody],
  ["drips", slowDrip],
] as const)("an endpoint that %s takes a third of the round, and ends with webhook.timeout", async ([, reply]) => {
  await scene.close();
  await start({ intervalSeconds: 2 });
  hook.endpoint.reply(reply);
  await scene.open(0);
  await scene.run.stepCalls();
  expect(await calls()).toMatchObject([{ code: "webhook.timeout", detail: "No whole answer came within 0.333 s." }]);
  await scene.callAll();
  expect(await task()).toMatchObject({ state: "FAILURE", code: "webhook.timeout" });
});

test("an endpoint that is gone is unreachable, and a name that has moved inside is not called", async () => {
  await hook.endpoint.close();
  await scene.open(0);
  await scene.run.stepCalls();
  expect(await calls()).toMatchObject([{ status: null, code: "webhook.unreachable" }]);
  await scene.api.db.query("update webhooks set url = 'https://inside.example.com/'");
  await scene.clock.add(2000);
  await scene.run.stepCalls();
  expect((await calls())[1]?.detail).toBe("The URL must have a public address.");
});

test("a decision that came by another door meanwhile wins, and the endpoint's answer changes nothing", async () => {
  await scene.open(0);
  hook.endpoint.reply((response) => {
    const decide = scene.api.post(
      `/agents/${hook.id}/decisions?tournament_id=${scene.cup.id}`,
      { round: 0, orders: [], reasoning: "By REST." },
      { key: hook.key },
    );
    void decide.then(() => response.end(JSON.stringify(buy)));
  });
  await scene.callAll();
  expect(await stored()).toMatchObject([{ outcome: "held", door: "rest", reasoning: "By REST." }]);
  expect(await task()).toMatchObject({ state: "SUCCESS" });
});

test("a cancelled task is revoked at the next step, and its endpoint is called no more", async () => {
  hook.endpoint.reply({ status: 500 });
  await scene.open(0);
  await scene.run.stepCalls();
  await scene.api.post(`/tasks/${(await task())?.id}/cancel`);
  await scene.clock.add(5000);
  await scene.callAll();
  expect(await task()).toMatchObject({ state: "REVOKED" });
  expect(hook.endpoint.heard).toHaveLength(1);
});

test("an object that loses its call gets it again with the task's next attempt, and the waits go on", async () => {
  hook.endpoint.reply({ status: 500 }, { status: 200, body: buy });
  await scene.open(0);
  const [entryId = ""] = scene.run.calls.keys();
  await scene.run.stepCalls();
  const kept = scene.run.calls.get(entryId);
  scene.run.calls.clear();
  await scene.clock.add(25_000);
  const { sweep } = await import("../../../../src/engine/sweep.ts");
  await sweep(scene.run.ports, []);
  if (kept) scene.run.calls.set(entryId, kept);
  await scene.run.drain();
  expect(scene.run.calls.get(entryId)).toMatchObject({ calls: 1 });
  expect(scene.run.calls.get(entryId)?.token).not.toBe(kept?.token);
  await scene.callAll();
  expect(await task()).toMatchObject({ state: "SUCCESS" });
});

test("five misses in a row halt the entry, and its endpoint is called no more", async () => {
  hook.endpoint.reply({ status: 500 });
  for (let round = 0; round < 6; round++) {
    await scene.open(round);
    await scene.callAll();
    await scene.clock.set(scene.cup.due(round) + 150_000);
    for (let step = 0; step < 4; step++) await scene.step();
  }
  expect(await scene.api.db.query("select misses, halted_at is not null as halted from entries")).toEqual([
    { misses: 5, halted: true },
  ]);
  expect(scene.run.events).toContainEqual({ event: "halted", tournament_id: scene.cup.id, entry_id: hook.entryId });
  expect(hook.endpoint.heard).toHaveLength(5 * 7);
  const round = await scene.api.get(`/tournaments/${scene.cup.id}/rounds/5`);
  expect(round.body.missed).toMatchObject([{ reason: "agent.halted" }]);
});

test("a changed secret of the deployment is nobody's miss", async () => {
  await scene.api.db.query("update webhooks set secret = $1", [new Uint8Array(60).toBase64()]);
  await scene.open(0);
  await scene.callAll();
  expect(await task()).toMatchObject({ state: "FAILURE", code: "webhook.no_secret" });
  expect(await scene.api.db.query("select misses from entries")).toEqual([{ misses: 0 }]);
  expect(hook.endpoint.heard).toEqual([]);
});

test("in a replay a call has a third of the answer's time, and the round goes on with it", async () => {
  await scene.close();
  await start({ market: "replay", rounds: 2 });
  hook.endpoint.reply({ status: 200, body: buy });
  await scene.step();
  expect([...scene.run.calls.values()]).toMatchObject([{ isReplay: true, patienceMs: 20_000, leftMs: 60_000 }]);
  for (let step = 0; step < 6; step++) {
    await scene.callAll();
    await scene.step();
  }
  expect((await scene.api.get(`/tournaments/${scene.cup.id}`)).body.status).toBe("completed");
  expect(await stored()).toHaveLength(2);
});

test("a replay whose endpoint fails goes on when its time is up", async () => {
  await scene.close();
  await start({ market: "replay", rounds: 1 });
  hook.endpoint.reply({ status: 503 });
  await scene.step();
  await scene.callAll();
  expect(await task()).toMatchObject({ state: "FAILURE", code: "webhook.bad_status" });
  for (let step = 0; step < 4; step++) await scene.step();
  expect((await scene.api.get(`/tournaments/${scene.cup.id}`)).body.status).toBe("completed");
});
