/** Agents of the kind webhook: their address is checked, and their secrets are shown once and stored sealed. */
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { makeVault } from "../../../../src/rounds/doors/webhook/vault.ts";
import { closeTestServer } from "../../../support/database.ts";
import { type Api, KEY, openApi } from "../../../support/http-app.ts";
import { randomBytes, testWebhooks } from "../../../support/webhooks/webhooks.ts";

let api: Api;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.db.close());
afterAll(closeTestServer);

const URL = "https://agent.example.com/hook";
const make = (fields: Record<string, unknown> = {}, headers: Record<string, string> = {}) =>
  api.post("/agents", { name: "Hook", kind: "webhook", webhook_url: URL, ...fields }, { headers });

test("an operator makes an agent that we call, and sees its two secrets once", async () => {
  const { status, body } = await make();
  expect([status, body.kind, body.strategy_type, body.agent_id]).toEqual([201, "webhook", "webhook", body.id]);
  expect(body.webhook_secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(body.key).toMatch(/^agonus_agent_[\w-]{43}$/);
  const who = await api.get("/whoami", { key: body.key });
  expect(who.body).toMatchObject({ role: "agent", agent_id: body.id });
  for (const seen of [await api.get(`/agents/${body.id}`), await api.get("/agents"), await api.get("/audit")]) {
    expect(JSON.stringify(seen.body)).not.toContain("whsec_");
  }
});

test("the secret is stored sealed: for its agent, under the deployment's secret", async () => {
  const { body } = await make();
  const [row] = await api.db.query<{ url: string; secret: string }>("select url, secret from webhooks");
  expect(row?.url).toBe(URL);
  const sealed = row?.secret ?? "";
  expect(await makeVault(KEY, randomBytes).open(body.id, sealed)).toBe(body.webhook_secret);
  expect(await makeVault("another secret", randomBytes).open(body.id, sealed)).toBeNull();
  expect(await makeVault(KEY, randomBytes).open("another agent", sealed)).toBeNull();
  const changed = Uint8Array.fromBase64(sealed);
  changed[20] = (changed[20] ?? 0) ^ 1;
  expect(await makeVault(KEY, randomBytes).open(body.id, changed.toBase64())).toBeNull();
});

test.for([
  ["http://agent.example.com/", "https"],
  ["https://10.0.0.1/", "public address"],
  ["https://inside.example.com/", "public address"],
  ["https://half-inside.example.com/", "public address"],
  ["https://nobody.example.com/", "without an address"],
  ["https://broken.example.com/", "could not be looked up"],
])("%s is refused: %s", async ([webhook_url, why]) => {
  const { status, body } = await make({ webhook_url });
  expect([status, body.code, body.errors[0].path]).toEqual([422, "webhook.bad_url", "webhook_url"]);
  expect(body.errors[0].message).toContain(why);
  expect((await api.get("/agents")).body.items).toEqual([]);
});

test("the URL belongs to the kind", async () => {
  expect((await make({ webhook_url: undefined })).body.errors).toEqual([
    { path: "webhook_url", message: "is required for the kind webhook" },
  ]);
  expect((await make({ kind: "outside" })).body.errors[0].path).toBe("webhook_url");
});

test("a repeat under the same Idempotency-Key makes no second agent and shows no secret", async () => {
  const headers = { "idempotency-key": "once" };
  const first = await make({}, headers);
  expect(first.status).toBe(201);
  const { status, body } = await make({}, headers);
  expect([status, body.code, body.key_id]).toEqual([409, "idempotency.secret_shown", first.body.key_id]);
  expect((await api.get("/agents")).body.items).toHaveLength(1);
});

test("a deployment without a secret makes none", async () => {
  const { status, body } = await (async () => {
    await api.db.close();
    api = await openApi({ webhooks: testWebhooks(KEY, { vault: null }) });
    return make();
  })();
  expect([status, body.code]).toEqual([403, "auth.not_configured"]);
});
