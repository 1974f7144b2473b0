/** What a query string may hold, on every route there is; and answers that are readable in a terminal. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { closeTestServer } from "../../../support/database.ts";
import { type Api, NOWHERE, openApi } from "../../../support/http-app.ts";

let api: Api;
beforeAll(async () => {
  api = await openApi();
});
afterAll(async () => {
  await api.db.close();
  await closeTestServer();
});

/** Paths of a thing that must be there before the query is read. */
const THINGS: Readonly<Record<string, string>> = {
  "/queues/:name": "agents",
  "/schedules/:name": "cleanup_old_results",
};
/** What a query can't be without. */
const NEEDED: Readonly<Record<string, string>> = { "/steps": `agent_id=${NOWHERE}` };
const isPage = (path: string) => /^\/(t|a|ops|new|signin|docs)(\/|$)/.test(path);

/** Each route's method and a path, with its ids filled in. */
function routes(): string[] {
  const found = api.app.routes.flatMap(({ method, path }) => {
    if (method === "ALL" || isPage(path) || (method === "GET" && path === "/join")) return [];
    const thing = Object.entries(THINGS).find(([start]) => path.startsWith(start))?.[1] ?? NOWHERE;
    return [`${method} ${path.replace(/:\w+/g, thing)}`];
  });
  return [...new Set(found)];
}

test("every route refuses a name that it does not know, says which, and does nothing", async () => {
  const before = await api.rowCounts();
  const all = routes();
  expect(all.length).toBeGreaterThan(70);
  for (const route of all) {
    const [method = "", path = ""] = route.split(" ");
    // A task's query is read when the task is there.
    if (/^\/tasks\/[^/]+$/.test(path) && method === "GET") continue;
    const needed = Object.entries(NEEDED).flatMap(([end, query]) => (path.endsWith(end) ? [`&${query}`] : []));
    const { status, body } = await api.call(method, `${path}?colour=red${needed.join("")}`);
    expect([route, status, body.errors]).toEqual([route, 422, [{ path: "colour", message: "is not a field here" }]]);
  }
  expect(await api.rowCounts()).toEqual(before);
  expect(api.enqueued).toEqual([]);
});

test("a closed route reports the missing key first", async () => {
  for (const path of ["/queues", "/consumers", "/inspect/stats", "/schedules"]) {
    expect(await api.see(`${path}?colour=red`)).toMatchObject({ status: 401, body: { code: "auth.required" } });
  }
});

test("pages keep what is in their address", async () => {
  const headers = { accept: "text/html" };
  for (const path of ["/t/x?agent=y&tab=rules", "/a/new?from=x", "/?round=3", "/ops/tasks?q=x"]) {
    expect([path, (await api.get(path, { headers })).status]).toEqual([path, 200]);
  }
  expect((await api.get("/tasks?name=x&colour=red", { headers })).status).toBe(303);
});

test("an answer ends its line, and ?pretty indents it, errors too", async () => {
  const text = async (path: string) => (await api.app.request(path)).text();
  for (const path of ["/", "/tournaments?limit=5", "/nothing"]) {
    const plain = await text(path);
    expect([path, plain.endsWith("}\n"), plain.trim().includes("\n")]).toEqual([path, true, false]);
    for (const pretty of ["pretty", "pretty=true"]) {
      const indented = await text(`${path}${path.includes("?") ? "&" : "?"}${pretty}`);
      expect(JSON.parse(indented)).toEqual(JSON.parse(plain));
      expect(indented).toMatch(/^\{\n {2}"\w+": .*\n\}\n$/s);
    }
  }
  expect(await text("/tournaments?pretty=false")).toBe(await text("/tournaments"));
  expect(await api.see("/tournaments?pretty=maybe")).toMatchObject({
    status: 422,
    body: { errors: [{ path: "pretty", message: "must be true or false, or have no value" }] },
  });
  expect((await api.app.request("/tournaments", { method: "HEAD" })).headers.get("content-type")).toBe(
    "application/json",
  );
});
