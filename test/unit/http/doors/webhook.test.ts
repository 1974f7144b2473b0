/** /agents/{id}/webhook: its last answers, a test call, and the rotation of its secret. */
import { Webhook } from "standardwebhooks";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { agonusRound } from "../../../../src/api/round.ts";
import { closeTestServer } from "../../../support/database.ts";
import type { Heard } from "../../../support/webhooks/endpoint.ts";
import { type Hooked, type WebhookScene, webhookScene } from "../../../support/webhooks/scene.ts";

let scene: WebhookScene;
let hook: Hooked;
let other: Hooked;
beforeEach(async () => {
  scene = await webhookScene({ entries: 2 });
  [hook, other] = scene.agents as [Hooked, Hooked];
});
afterEach(() => scene.close());
afterAll(closeTestServer);

const path = (rest = "") => `/agents/${hook.id}/webhook${rest}`;
const tested = () => scene.api.post(path("/test"), undefined, { key: hook.key });
const rotated = (body?: unknown, headers: Record<string, string> = {}) =>
  scene.api.post(path("/rotate"), body, { key: hook.key, headers });
const signatures = ({ headers }: Heard) => String(headers["webhook-signature"]).split(" ");
const signs = (heard: Heard, secret: string) => {
  const at = new Date(Number(heard.headers["webhook-timestamp"]) * 1000);
  return signatures(heard).includes(new Webhook(secret).sign(String(heard.headers["webhook-id"]), at, heard.body));
};
const lastHeard = () => hook.endpoint.heard.at(-1) as Heard;

test("a test sends a sample round, signed, shows the answer and stores no decision", async () => {
  hook.endpoint.reply({ status: 200, body: { orders: [], reasoning: "Nothing to do." } });
  const { status, body } = await tested();
  expect([status, body]).toMatchObject([
    200,
    {
      status: 200,
      outcome: "decision",
      code: null,
      detail: null,
      decision: { round: 0, orders: [], reasoning: "Nothing to do." },
      answer: '{"orders":[],"reasoning":"Nothing to do."}',
    },
  ]);
  expect(lastHeard().headers["webhook-id"]).toBe(body.webhook_id);
  expect(agonusRound.parse(JSON.parse(lastHeard().body)).tournament.name).toBe("Sample");
  expect(signs(lastHeard(), hook.secret)).toBe(true);
  expect(await scene.api.db.query("select from decisions")).toEqual([]);
});

test("a test says what is wrong with an answer, and ten a minute are enough", async () => {
  hook.endpoint.reply({ status: 500, raw: "oops" });
  for (let n = 0; n < 10; n++) {
    expect((await tested()).body).toMatchObject({
      outcome: "fault",
      status: 500,
      code: "webhook.bad_status",
      answer: "oops",
    });
  }
  expect(await tested()).toMatchObject({ status: 429, body: { code: "webhook.too_many_tests" } });
  await scene.clock.add(61_000);
  hook.endpoint.reply({ status: 202 });
  expect((await tested()).body).toMatchObject({ outcome: "later", code: null });
});

test("during a rotation's grace both secrets sign, and after it the new one alone", async () => {
  const { status, body } = await rotated({ grace_seconds: 60 });
  expect([status, body]).toEqual([
    201,
    {
      agent_id: hook.id,
      webhook_secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/),
      grace_ends_at: new Date(scene.clock.now() + 60_000).toISOString(),
    },
  ]);
  await tested();
  expect([signs(lastHeard(), body.webhook_secret), signs(lastHeard(), hook.secret)]).toEqual([true, true]);
  await scene.clock.add(61_000);
  await tested();
  expect([signs(lastHeard(), body.webhook_secret), signs(lastHeard(), hook.secret)]).toEqual([true, false]);
  expect((await scene.api.get(path(), { key: hook.key })).body.grace_ends_at).toBeNull();
  const second = await rotated();
  expect(second.body.grace_ends_at).toBeNull();
  await tested();
  expect(signatures(lastHeard())).toHaveLength(1);
});

test("a repeated rotation under one Idempotency-Key shows no secret again", async () => {
  const headers = { "idempotency-key": "rotate-once" };
  const first = await rotated({ grace_seconds: 60 }, headers);
  expect(first.status).toBe(201);
  const again = await rotated({ grace_seconds: 60 }, headers);
  expect([again.status, again.body.code]).toEqual([409, "idempotency.secret_shown"]);
  await tested();
  expect(signs(lastHeard(), first.body.webhook_secret)).toBe(true);
});

test("a rotation whose answer was lost keeps the secret that the endpoint knows", async () => {
  const headers = { "idempotency-key": "lost" };
  await rotated({ grace_seconds: 600 }, headers);
  // As if the Worker had died before it noted the answer.
  await scene.api.db.query("update idempotency_keys set status = null, created_at = agonus_now() - interval '1 hour'");
  await scene.clock.add(60_000);
  const again = await rotated({ grace_seconds: 600 }, headers);
  expect(again.status).toBe(201);
  await tested();
  expect([signs(lastHeard(), again.body.webhook_secret), signs(lastHeard(), hook.secret)]).toEqual([true, true]);
});

test("the endpoint's page has its last answers, the newest first, and no secret", async () => {
  hook.endpoint.reply({ status: 500 }, { status: 204 });
  await scene.open(0);
  await scene.callAll();
  for (let n = 0; n < 19; n++) {
    await scene.clock.add(10_000);
    expect((await tested()).status).toBe(200);
  }
  const { status, body } = await scene.api.get(path(), { key: hook.key });
  expect([status, body.agent_id, body.webhook_url]).toEqual([200, hook.id, hook.endpoint.url]);
  expect(body.calls).toHaveLength(20);
  expect(body.calls[0]).toMatchObject({ test: true, status: 204, code: null, tournament_id: null, round: null });
  expect(body.calls[19]).toMatchObject({
    test: false,
    tournament_id: scene.cup.id,
    round: 0,
    attempt: 2,
    status: 204,
    webhook_id: hook.endpoint.heard[0]?.headers["webhook-id"],
  });
  expect(JSON.stringify(body)).not.toContain("whsec_");
});

test("the paths are for the agent's own key and for operators, and for agents with a webhook", async () => {
  for (const call of [
    () => scene.api.get(path(), { key: other.key }),
    () => scene.api.post(path("/test"), undefined, { key: other.key }),
    () => scene.api.post(path("/rotate"), undefined, { key: other.key }),
  ]) {
    expect((await call()).status).toBe(403);
  }
  expect((await scene.api.get(path())).status).toBe(200);
  const house = await scene.api.agent();
  for (const rest of ["/test", "/rotate"]) {
    expect((await scene.api.post(`/agents/${house}/webhook${rest}`)).body.code).toBe("webhook.not_found");
  }
  expect((await scene.api.get(`/agents/${house}/webhook`)).body.code).toBe("webhook.not_found");
  expect((await rotated({ grace_seconds: -1 })).status).toBe(422);
});
