/** Limits for requests without a key: bodies are bounded before they are read, and errors repeat little input. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createApp } from "../../../src/http/app.ts";
import { closeTestServer } from "../../support/database.ts";
import { type Api, KEY, NOWHERE, openApi } from "../../support/http-app.ts";

let api: Api;
beforeAll(async () => {
  api = await openApi();
});
afterEach(async () => void (await api.db.query("delete from wrong_keys")));
afterAll(async () => {
  await api.db.close();
  await closeTestServer();
});

const routes = () => {
  const all = api.app.routes.filter(({ method }) => method !== "ALL").map(({ method, path }) => `${method} ${path}`);
  return [...new Set(all)].map((route) => route.split(" ") as [string, string]);
};
const WHAT =
  "name strategy strategy_type market symbols starts_at ends_at interval_seconds starting_cash prize_pool rules config limits";
const FIELDS = `${WHAT} args filter ids action token key reason agent_ids countdown eta unique bulk_id abort dry_run scheduled avatar_url owner params`;

test("no error repeats more than 200 characters of the path, query, headers or body", {
  timeout: 120_000,
}, async () => {
  const q = "Q".repeat(3000);
  const names = Array.from({ length: 300 }, (_, i) => `QQQQQQQQQQ${i}`);
  const all = FIELDS.split(" ");
  const bodies = [
    { [q]: 1 },
    Object.fromEntries(names.map((name) => [name, 1])),
    { args: Object.fromEntries(names.map((name) => [name, 1])), name: "check_tournament_transitions" },
    { args: { [q]: { [q]: "\u0000" } }, rules: { [q]: 1 }, config: { [q]: 1, params: { [q]: 1 } }, filter: { [q]: 1 } },
    Object.fromEntries(all.map((name) => [name, q])),
    Object.fromEntries(all.map((name) => [name, [q, { [q]: q }]])),
    ...all.map((name) => ({ [name]: q })),
    { name: q.slice(0, 80), strategy: q.slice(0, 80), key: q.slice(0, 900) },
  ].map((body) => JSON.stringify(body));
  bodies.push(q, `{"${q}`, `{"a": ${q}}`, `"${q}"`);
  const queries = [`?${q}=1`, `?a=${q}`, `?${names.join("&")}`, `?${q}=1&${q}=2`, `?${"QQQQ=1&".repeat(1000)}`];
  for (const field of [
    "cursor",
    "limit",
    "q",
    "state",
    "since",
    "wait",
    "round",
    "tournament_id",
    "agent_id",
    "status",
    "resume",
  ])
    queries.push(`?${field}=${q}`);
  const far: string[] = [];
  const check = async (what: string, asked: Response | Promise<Response>) => {
    const answer = await asked;
    const text = `${await answer.text()} ${[...answer.headers].join(" ")}`;
    const repeated = text.split("Q").length - 1;
    if (answer.status >= 400 && repeated > 200) far.push(`${what}: ${answer.status}, ${repeated} of it`);
  };
  const headers = { authorization: `Bearer ${KEY}` };
  for (const [method, path] of routes()) {
    const at = path.replaceAll(/:\w+/g, NOWHERE);
    await check(`${method} ${path} by path`, api.app.request(path.replaceAll(/:\w+/g, q), { method, headers }));
    await check(`PUT ${path}`, api.app.request(path.replaceAll(/:\w+/g, q), { method: "PUT", headers }));
    for (const query of queries)
      await check(`${method} ${path}${query.slice(0, 20)}`, api.app.request(at + query, { method, headers }));
    if (method === "GET" || method === "DELETE") continue;
    for (const body of bodies)
      await check(`${method} ${path} ${body.slice(0, 30)}`, api.app.request(at, { method, headers, body }));
  }
  for (const name of [
    "authorization",
    "cookie",
    "idempotency-key",
    "accept",
    "upgrade",
    "if-none-match",
    "x-agonus-session",
  ]) {
    const given = name === "authorization" ? { authorization: `Bearer ${q}` } : { ...headers, [name]: q };
    await check(name, api.app.request("/tasks", { method: "POST", headers: given, body: "{}" }));
    await check(name, api.app.request("/tournaments?a=1", { headers: given }));
  }
  expect(far).toEqual([]);
});

test("errors still name the wrong fields, with long names shortened", async () => {
  const { body } = await api.post("/tournaments", { nmae: "Cup", [`l${"o".repeat(500)}ng`]: 1 });
  expect(body.errors).toContainEqual({ path: "nmae", message: "is not a field here" });
  expect(body.errors).toContainEqual({ path: `l${"o".repeat(78)}…`, message: "is not a field here" });
});

test("a path and query of more than 16,000 characters are refused with 414", async () => {
  for (const path of [`/${"a".repeat(16_000)}`, `/tournaments?${"a&".repeat(8000)}`]) {
    expect(await api.see(path)).toMatchObject({ status: 414, body: { code: "request.uri_too_long" } });
  }
});

/** A body without a length that never ends, and a count of the bytes that were read from it. */
function endless(part: string) {
  const read = { bytes: 0 };
  const bytes = new TextEncoder().encode(part);
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      read.bytes += bytes.byteLength;
      controller.enqueue(bytes);
    },
  });
  return { read, init: { method: "POST", body, duplex: "half" } as RequestInit };
}

test("a sign-in of more than 4,000 bytes is refused before it is parsed, with or without a length", async () => {
  const key = "x".repeat(4000);
  const said = await api.call("POST", "/session", { body: { key }, key: null, headers: { "content-length": "4010" } });
  const unsaid = await api.call("POST", "/session", { body: { key }, key: null });
  for (const answer of [said, unsaid]) {
    expect(answer).toMatchObject({ status: 413, body: { detail: "The body is larger than 4000 bytes." } });
  }
  expect((await api.call("POST", "/session", { raw: `${" ".repeat(3900)}{"key":"x"}`, key: null })).status).toBe(401);
  const { read, init } = endless('{"key":"'.repeat(1000));
  const answer = await api.app.request("/session", init);
  expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([413, "request.too_large"]);
  expect(read.bytes).toBeLessThan(34_000_000);
});

test("a body without a key is not parsed outside the sign-in, and is refused above the limit", async () => {
  expect((await api.call("POST", "/agents", { raw: "{not json", key: null })).status).toBe(401);
  // These bytes are not UTF-8: code that decoded them would answer 400.
  const body = new Uint8Array([0xff, 0xfe]);
  expect((await api.app.request("/agents", { method: "POST", body })).status).toBe(401);
  expect((await api.call("POST", "/agents", { raw: "x".repeat(1_000_001), key: null })).status).toBe(413);
  const { read, init } = endless("x".repeat(100_000));
  expect((await api.app.request("/agents", init)).status).toBe(413);
  expect(read.bytes).toBeLessThan(34_000_000);
});

const NAMES = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "__defineGetter__", "prototype"];

test("names such as __proto__ and constructor are unknown fields in queries and bodies", async () => {
  const lists = routes().filter(
    ([method, path]) =>
      method === "GET" && /^\/(tournaments|agents|trades|tasks|prices|errors|audit|bulk|recoveries)$/.test(path),
  );
  expect(lists.length).toBeGreaterThan(6);
  for (const name of NAMES) {
    for (const [, path] of lists) {
      for (const query of [
        `?${name}=1`,
        `?${name}=1&${name}=2`,
        `?limit=1&${encodeURIComponent(name).replace("_", "%5F")}=1`,
      ]) {
        const { status, body } = await api.get(path + query);
        expect([path + query, status, body.errors?.[0]?.path]).toEqual([path + query, 422, name]);
      }
    }
    for (const [path, body] of [
      ["/tournaments", `{"${name}": {"a": 1}}`],
      ["/agents", `{"name": "x", "${name}": 1}`],
      ["/agents", `{"name": "x", "config": {"${name}": {}}}`],
      ["/tasks", `{"name": "check_tournament_transitions", "args": {"${name}": 1}}`],
      ["/bulk", `{"action": "retry", "filter": {"${name}": "1"}}`],
      ["/session", `{"key": "x", "${name}": "1"}`],
    ] as const) {
      const answer = await api.call("POST", path, { raw: body });
      const paths = answer.body.errors?.map((error: { path: string }) => error.path).join(" ");
      expect([path, body, answer.status, paths]).toEqual([path, body, 422, expect.stringContaining(name)]);
    }
  }
});

test("values such as __proto__ and constructor match no task, strategy, queue or state", async () => {
  const before = await api.rowCounts();
  for (const name of NAMES) {
    const answers = await Promise.all([
      api.post("/tasks", { name, args: {} }),
      api.post("/agents", { name: "x", strategy: name }),
      api.post("/agents", { name: "x", strategy_type: name }),
      api.post("/tournaments", { name: "x", market: name, symbols: [name] }),
      api.post(`/queues/${name}/pause`),
      api.post(`/schedules/${name}/run`),
      api.get(`/tasks?state=${name}`),
      api.get(`/tasks?queue=${name}`),
      api.post("/bulk", { action: name, ids: [NOWHERE] }),
    ]);
    expect([name, answers.map(({ status }) => status)]).toEqual([name, [422, 422, 422, 422, 404, 404, 422, 422, 422]]);
    // A filter by an argument of that name is valid and finds nothing.
    expect((await api.get(`/tasks?args.${name}=1`)).body.items).toEqual([]);
  }
  expect(await api.rowCounts()).toEqual(before);
});

test("every answer in production has Strict-Transport-Security; elsewhere none has", async () => {
  for (const [environment, expected] of [
    ["production", "max-age=31536000"],
    ["staging", null],
    ["local", null],
  ] as const) {
    const app = createApp(() => ({ ...api.deps, environment }));
    for (const path of ["/", "/health", "/nothing", "/queues", "/signin"]) {
      const answer = await app.request(path, { headers: { accept: "text/html" } });
      expect([environment, path, answer.headers.get("strict-transport-security")]).toEqual([
        environment,
        path,
        expected,
      ]);
    }
  }
});

test("a file under /assets is cached for a year, and a 404 under /assets is not cached", async () => {
  const kept = "public, max-age=31536000, immutable";
  const web = {
    ...api.deps.web,
    // The platform applies public/_headers by path, so a missing file gets the same cache header.
    file: async (path: string, etag?: string) =>
      new Response(path === "/assets/app-1.js" && etag !== "e" ? "code" : null, {
        status: path !== "/assets/app-1.js" ? 404 : etag === "e" ? 304 : 200,
        headers: { "cache-control": kept, etag: "e" },
      }),
  };
  const app = createApp(() => ({ ...api.deps, web }));
  const there = await app.request("/assets/app-1.js");
  expect([there.status, there.headers.get("cache-control"), await there.text()]).toEqual([200, kept, "code"]);
  expect((await app.request("/assets/app-1.js", { headers: { "if-none-match": "e" } })).status).toBe(304);
  for (const accept of ["*/*", "text/html"]) {
    const gone = await app.request("/assets/app-2.js", { headers: { accept } });
    expect([accept, gone.status >= 400, gone.headers.get("cache-control")]).toEqual([accept, true, "no-store"]);
  }
});
