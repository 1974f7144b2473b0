import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { errorCodes } from "../../../../src/core/error-codes.ts";
import { OutOfReach } from "../../../../src/db/errors.ts";
import { closeTestServer } from "../../../support/database.ts";
import { type Api, KEY, NOWHERE, openApi } from "../../../support/http-app.ts";

let api: Api;
let closed: Api;
beforeAll(async () => {
  api = await openApi();
  closed = await openApi({ operatorKey: null });
});
// More wrong keys come here than an address may bring.
afterEach(async () => void (await api.db.query("delete from wrong_keys")));
afterAll(async () => {
  await api.db.close();
  await closed.db.close();
  await closeTestServer();
});

const writes = [
  ["POST", "/tournaments"],
  ["PATCH", `/tournaments/${NOWHERE}`],
  ["DELETE", `/tournaments/${NOWHERE}`],
  ["DELETE", `/tournaments/${NOWHERE}/agents/${NOWHERE}`],
  ["POST", `/tournaments/${NOWHERE}/start`],
  ["POST", `/tournaments/${NOWHERE}/pause`],
  ["POST", `/tournaments/${NOWHERE}/resume`],
  ["POST", `/tournaments/${NOWHERE}/cancel`],
  ["POST", `/tournaments/${NOWHERE}/initialize`],
  ["POST", `/tournaments/${NOWHERE}/invites`],
  ["DELETE", `/invites/${NOWHERE}`],
  ["POST", "/candle-sources"],
  ["POST", "/agents"],
  ["POST", "/keys"],
  ["POST", `/keys/${NOWHERE}/rotate`],
  ["DELETE", `/keys/${NOWHERE}`],
  ["PATCH", `/agents/${NOWHERE}`],
  ["DELETE", `/agents/${NOWHERE}`],
  ["POST", `/agents/${NOWHERE}/run`],
  ["POST", `/agents/${NOWHERE}/recover`],
  ["POST", `/agents/${NOWHERE}/decisions`],
  ["POST", `/agents/${NOWHERE}/practice`],
  ["POST", `/agents/${NOWHERE}/webhook/rotate`],
  ["POST", `/agents/${NOWHERE}/webhook/test`],
  ["POST", `/agents/${NOWHERE}/resume`],
  ["POST", "/tasks"],
  ["PATCH", `/tasks/${NOWHERE}`],
  ["POST", `/tasks/${NOWHERE}/retry`],
  ["POST", `/tasks/${NOWHERE}/cancel`],
  ["POST", "/bulk"],
  ["POST", `/bulk/${NOWHERE}/resume`],
  ["PATCH", `/queues/${NOWHERE}`],
  ["POST", `/queues/${NOWHERE}/pause`],
  ["POST", `/queues/${NOWHERE}/resume`],
  ["POST", `/queues/${NOWHERE}/purge`],
  ["POST", `/queues/${NOWHERE}/redrive`],
  ["POST", `/schedules/${NOWHERE}/run`],
  ["POST", `/schedules/${NOWHERE}/pause`],
  ["POST", `/schedules/${NOWHERE}/resume`],
] as const;

test.each(writes)("%s %s needs the operator key", async (method, path) => {
  const without = await api.call(method, path, { key: null });
  expect(without).toMatchObject({ status: 401, body: { code: "auth.required", status: 401 } });
  expect(without.headers.get("www-authenticate")).toMatch(/^Bearer/);
  const wrong = await api.call(method, path, { key: "not-the-key" });
  expect(wrong).toMatchObject({ status: errorCodes["auth.wrong_key"].status, body: { code: "auth.wrong_key" } });
});

test.each(writes)("%s %s is closed where no key is configured, whatever key comes", async (method, path) => {
  for (const key of ["", "null", "undefined", "anything", null]) {
    const answer = await closed.call(method, path, { key });
    expect(answer).toMatchObject({ status: 403, body: { code: "auth.not_configured" } });
  }
});

/** Anyone may sign in or out (session.test.ts), join by a code (invites/join.test.ts), and call two tools (mcp.test.ts). */
const OPEN = ["POST /session", "DELETE /session", "POST /join", "POST /mcp"];

test("every route that isn't a GET is in the list of those that need the key", () => {
  const routes = api.app.routes.filter(
    ({ method, path }) => !["GET", "ALL"].includes(method) && !OPEN.includes(`${method} ${path}`),
  );
  const shapes = routes.map(({ method, path }) => `${method} ${path.replace(/:\w+/g, NOWHERE)}`);
  expect([...new Set(shapes)].sort()).toEqual(writes.map((write) => write.join(" ")).sort());
});

test("reads of the arena are open", async () => {
  for (const path of ["/", "/health", "/tournaments", "/agents", "/trades", "/prices"]) {
    expect([path, (await closed.see(path)).status]).toEqual([path, 200]);
  }
});

test("a key is the operator's only when every byte is", async () => {
  expect((await api.get("/queues")).status).toBe(200);
  for (const key of [KEY.slice(0, -1), `${KEY}x`, KEY.toUpperCase(), `x${KEY}`, KEY.replace("-", "_")]) {
    expect([key, (await api.get("/queues", { key })).status]).toEqual([key, 401]);
  }
});

test("an error is a problem document with its code, status and sentence", async () => {
  const { status, headers, body } = await api.get("/nothing/here");
  expect(status).toBe(404);
  expect(headers.get("content-type")).toBe("application/problem+json");
  expect(body).toEqual({
    type: "about:blank",
    title: "Not found",
    status: 404,
    code: "request.not_found",
    detail: errorCodes["request.not_found"].sentence,
  });
});

test("every answer, and its line in the log, carries the correlation id", async () => {
  for (const path of ["/", "/nothing"]) {
    expect((await api.get(path)).headers.get("x-correlation-id")).toBe("correlation-of-the-test");
    expect(api.logged.at(-1)).toMatchObject({ event: "request", path, correlation_id: "correlation-of-the-test" });
  }
});

test("no log line holds the operator key", async () => {
  await api.get(`/tournaments?status=live`);
  await api.call("PUT", "/tournaments");
  expect(JSON.stringify(api.logged)).not.toContain("operator-key");
});

test("a wrong method is answered 405 with the methods of the path", async () => {
  const put = await api.call("PUT", `/tournaments/${NOWHERE}`, { raw: "{}" });
  expect(put).toMatchObject({ status: 405, body: { code: "request.method_not_allowed" } });
  expect(put.headers.get("allow")).toBe("DELETE, GET, HEAD, OPTIONS, PATCH");
  expect((await api.call("GET", `/tournaments/${NOWHERE}/start`)).headers.get("allow")).toBe("OPTIONS, POST");
  expect((await api.call("OPTIONS", "/agents")).status).toBe(204);
  expect((await api.call("HEAD", "/agents")).status).toBe(200);
});

test("a body over 1 MB is refused on every path, whether or not it says its length", async () => {
  const raw = JSON.stringify({ name: "x".repeat(1_000_001) });
  for (const path of ["/agents", "/tournaments", `/tournaments/${NOWHERE}/start`, "/nothing"]) {
    const answer = await api.call("POST", path, { raw });
    expect([path, answer.status, answer.body.code]).toEqual([path, 413, "request.too_large"]);
    const declared = await api.call("POST", path, { raw: "{}", headers: { "content-length": "1000001" } });
    expect([path, declared.status]).toEqual([path, 413]);
  }
  expect((await api.call("POST", "/agents", { raw: `{"name": "${"x".repeat(999_000)}"}` })).status).toBe(422);
});

test("an internal error shows nothing of its inside", async () => {
  const broken = await openApi({
    query: async () => {
      throw new Error("relation secret_table does not exist at 10.0.0.7");
    },
  });
  const { status, body } = await broken.get("/tournaments");
  expect(status).toBe(500);
  expect(body.code).toBe("internal.unexpected");
  expect(JSON.stringify(body)).not.toMatch(/secret_table|10\.0\.0\.7|at .*\.ts/);
  expect(broken.logged).toContainEqual(
    expect.objectContaining({ event: "request_failed", error: expect.stringContaining("secret_table") }),
  );
  await broken.db.close();
});

test.each([
  ["a server that goes down", () => Object.assign(new Error("terminating connection"), { code: "57P01" })],
  ["a failover that reads only", () => Object.assign(new Error("read-only transaction"), { code: "25006" })],
  ["an internal error of it", () => Object.assign(new Error("corrupted"), { code: "XX000" })],
  ["no answer", () => new OutOfReach("database", new Error("Server error (HTTP status 502): "))],
])("a database that is out of reach (%s) is a 503 that may be tried again", async (_, fault) => {
  const query = async () => {
    throw fault();
  };
  const down = await openApi({ query });
  const list = await down.get("/agents");
  expect(list).toMatchObject({ status: 503, body: { code: "internal.database" } });
  expect(list.headers.get("retry-after")).toBe("2");
  expect(await down.get("/health")).toMatchObject({ status: 503, body: { status: "failing", database: "failing" } });
  await down.db.close();
});

test("health shows the age of both clocks, and fails when a clock is late", async () => {
  const beat = (name: string, ago: number) =>
    api.db.query(
      `insert into clocks (name, beat_at) values ($1, agonus_now() - make_interval(secs => $2))
       on conflict (name) do update set beat_at = excluded.beat_at`,
      [name, ago],
    );
  expect(await api.see("/health")).toMatchObject({
    status: 200,
    body: { status: "starting", version: "test-version" },
  });
  // Clocks that never start are as dead as those that stop.
  await api.db.query(`update clocks set beat_at = beat_at - interval '121 seconds'`);
  expect(await api.see("/health")).toMatchObject({ status: 503, body: { status: "failing" } });
  await beat("cron", 30);
  expect(await api.see("/health")).toMatchObject({ status: 503, body: { status: "failing" } });
  await beat("beat", 5);
  const well = await api.see("/health");
  expect(well).toMatchObject({ status: 200, body: { status: "ok", database: "ok" } });
  expect(well.body.clocks.cron.age_seconds).toBeCloseTo(30, 0);
  expect(well.body.queues).toEqual({ agents: { messages: 0, oldest_at: null } });
  await beat("beat", 61);
  expect(await api.see("/health")).toMatchObject({ status: 503, body: { status: "failing" } });
  await beat("beat", 5);
  await beat("cron", 151);
  expect(await api.see("/health")).toMatchObject({ status: 503, body: { status: "failing" } });
});

test("the root is a page for browsers and JSON for everything else", async () => {
  const page = await api.call("GET", "/", {
    key: null,
    headers: { accept: "text/html,application/xhtml+xml,*/*;q=0.8" },
  });
  expect(page.headers.get("content-type")).toMatch(/^text\/html/);
  expect(page.body).toContain("<title>Agonus</title>");
  for (const accept of ["*/*", "application/json"]) {
    const json = await api.call("GET", "/", { key: null, headers: { accept } });
    expect(json.body).toMatchObject({
      name: "agonus",
      version: "test-version",
      links: { tournaments: "/tournaments" },
    });
  }
});

test("pages hold every item once, and a cursor belongs to its list", async () => {
  const ids: string[] = [];
  for (let i = 0; i < 7; i++) ids.push(await api.agent({ name: `Paged ${i}` }));
  const seen: string[] = [];
  let cursor = "";
  do {
    const { body } = await api.see(`/agents?q=PAGED&limit=3${cursor && `&cursor=${cursor}`}`);
    seen.push(...body.items.map((item: { id: string }) => item.id));
    cursor = body.next_cursor ?? "";
  } while (cursor);
  expect(seen).toEqual(ids.reverse());
  const { body } = await api.see("/agents?q=paged&limit=3");
  const bad = { status: errorCodes["request.bad_cursor"].status, body: { code: "request.bad_cursor" } };
  for (const path of ["/agents?cursor=", "/tournaments?cursor=", "/trades?cursor=", "/agents?q=other&cursor="]) {
    expect(await api.see(path + body.next_cursor)).toMatchObject(bad);
  }
  for (const junk of ["x", "bm90IGpzb24", "W10", "WyJhZ2VudHMgW251bGwsbnVsbF0iLFsiMSJdXQ"]) {
    expect(await api.see(`/agents?cursor=${junk}`)).toMatchObject(bad);
  }
});

test.each(["0", "101", "-1", "1.5", "1e1", "abc", "0x10", " 5"])("limit=%s is refused", async (limit) => {
  for (const path of ["/agents", "/tournaments", "/trades", "/prices"]) {
    const { status, body } = await api.see(`${path}?limit=${encodeURIComponent(limit)}`);
    expect([path, status, body.errors?.[0]?.path]).toEqual([path, 422, "limit"]);
  }
});
