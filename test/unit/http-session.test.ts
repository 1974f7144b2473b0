import { afterAll, beforeAll, expect, test } from "vitest";
import { sessionAnswer } from "../../src/core/arena-answers.ts";
import { closeTestServer } from "../database.ts";
import { type Api, type CallOptions, KEY, openApi } from "./http-app.ts";

let api: Api;
let now = Date.UTC(2026, 5, 1);
let attempts = 0;
beforeAll(async () => {
  api = await openApi();
  Object.assign(api.deps.web, { now: () => now, mayTryKey: async () => ++attempts <= 10 });
});
afterAll(async () => {
  await api.db.close();
  await closeTestServer();
});

const HTTPS = "https://agonus.test";

async function signIn(key = KEY, at = "") {
  attempts = 0;
  return api.call("POST", `${at}/session`, { body: { key }, key: null });
}
const cookieOf = (answer: { headers: Headers }) => (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";

/** What a browser sends from one of our own pages. */
const own = (cookie: string, more: Record<string, string> = {}): CallOptions => ({
  key: null,
  headers: { cookie, "x-agonus-session": "1", "sec-fetch-site": "same-origin", ...more },
});

test("the right key opens a session of 12 hours in a cookie that scripts and other sites can't use", async () => {
  const { status, headers, body } = await signIn();
  expect([status, sessionAnswer.strict().parse(body)]).toEqual([
    200,
    { operator: true, expires_at: new Date(now + 12 * 3_600_000).toISOString() },
  ]);
  const cookie = headers.get("set-cookie") ?? "";
  expect(cookie).toMatch(/^agonus=[\w.-]+; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/);
  expect(cookie).not.toContain(KEY);
  const secure = (await signIn(KEY, HTTPS)).headers.get("set-cookie") ?? "";
  expect(secure).toMatch(/^__Host-agonus=[\w.-]+; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
});

test("a session sees and does what the key does", async () => {
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
  // A browser's plain read, without the header.
  expect((await api.get("/queues", { key: null, headers: { cookie } })).status).toBe(200);
});

test("without a session there is none, and no cookie is given for a wrong key", async () => {
  expect((await api.see("/session")).body).toEqual({ operator: false, expires_at: null });
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
  ["nothing that says where from", { "x-agonus-session": "1" }],
  [
    "an origin that the fetch's own word contradicts",
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

test("an older browser's origin will do where it says nothing else", async () => {
  const cookie = cookieOf(await signIn());
  const { status } = await api.call("POST", "/agents", {
    key: null,
    headers: { cookie, "x-agonus-session": "1", origin: "http://localhost" },
    body: { name: "By origin", strategy_type: "momentum" },
  });
  expect(status).toBe(201);
});

test("a key in the header needs no such proof, and counts alone", async () => {
  const cookie = cookieOf(await signIn());
  expect((await api.get("/queues", { key: "wrong", headers: { cookie } })).status).toBe(401);
  const made = { name: "By key", strategy_type: "momentum" };
  expect((await api.call("POST", "/agents", { headers: { cookie }, body: made })).status).toBe(201);
});

test("a session ends after 12 hours, when it is dropped, and when the key is changed", async () => {
  const cookie = cookieOf(await signIn());
  const begun = now;
  now += 12 * 3_600_000 - 1;
  expect((await api.get("/queues", own(cookie))).status).toBe(200);
  now += 1;
  expect((await api.get("/queues", own(cookie))).status).toBe(401);
  now = begun;
  const out = await api.call("DELETE", "/session", own(cookie));
  expect([out.status, out.headers.get("set-cookie")]).toEqual([
    204,
    "agonus=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict",
  ]);
  const other = await openApi({ operatorKey: "another key", web: api.deps.web });
  expect((await other.get("/queues", own(cookie))).status).toBe(401);
  await other.db.close();
});

test("a token that was changed, or was made for something else, opens nothing", async () => {
  const cookie = cookieOf(await signIn());
  const [name = "", token = ""] = cookie.split("=");
  const [body = "", signature = ""] = token.split(".");
  const longer = btoa(JSON.stringify({ session: "x", ends: now * 2 })).replaceAll("=", "");
  const purge = (await api.post("/queues/agents/purge")).body.token;
  for (const forged of ["", "x", `${body}.`, `${longer}.${signature}`, `${body}.${signature.slice(1)}`, purge]) {
    expect([forged, (await api.get("/queues", own(`${name}=${forged}`))).status]).toEqual([forged, 401]);
  }
});

test("guessing is slowed down, right or wrong, and every attempt is in the audit without its key", async () => {
  const tries: number[] = [];
  await signIn("guess");
  for (let i = 0; i < 11; i++) {
    tries.push(
      (await api.call("POST", "/session", { body: { key: i === 10 ? KEY : `guess ${i}` }, key: null })).status,
    );
  }
  expect(tries).toEqual([...Array(9).fill(401), 429, 429]);
  const late = await api.call("POST", "/session", { body: { key: KEY }, key: null });
  expect(late).toMatchObject({ status: 429, body: { code: "auth.too_many_attempts" } });
  expect(late.headers.get("retry-after")).toBe("60");
  const rows = await api.db.query<{ actor: string; text: string }>(
    "select actor, details::text as text from audit where action = 'POST /session'",
  );
  expect(rows.filter(({ actor }) => actor === "unknown").length).toBeGreaterThanOrEqual(10);
  expect(rows.some(({ text }) => /guess|operator-key/.test(text))).toBe(false);
  attempts = 0;
});

test("where no key is configured nobody signs in", async () => {
  const closed = await openApi({ operatorKey: null });
  const answer = await closed.call("POST", "/session", { body: { key: "any" }, key: null });
  expect(answer).toMatchObject({ status: 403, body: { code: "auth.not_configured" } });
  await closed.db.close();
});
