import { afterAll, beforeAll, expect, test } from "vitest";
import { sessionAnswer } from "../../../src/api/arena-answers.ts";
import { errorCodes } from "../../../src/core/error-codes.ts";
import { OutOfReach } from "../../../src/db/errors.ts";
import { deleteOld, restOfCleanup } from "../../../src/db/statements/retention/rest.ts";
import { type Env, readSettings } from "../../../src/env.ts";
import { createApp } from "../../../src/http/app.ts";
import { type TestClock, testClock } from "../../support/builders.ts";
import { closeTestServer } from "../../support/database.ts";
import { type Api, type CallOptions, KEY, openApi } from "../../support/http-app.ts";

let api: Api;
let clock: TestClock;
beforeAll(async () => {
  api = await openApi();
  clock = await testClock(api.db.query);
});
afterAll(async () => {
  await api.db.close();
  await closeTestServer();
});

const OPERATOR = { operator: true, role: "admin", name: "operator", agent_id: null, key_id: null };
const NOBODY = { operator: false, role: null, name: null, agent_id: null, key_id: null, expires_at: null };

const HTTPS = "https://agonus.test";

async function signIn(key = KEY, at = "") {
  return api.call("POST", `${at}/session`, { body: { key }, key: null });
}
const cookieOf = (answer: { headers: Headers }) => (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";

/** The headers that a browser sends from one of our own pages. */
const own = (cookie: string, more: Record<string, string> = {}): CallOptions => ({
  key: null,
  headers: { cookie, "x-agonus-session": "1", "sec-fetch-site": "same-origin", ...more },
});

test("the right key opens a session of 12 hours in a cookie that scripts and other sites can't use", async () => {
  const { status, headers, body } = await signIn();
  expect([status, sessionAnswer.strict().parse(body)]).toEqual([
    200,
    { ...OPERATOR, expires_at: new Date(clock.now() + 12 * 3_600_000).toISOString() },
  ]);
  const cookie = headers.get("set-cookie") ?? "";
  expect(cookie).toMatch(/^agonus=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/);
  expect(cookie).not.toContain(KEY);
  const secure = (await signIn(KEY, HTTPS)).headers.get("set-cookie") ?? "";
  expect(secure).toMatch(/^__Host-agonus=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
});

test("a session may read and write everything that the key may", async () => {
  const cookie = cookieOf(await signIn());
  expect((await api.get("/session", own(cookie))).body).toMatchObject({ operator: true });
  expect((await api.get("/queues", own(cookie))).status).toBe(200);
  const made = await api.call("POST", "/agents", {
    ...own(cookie),
    body: { name: "By cookie", strategy_type: "momentum" },
  });
  expect(made.status).toBe(201);
  const [row] = await api.db.query("select actor, action from audit where action = 'POST /agents'");
  expect(row).toEqual({ actor: "operator", action: "POST /agents" });
  // A read needs no session header, such as a plain link in a browser.
  expect((await api.get("/queues", { key: null, headers: { cookie } })).status).toBe(200);
});

test("GET /session without a cookie shows no operator, and a wrong key gets no cookie", async () => {
  expect((await api.see("/session")).body).toEqual(NOBODY);
  const wrong = await signIn("not the key");
  expect(wrong).toMatchObject({ status: 401, body: { code: "auth.wrong_key" } });
  expect(wrong.headers.get("set-cookie")).toBeNull();
  expect((await api.call("POST", "/session", { body: {}, key: null })).status).toBe(422);
});

test.for([
  ["no header of ours", { "sec-fetch-site": "same-origin" }],
  ["another site's page", { "x-agonus-session": "1", "sec-fetch-site": "cross-site" }],
  ["a neighbour on the same site", { "x-agonus-session": "1", "sec-fetch-site": "same-site" }],
  ["another origin", { "x-agonus-session": "1", origin: "https://elsewhere.test" }],
  ["a page without an origin", { "x-agonus-session": "1", origin: "null" }],
  ["a request without Sec-Fetch-Site and Origin", { "x-agonus-session": "1" }],
  [
    "an origin that Sec-Fetch-Site contradicts",
    { "x-agonus-session": "1", "sec-fetch-site": "cross-site", origin: "http://localhost" },
  ],
] as const)("a write by cookie from %s is refused, and nothing is done", async ([, headers]) => {
  const cookie = cookieOf(await signIn());
  const before = await api.rowCounts();
  const answer = await api.call("POST", "/agents", {
    key: null,
    headers: { cookie, ...headers },
    body: { name: "Forged", strategy_type: "momentum" },
  });
  expect(answer).toMatchObject({ status: 403, body: { code: "auth.cross_site" } });
  expect(await api.rowCounts()).toEqual(before);
});

test("a write from an older browser that sends Origin alone is accepted", async () => {
  const cookie = cookieOf(await signIn());
  const { status } = await api.call("POST", "/agents", {
    key: null,
    headers: { cookie, "x-agonus-session": "1", origin: "http://localhost" },
    body: { name: "By origin", strategy_type: "momentum" },
  });
  expect(status).toBe(201);
});

test("a key in the header needs no proof of origin, and the cookie is then ignored", async () => {
  const cookie = cookieOf(await signIn());
  expect((await api.get("/queues", { key: "wrong", headers: { cookie } })).status).toBe(401);
  const made = { name: "By key", strategy_type: "momentum" };
  expect((await api.call("POST", "/agents", { headers: { cookie }, body: made })).status).toBe(201);
});

test("a session ends after 12 hours, and when the key is changed", async () => {
  const cookie = cookieOf(await signIn());
  await clock.add(12 * 3_600_000 - 1);
  expect((await api.get("/queues", own(cookie))).status).toBe(200);
  await clock.add(1);
  expect((await api.get("/queues", own(cookie))).status).toBe(401);
  expect((await api.get("/session", own(cookie))).body).toEqual(NOBODY);
  const fresh = cookieOf(await signIn());
  const other = createApp(() => ({ ...api.deps, operatorKey: "another key of the tests" }));
  const headers = { cookie: fresh };
  expect((await other.request("/queues", { headers })).status).toBe(401);
  expect((await api.app.request("/queues", { headers })).status).toBe(200);
});

test("signing out ends the session: a copy of its cookie stops working, and other sessions go on", async () => {
  const [cookie, another] = [cookieOf(await signIn()), cookieOf(await signIn())];
  const out = await api.call("DELETE", "/session", own(cookie));
  expect([out.status, out.headers.get("set-cookie")]).toEqual([
    204,
    "agonus=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict",
  ]);
  expect((await api.get("/queues", own(cookie))).status).toBe(401);
  expect((await api.get("/session", own(cookie))).body).toEqual(NOBODY);
  expect((await api.get("/queues", own(another))).status).toBe(200);
  // Signing out again, or without any session, is no error.
  expect((await api.call("DELETE", "/session", own(cookie))).status).toBe(204);
  expect((await api.call("DELETE", "/session", { key: null })).status).toBe(204);
});

test("the stored hash of a session opens no session, and the clean-up deletes sessions that have ended", async () => {
  await clock.add(1000);
  const [, token = ""] = cookieOf(await signIn()).split("=");
  const rows = await api.db.query<{ row: string; token_hash: string }>(
    "select s::text as row, token_hash from sessions s",
  );
  expect(rows.length).toBeGreaterThan(0);
  for (const { row, token_hash } of rows) {
    expect(row).not.toContain(token);
    expect((await api.get("/queues", own(`agonus=${token_hash.slice(0, 43)}`))).status).toBe(401);
  }
  const left = async () => (await api.db.query("select 1 from sessions")).length;
  await clock.add(12 * 3_600_000 - 1);
  await deleteOld(api.db.query, "sessions", 5000);
  expect(await left()).toBe(1);
  await clock.add(1);
  await deleteOld(api.db.query, "sessions", 5000);
  expect(await left()).toBe(0);
  expect(restOfCleanup).toEqual(expect.arrayContaining(["sessions", "wrong_keys"]));
});

test("public routes go on answering while the database can't be asked about sessions", async () => {
  const cookie = cookieOf(await signIn());
  const down = createApp(() => ({
    ...api.deps,
    query: (text, params) => {
      if (text.includes("from sessions")) throw new OutOfReach("database", new Error("gone"));
      return api.deps.query(text, params);
    },
  }));
  const headers = { cookie };
  expect((await down.request("/tournaments", { headers })).status).toBe(200);
  for (const path of ["/queues", "/session"]) {
    const answer = await down.request(path, { headers });
    expect([path, answer.status, (await answer.json()) as object]).toMatchObject([
      path,
      503,
      { code: "internal.database" },
    ]);
  }
});

test("a changed token, and a token for another purpose, open no session", async () => {
  const cookie = cookieOf(await signIn());
  const [name = "", token = ""] = cookie.split("=");
  const purge = (await api.post("/queues/agents/purge")).body.token;
  const changed = `${token.slice(0, -1)}${token.endsWith("A") ? "Q" : "A"}`;
  for (const forged of ["", "x", changed, token.slice(1), `${token}A`, purge, "A".repeat(43), "%00".repeat(20)]) {
    expect([forged, (await api.get("/queues", own(`${name}=${forged}`))).status]).toEqual([forged, 401]);
  }
});

/** An app in production, where the edge sets cf-connecting-ip. Each test uses addresses of its own. */
const production = () => createApp(() => ({ ...api.deps, environment: "production" }));
const guess = (app: ReturnType<typeof production>, address: string, key: string, path = "/queues") =>
  app.request(path, { headers: { authorization: `Bearer ${key}`, "cf-connecting-ip": address } });
const signInAt = (app: ReturnType<typeof production>, address: string, key: string) =>
  app.request("/session", { method: "POST", body: JSON.stringify({ key }), headers: { "cf-connecting-ip": address } });
const audited = (outcome: string) =>
  api.db.query<{ actor: string; action: string; details: Record<string, unknown>; text: string }>(
    "select actor, action, details, a::text as text from audit a where details->>'outcome' = $1 order by id",
    [outcome],
  );

test("the 21st wrong key a minute from one address gets 429, and a right key still works", async () => {
  const app = production();
  const statuses: number[] = [];
  for (let i = 0; i < 20; i++) {
    const answer = await (i % 2 ? guess(app, "203.0.113.7", `guess-${i}`) : signInAt(app, "203.0.113.7", `guess-${i}`));
    statuses.push(answer.status);
  }
  expect(statuses).toEqual(Array(20).fill(401));
  await clock.add(15_000);
  for (const answer of [
    await guess(app, "203.0.113.7", "guess"),
    await signInAt(app, "203.0.113.7", "guess"),
    // A public route shows more to a right key, so a wrong key must count there too.
    await guess(app, "203.0.113.7", "guess", "/tournaments"),
  ]) {
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, "45"]);
    expect(await answer.json()).toMatchObject({
      code: "auth.too_many_attempts",
      detail: errorCodes["auth.too_many_attempts"].sentence,
    });
  }
  expect((await guess(app, "203.0.113.7", KEY)).status).toBe(200);
  expect((await signInAt(app, "203.0.113.7", KEY)).status).toBe(200);
  expect((await app.request("/tournaments", { headers: { "cf-connecting-ip": "203.0.113.7" } })).status).toBe(200);
  expect((await guess(app, "203.0.113.8", "guess")).status).toBe(401);
  // The audit has one row for each wrong key up to the limit, and one row for all beyond.
  const wrong = (await audited("wrong key")).filter(({ details }) => details.address === "203.0.113.7");
  expect(wrong.map(({ actor, action }) => `${actor} ${action}`)).toEqual(
    Array.from({ length: 20 }, (_, i) => (i % 2 ? "unknown auth.wrong_key" : "unknown POST /session")),
  );
  expect(wrong[1]?.details).toEqual({ method: "GET", path: "/queues", address: "203.0.113.7", outcome: "wrong key" });
  const many = await audited("too many wrong keys");
  expect(many.length).toBe(1);
  expect([...wrong, ...many].some(({ text }) => text.includes("guess"))).toBe(false);
  await clock.add(45_000);
  expect((await guess(app, "203.0.113.7", "guess")).status).toBe(401);
});

test("all IPv6 addresses of one /64 count together, and outside production the address header is ignored", async () => {
  const app = production();
  for (let i = 0; i < 20; i++) await guess(app, `2001:db8:0:1::${i}`, "guess");
  expect((await guess(app, "2001:0DB8::1:ffff:0:0:1", "guess")).status).toBe(429);
  expect((await guess(app, "2001:db8:0:2::1", "guess")).status).toBe(401);
  const statuses: number[] = [];
  for (let i = 0; i < 21; i++) statuses.push((await guess(api.app, `198.51.100.${i}`, "guess")).status);
  expect([statuses.filter((status) => status === 401).length > 0, statuses.at(-1)]).toEqual([true, 429]);
  expect((await api.get("/queues")).status).toBe(200);
  await clock.add(60_000);
});

test("40 concurrent wrong keys get 20 times 401 and 20 times 429", async () => {
  const app = production();
  const answers = await Promise.all(Array.from({ length: 40 }, () => guess(app, "203.0.113.9", "guess")));
  const statuses = answers.map(({ status }) => status).sort();
  expect(statuses).toEqual([...Array(20).fill(401), ...Array(20).fill(429)]);
});

test("a wrong key that can't be stored is answered 503, and not that the key is wrong", async () => {
  const app = createApp(() => ({
    ...api.deps,
    query: async () => {
      throw new OutOfReach("database", new Error("gone"));
    },
  }));
  const answer = await signInAt(app, "203.0.113.7", "guess");
  expect([answer.status, (await answer.json()) as object]).toMatchObject([503, { code: "internal.audit" }]);
});

test("a configured key under 16 characters is refused at the start, with a sentence", () => {
  const env = (key: string) => ({ DATABASE_URL: "postgres://x", OPERATOR_KEY: key, ENVIRONMENT: "production" }) as Env;
  expect(() => readSettings(env("fifteen letters"))).toThrow(
    /^OPERATOR_KEY has 15 characters: set a random one of at least 16, such as `openssl rand -base64 24` makes$/,
  );
  expect(readSettings(env("sixteen letters!")).operatorKey).toBe("sixteen letters!");
  expect(readSettings(env("")).operatorKey).toBeNull();
});

test("a sign-in stores nothing under an Idempotency-Key, because its body holds the operator key", async () => {
  for (const _ of [1, 2]) {
    const answer = await api.call("POST", "/session", { body: { key: KEY }, headers: { "idempotency-key": "once" } });
    expect([answer.status, cookieOf(answer)]).toEqual([200, expect.stringMatching(/^agonus=[\w-]{43}$/)]);
  }
  expect(await api.db.query("select key from idempotency_keys")).toEqual([]);
});

test("any key signs in, the session may do what the key's role may, and ends with the key", async () => {
  const agent_id = await api.agent();
  const make = async (role: string, more = {}) => (await api.post("/keys", { role, name: role, ...more })).body;
  const viewer = await make("viewer");
  const agent = await make("agent", { agent_id });
  const [reads, plays] = [cookieOf(await signIn(viewer.key)), cookieOf(await signIn(agent.key))];
  expect((await api.get("/session", own(reads))).body).toMatchObject({
    operator: false,
    role: "viewer",
    name: "viewer",
  });
  expect((await api.get("/session", own(plays))).body).toMatchObject({ operator: false, role: "agent", agent_id });
  expect((await api.get("/whoami", own(plays))).body).toMatchObject({ role: "agent", prefix: agent.prefix });
  const asked = async (cookie: string) => [
    (await api.get("/queues", own(cookie))).status,
    (await api.call("POST", "/queues/agents/pause", own(cookie))).status,
  ];
  expect([await asked(reads), await asked(plays)]).toEqual([
    [200, 403],
    [403, 403],
  ]);
  const [row] = await api.db.query(
    "select actor from audit where action = 'POST /session' and actor like 'viewer (%' limit 1",
  );
  expect(row).toEqual({ actor: `viewer (${viewer.prefix})` });
  await api.call("DELETE", `/keys/${viewer.key_id}`);
  expect((await api.get("/session", own(reads))).body).toEqual(NOBODY);
  expect(await asked(reads)).toEqual([401, 401]);
});

test("a sign-in is refused when no key is configured", async () => {
  const closed = await openApi({ operatorKey: null });
  const answer = await closed.call("POST", "/session", { body: { key: "any" }, key: null });
  expect(answer).toMatchObject({ status: 403, body: { code: "auth.not_configured" } });
  await closed.db.close();
});
