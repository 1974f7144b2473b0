import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Query } from "../../../../src/db/query.ts";
import { findKeys } from "../../../../src/db/statements/keys/find.ts";
import { revokeKey } from "../../../../src/db/statements/keys/revoke.ts";
import { type TestClock, testClock } from "../../../support/builders.ts";
import { closeTestServer } from "../../../support/database.ts";
import { type Answer, type Api, KEY, NOWHERE, openApi } from "../../../support/http-app.ts";

let api: Api;
let clock: TestClock;
beforeAll(async () => {
  api = await openApi();
  clock = await testClock(api.db.query);
});
// More wrong keys come here than an address may bring.
afterEach(async () => void (await api.db.query("delete from wrong_keys")));
afterAll(async () => {
  await api.db.close();
  await closeTestServer();
});

let made = 0;
async function newKey(role: string, fields: Record<string, unknown> = {}, key = KEY): Promise<Answer["body"]> {
  const { status, body } = await api.post("/keys", { role, name: `Key ${made++}`, ...fields }, { key });
  if (status !== 201) throw new Error(JSON.stringify(body));
  return body;
}
async function agentKey(): Promise<Answer["body"] & { agent_id: string }> {
  const agent_id = await api.agent();
  return { ...(await newKey("agent", { agent_id })), agent_id };
}
const whoami = (key: string | null) => api.get("/whoami", { key });
const rotate = (id: string, body: unknown, key = KEY) => api.post(`/keys/${id}/rotate`, body, { key });
const remove = (id: string, key = KEY) => api.call("DELETE", `/keys/${id}`, { key });

test("a key is shown once, works at once, and is stored as a hash alone", async () => {
  const ends = new Date(clock.now() + 3_600_000).toISOString();
  const { body, status } = await api.post("/keys", { role: "viewer", name: "Grafana", expires_at: ends });
  expect(status).toBe(201);
  expect(body).toEqual({
    key_id: expect.any(String),
    key: expect.stringMatching(/^agonus_viewer_[\w-]{43}$/),
    role: "viewer",
    name: "Grafana",
    prefix: body.key.slice(0, "agonus_viewer_".length + 8),
    expires_at: ends,
  });
  const { role, name, prefix, expires_at } = body;
  expect((await whoami(body.key)).body).toEqual({ role, name, prefix, agent_id: null, expires_at });
  const secret = body.key.slice(-30);
  const [row] = await api.db.query("select k::text as text, hash from keys k where id = $1", [body.key_id]);
  expect(
    [row?.text, (await api.get("/keys")).body, api.logged].map((it) => JSON.stringify(it).includes(secret)),
  ).toEqual([false, false, false]);
  expect(row?.hash).toMatch(/^[0-9a-f]{64}$/);
});

test("GET /keys lists all keys, the newest first, and no secret", async () => {
  const { key, key_id, ...shown } = await agentKey();
  await whoami(key);
  const { items } = (await api.get("/keys?limit=1")).body;
  expect(items).toEqual([
    {
      ...shown,
      key_id,
      created_at: expect.any(String),
      last_used_at: new Date(Math.floor(clock.now() / 60_000) * 60_000).toISOString(),
      revoked_at: null,
    },
  ]);
});

test.each([
  ["viewer", []],
  ["agent", []],
  ["operator", ["viewer", "agent"]],
  ["admin", ["viewer", "agent", "operator", "admin"]],
])("a key of the role %s makes keys of the roles %j", async (role, may) => {
  const { key, agent_id } = role === "agent" ? await agentKey() : { ...(await newKey(role)), agent_id: undefined };
  for (const other of ["viewer", "agent", "operator", "admin"]) {
    const agent = other === "agent" ? { agent_id: agent_id ?? (await api.agent()) } : {};
    const { status, body } = await api.post("/keys", { role: other, name: "Made", ...agent }, { key });
    expect([other, status, body.code]).toEqual(
      may.includes(other) ? [other, 201, undefined] : [other, 403, "auth.forbidden"],
    );
  }
});

test("the operator key is an admin without a row", async () => {
  expect((await whoami(KEY)).body).toEqual({
    role: "admin",
    name: "operator",
    prefix: null,
    agent_id: null,
    expires_at: null,
  });
  expect((await whoami(null)).body.code).toBe("auth.required");
});

test.each([
  [{ role: "agent", name: "No agent" }, 422, "agent_id"],
  [{ role: "viewer", name: "An agent", agent_id: NOWHERE }, 422, "agent_id"],
  [{ role: "agent", name: "Unknown agent", agent_id: NOWHERE }, 404, undefined],
  [{ role: "viewer", name: "Past", expires_at: "2020-01-01T00:00:00Z" }, 422, "expires_at"],
  [{ role: "king", name: "Unknown role" }, 422, "role"],
  [{ role: "viewer" }, 422, "name"],
  [{ role: "viewer", name: "More", key: "mine" }, 422, "key"],
])("POST /keys %j is refused with %i", async (body, status, path) => {
  const before = await api.rowCounts();
  const answer = await api.post("/keys", body);
  expect([answer.status, answer.body.errors?.[0]?.path]).toEqual([status, path]);
  expect(await api.rowCounts()).toEqual(before);
});

test("an unknown, an expired and a revoked key get one and the same 401, on open paths too", async () => {
  const expired = await newKey("viewer", { expires_at: new Date(clock.now() + 1000).toISOString() });
  const revoked = await newKey("viewer");
  expect((await whoami(expired.key)).status).toBe(200);
  await remove(revoked.key_id);
  await clock.add(1000);
  const unknown = `agonus_viewer_${"A".repeat(43)}`;
  for (const path of ["/whoami", "/tournaments", "/queues", "/nothing"]) {
    const answers = await Promise.all(
      [expired.key, revoked.key, unknown, "junk", ""].map((key) => api.get(path, { key })),
    );
    const [first] = answers;
    expect([path, first?.status, first?.body.code]).toEqual([path, 401, "auth.wrong_key"]);
    for (const { body } of answers) expect(body).toEqual(first?.body);
  }
});

test("a rotation keeps role, name, agent and end, and the old key works until its grace ends", async () => {
  const ends = new Date(clock.now() + 86_400_000).toISOString();
  const agent_id = await api.agent();
  const old = await newKey("agent", { agent_id, expires_at: ends });
  const { body, status } = await rotate(old.key_id, { grace_seconds: 60 }, old.key);
  expect([status, body]).toEqual([
    201,
    { ...old, key_id: expect.any(String), key: expect.stringMatching(/^agonus_agent_/), prefix: body.prefix },
  ]);
  expect([body.key === old.key, body.key_id === old.key_id]).toEqual([false, false]);
  expect((await whoami(body.key)).body).toMatchObject({ agent_id, expires_at: ends });
  await clock.add(59_999);
  expect((await whoami(old.key)).status).toBe(200);
  // A second rotation within the grace gives a key with the whole time, and does not prolong the grace.
  const third = await rotate(old.key_id, { grace_seconds: 604_800 }, old.key);
  expect(third.body.expires_at).toBe(ends);
  await clock.add(1);
  expect([(await whoami(old.key)).status, (await whoami(body.key)).status]).toEqual([401, 200]);
  expect((await rotate(old.key_id, {})).body.code).toBe("key.ended");
  expect((await rotate(body.key_id, { grace_seconds: 604_801 })).body.errors[0].path).toBe("grace_seconds");
});

test("deleting a key ends it, every key that rotations made from it, and nothing else", async () => {
  const first = await newKey("viewer");
  const second = (await rotate(first.key_id, { grace_seconds: 600 })).body;
  const third = (await rotate(second.key_id, { grace_seconds: 600 })).body;
  const side = (await rotate(first.key_id, { grace_seconds: 600 })).body;
  const works = () => Promise.all([first, second, third, side].map(async ({ key }) => (await whoami(key)).status));
  expect(await works()).toEqual([200, 200, 200, 200]);
  expect((await remove(second.key_id)).status).toBe(204);
  expect(await works()).toEqual([200, 401, 401, 200]);
  expect((await remove(first.key_id, side.key)).status).toBe(403);
  expect((await remove(first.key_id, first.key)).status).toBe(204);
  expect(await works()).toEqual([401, 401, 401, 401]);
  expect((await remove(first.key_id)).status).toBe(204);
  expect((await rotate(first.key_id, {})).body.code).toBe("key.ended");
  expect((await remove(NOWHERE)).body.code).toBe("key.not_found");
});

test("a rotation that races with a deletion leaves no key that works", async () => {
  for (let i = 0; i < 10; i++) {
    const old = await newKey("viewer");
    const [rotated] = await Promise.all([
      rotate(old.key_id, { grace_seconds: 600 }, old.key),
      rotate(old.key_id, { grace_seconds: 600 }),
      remove(old.key_id),
    ]);
    if (rotated?.status === 201) expect((await whoami(rotated.body.key)).status).toBe(401);
  }
  const [row] = await api.db.query(
    "select count(*) as alive from keys k join keys o on o.id = k.replaces where o.revoked_at is not null and k.revoked_at is null",
  );
  expect(row?.alive).toBe(0);
});

test("a rotation that commits while the deletion waits for its key's row is found", async () => {
  const old = await newKey("viewer");
  const id = crypto.randomUUID();
  const revoked = await api.db.session(async (query: Query) => {
    await query("begin");
    await query("select 1 from keys where id = $1 for no key update", [old.key_id]);
    const deletion = revokeKey(api.db.query, old.key_id);
    await api.db.query("select pg_sleep(0.1)");
    await query(
      "insert into keys (id, role, name, prefix, hash, replaces) values ($1::uuid, 'viewer', 'late', 'late', $1::uuid::text, $2)",
      [id, old.key_id],
    );
    await query("commit");
    await deletion;
    return api.db.query("select revoked_at from keys where id = $1", [id]);
  });
  expect(revoked).toEqual([{ revoked_at: expect.any(String) }]);
});

test("a caller who may make such a key may rotate and delete it, and others learn nothing of it", async () => {
  const operator = await newKey("operator");
  const viewer = await newKey("viewer");
  const agent = await agentKey();
  const other = await newKey("operator");
  const codes = async (key: string, id: string) =>
    Promise.all([rotate(id, { grace_seconds: 600 }, key), remove(id, key)].map(async (it) => (await it).status));
  expect(await codes(viewer.key, agent.key_id)).toEqual([403, 403]);
  expect(await codes(agent.key, viewer.key_id)).toEqual([403, 403]);
  expect(await codes(agent.key, NOWHERE)).toEqual([403, 403]);
  expect(await codes(operator.key, other.key_id)).toEqual([403, 403]);
  expect(await codes(operator.key, NOWHERE)).toEqual([404, 404]);
  expect((await rotate(viewer.key_id, {}, operator.key)).status).toBe(201);
  expect((await remove(agent.key_id, operator.key)).status).toBe(204);
  expect((await remove(operator.key_id, operator.key)).status).toBe(204);
  expect((await remove(other.key_id)).status).toBe(204);
});

test("an Idempotency-Key belongs to who sends it", async () => {
  const [a, b] = [await newKey("operator"), await newKey("operator")];
  const make = (key: string, name: string) =>
    api.post("/agents", { name, strategy_type: "momentum" }, { key, headers: { "idempotency-key": "same" } });
  const answers = [await make(KEY, "Of the secret"), await make(a.key, "Of a"), await make(b.key, "Of b")];
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
  const again = await make(a.key, "Of a");
  expect([again.headers.get("idempotency-replayed"), again.body.id]).toEqual(["true", answers[1]?.body.id]);
  expect((await make(a.key, "Of b")).body.code).toBe("request.idempotency_mismatch");
});

test("a repeated request for a key is answered with the key's id, and its secret is stored nowhere", async () => {
  const headers = { "idempotency-key": "one key" };
  const ask = () => api.post("/keys", { role: "viewer", name: "Once" }, { headers });
  const first = await ask();
  expect(first.status).toBe(201);
  const { key, key_id } = first.body;
  for (const _ of [1, 2]) {
    expect(await ask()).toMatchObject({ status: 409, body: { code: "idempotency.secret_shown", key_id } });
  }
  const turn = () => api.post(`/keys/${key_id}/rotate`, {}, { headers: { "idempotency-key": "one turn" } });
  const turned = await turn();
  expect(turned.status).toBe(201);
  expect(await turn()).toMatchObject({
    status: 409,
    body: { code: "idempotency.secret_shown", key_id: turned.body.key_id },
  });
  const rows = await api.db.query<{ text: string }>("select i::text as text from idempotency_keys i");
  expect(rows.some(({ text }) => text.includes(key) || text.includes(turned.body.key))).toBe(false);
  // A request that died before it stored its answer: the repeat finds the key that was made.
  await api.db.query("update idempotency_keys set status = 0, body = body - 'shown_key' where key = 'one key'");
  expect(await ask()).toMatchObject({ status: 409, body: { code: "idempotency.secret_shown", key_id } });
});

test("writes are in the audit under the key's name and prefix, and what a key may not do leaves no row", async () => {
  const { key, name, prefix } = await newKey("operator");
  await api.post("/agents", { name: "By a key", strategy_type: "momentum" }, { key });
  const [row] = (await api.get("/audit?limit=1")).body.items;
  expect([row.actor, row.action]).toEqual([`${name} (${prefix})`, "POST /agents"]);
  const { body } = await api.post("/queues/agents/pause", {}, { key });
  expect(body.paused.by).toBe(`${name} (${prefix})`);
  await api.post("/queues/agents/resume", {}, { key });
  const count = async () => (await api.db.query("select count(*) as n from audit"))[0]?.n;
  const viewer = await newKey("viewer");
  const before = await count();
  expect((await api.post("/queues/agents/pause", {}, { key: viewer.key })).status).toBe(403);
  expect(await count()).toBe(before);
});

test("requests at the same time share a look-up of keys, each other request has its own, and a busy key is written once a minute", async () => {
  const { key, key_id } = await newKey("viewer");
  let statements = 0;
  const query: Query = (text, params) => {
    if (text.includes("join keys k on k.hash = wanted.hash")) statements++;
    return api.db.query(text, params);
  };
  const shared = await openApi({ query });
  for (let nth = 1; nth <= 3; nth++) {
    await shared.get("/whoami", { key });
    expect(statements).toBe(nth);
  }
  await Promise.all(Array.from({ length: 50 }, () => shared.get("/whoami", { key })));
  expect(statements).toBeLessThan(8);
  await shared.db.close();
  const version = async () => (await api.db.query("select xmin::text as version from keys where id = $1", [key_id]))[0];
  const before = await version();
  await whoami(key);
  expect(await version()).toEqual(before);
  await clock.add(60_000);
  await whoami(key);
  expect(await version()).not.toEqual(before);
  expect(await findKeys(api.db.query, ["x", "y"])).toEqual([null, null]);
});

test("an agent that is archived or deleted has no working key", async () => {
  const [archived, deleted] = [await agentKey(), await agentKey()];
  const cup = await api.tournament({ agent_ids: [archived.agent_id] });
  expect(cup.id).toBeDefined();
  for (const { agent_id, key } of [archived, deleted]) {
    expect((await whoami(key)).status).toBe(200);
    expect((await api.call("DELETE", `/agents/${agent_id}`)).status).toBe(204);
    expect((await whoami(key)).status).toBe(401);
  }
});

test("an agent's key changes how the agent presents itself, and nothing that changes how it plays", async () => {
  const { key, agent_id } = await agentKey();
  const change = (body: unknown) => api.patch(`/agents/${agent_id}`, body, { key });
  expect((await change({ personality: "calm" })).body).toMatchObject({ personality: "calm" });
  for (const body of [{ risk_score: "0.9" }, { strategy_type: "value" }, { owner: "me" }, { config: {} }]) {
    const answer = await change({ personality: "wild", ...body });
    expect([answer.status, answer.body.code, answer.body.errors[0].path]).toEqual([
      403,
      "auth.forbidden",
      Object.keys(body)[0],
    ]);
  }
  expect((await api.get(`/agents/${agent_id}`, { key })).body).toMatchObject({ personality: "calm", config: {} });
  const other = await api.agent();
  expect((await api.get(`/agents/${other}`, { key })).body).not.toHaveProperty("config");
});
