import { afterAll, beforeAll, expect, test } from "vitest";
import type { Query } from "../../../src/db/query.ts";
import { closeTestServer } from "../../support/database.ts";
import { type Api, KEY, NOWHERE, openApi } from "../../support/http-app.ts";

let api: Api;
/** Breaks the audit's writes when it is set. */
let broken = false;
beforeAll(async () => {
  const made: { query?: Query } = {};
  api = await openApi({
    get query(): Query {
      return async (text, params) => {
        if (!made.query) throw new Error("no database");
        if (broken && text.includes("insert into audit")) throw new Error("the disk of the audit is full");
        return made.query(text, params);
      };
    },
  });
  made.query = api.db.query;
});
afterAll(async () => {
  await api.db.close();
  await closeTestServer();
});

const audit = async (query = "") => (await api.get(`/audit${query}`)).body;
const agentBody = (name: string) => ({ name, strategy_type: "momentum" });

test("a write is one row with its actor, action, target and body", async () => {
  const { body: agent } = await api.post("/agents", agentBody("Recorded"));
  await api.call("PATCH", `/agents/${agent.id}?dry=1`, { body: { personality: "calm" } });
  await api.call("PATCH", `/agents/${agent.id}`, { body: { personality: "calm" } });
  const { items } = await audit();
  expect(items[0]).toEqual({
    id: expect.any(String),
    at: expect.stringMatching(/Z$/),
    actor: "operator",
    action: "PATCH /agents/:id",
    target: agent.id,
    details: { body: { personality: "calm" } },
    correlation_id: "correlation-of-the-test",
    refused: null,
  });
  expect(items.at(-1)).toMatchObject({
    action: "POST /agents",
    target: null,
    details: { body: agentBody("Recorded") },
  });
  const [row] = await api.db.query("select count(*) as n from audit where action = 'POST /agents'");
  expect(row?.n).toBe(1);
});

test("a refused write is recorded as refused", async () => {
  await api.post(`/tournaments/${NOWHERE}/start`);
  await api.post("/tasks", { name: "no_such_task" });
  const { items } = await audit();
  expect(items[0]).toMatchObject({ action: "POST /tasks", refused: { status: 422, code: "task.unknown_name" } });
  expect(items[1]).toMatchObject({
    action: "POST /tournaments/:id/start",
    target: NOWHERE,
    refused: { status: 404, code: "tournament.not_found" },
  });
});

test("reads, requests without the key and unknown paths leave no row, but a wrong key does", async () => {
  const before = (await api.db.query("select count(*) as n from audit"))[0]?.n;
  await api.get("/agents");
  await api.post("/agents", agentBody("Stranger"), { key: null });
  await api.post("/no/such/path", {});
  await api.post("/health", {});
  expect((await api.db.query("select count(*) as n from audit"))[0]?.n).toBe(before);
  await api.post("/agents", agentBody("Stranger"), { key: "wrong" });
  const [last] = (await api.get("/audit?limit=1")).body.items;
  expect(last).toMatchObject({
    actor: "unknown",
    action: "auth.wrong_key",
    target: null,
    details: { method: "POST", path: "/agents", outcome: "wrong key" },
  });
});

test("the audit stores no secret, and at most 4 KB of a request", async () => {
  await api.post("/agents", {
    ...agentBody("Secretive"),
    api_key: "s3cret",
    nested: { webhookSecret: "s3cret", token: "s3cret", Password: "s3cret" },
  });
  await api.post("/bulk", { token: `${NOWHERE}.s3cret` });
  await api.call("POST", "/agents", { raw: `{"token": "s3cret", ` });
  await api.post("/agents", { ...agentBody("Long"), personality: "é".repeat(100_000) });
  await api.call("POST", "/agents", { raw: `{"a": "\\u0000s3cret"}` });
  await api.call("POST", "/agents", { raw: `${"[".repeat(5000)}${"]".repeat(5000)}` });
  const rows = await api.db.query<{ text: string; bytes: number }>(
    "select row_to_json(a)::text as text, octet_length(details::text) as bytes from audit a",
  );
  const all = rows.map((row) => row.text).join("\n");
  expect(all).toContain("Secretive");
  expect(all).not.toContain("s3cret");
  expect(all).not.toContain(KEY);
  expect(Math.max(...rows.map((row) => row.bytes))).toBeLessThanOrEqual(4096);
});

test("a write that can't be recorded is not done and is answered 503", async () => {
  const before = await api.rowCounts();
  broken = true;
  const answer = await api.post("/agents", agentBody("Unrecorded"));
  const task = await api.post("/tasks", { name: "cleanup_old_results" });
  broken = false;
  expect(answer).toMatchObject({ status: 503, body: { code: "internal.audit" } });
  expect(task.status).toBe(503);
  expect(await api.rowCounts()).toEqual(before);
  expect(api.enqueued).toHaveLength(0);
  expect((await api.get("/agents")).status).toBe(200);
});

test("the audit can't be changed or emptied", async () => {
  for (const statement of ["update audit set actor = 'x'", "delete from audit", "truncate audit"]) {
    await expect(api.db.query(statement)).rejects.toThrow("append-only");
  }
});

test("operators alone list the audit, by pages, action and time", async () => {
  const { items } = await audit();
  const first = await audit("?limit=2");
  const second = await audit(`?limit=2&cursor=${first.next_cursor}`);
  expect([...first.items, ...second.items]).toEqual(items.slice(0, 4));
  const patches = await audit("?action=PATCH%20/agents/:id");
  expect(patches.items.map((item: { action: string }) => item.action)).toEqual(Array(2).fill("PATCH /agents/:id"));
  expect((await audit("?since=2190-01-01T00:00:00Z")).items).toEqual([]);
  expect((await api.get(`/audit?action=x&cursor=${first.next_cursor}`)).body.code).toBe("request.bad_cursor");
  expect((await api.get("/audit?actor=x")).status).toBe(422);
  expect((await api.see("/audit")).status).toBe(401);
});
