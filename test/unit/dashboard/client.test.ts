/** What the pages' client sends, and what it makes of the answers. The compiler checks that its calls fit the routes. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { answered, api, formWith, getAll, whenSignedOut, within } from "../../../src/dashboard/api/client.ts";
import { Problem, Unreachable } from "../../../src/dashboard/api/problem.ts";

interface Sent {
  readonly url: string;
  readonly init: RequestInit;
}
let sent: Sent[];
let answer: (url: string) => Response | Promise<Response>;

beforeEach(() => {
  sent = [];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    sent.push({ url, init });
    return answer(url);
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  whenSignedOut(() => {});
});

const json =
  (value: unknown, status = 200) =>
  () =>
    Response.json(value, { status });
const problem = (status: number, document: object) => async () =>
  new Response(JSON.stringify(document), { status, headers: { "content-type": "application/problem+json" } });

test("a write goes to the route's path with its body and the header of our pages", async () => {
  answer = json({ name: "agents" });
  await answered(api.queues[":name"].pause.$post({ param: { name: "agents" }, json: { reason: "so" } }));
  const [{ url, init } = { url: "", init: {} }] = sent;
  expect([init.method, url, init.body]).toEqual(["POST", "/queues/agents/pause", '{"reason":"so"}']);
  const headers = new Headers(init.headers);
  expect(headers.get("content-type")).toBe("application/json");
  expect(headers.get("accept")).toBe("application/json");
  expect(headers.get("x-agonus-session")).toBe("1");
});

test("undefined members of a query are left out, and the signal is passed on", async () => {
  answer = json({ items: [], next_cursor: null });
  const { signal } = new AbortController();
  await answered(api.trades.$get({ query: { tournament_id: "t/1", cursor: undefined } }, within(signal)));
  expect([sent[0]?.url, sent[0]?.init.signal]).toEqual(["/trades?tournament_id=t%2F1", signal]);
});

test("a call that no route has does not compile", async () => {
  answer = json({ items: [] });
  // @ts-expect-error there is no such path
  await answered(api.tasks.all.$get());
  // @ts-expect-error there is no such method on it
  await answered(api.queues.$delete());
  // @ts-expect-error there is no such state
  await answered(api.tournaments.$get({ query: { status: "over" } }));
  // @ts-expect-error a reason is a text
  await answered(api.queues[":name"].pause.$post({ param: { name: "agents" }, json: { reason: 7 } }));
  const { items } = await answered(api.queues.$get());
  // @ts-expect-error a queue has no such member
  expect(items[0]?.length).toBeUndefined();
});

test("a problem document is thrown as a Problem, and a lost session is reported", async () => {
  const heard = vi.fn();
  whenSignedOut(heard);
  answer = problem(409, { code: "task.finished", detail: "The task is SUCCESS.", state: "SUCCESS" });
  const cancel = () => answered(api.tasks[":id"].cancel.$post({ param: { id: "x" } }));
  const thrown = await cancel().catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(Problem);
  expect(thrown).toMatchObject({ status: 409, code: "task.finished", message: "The task is SUCCESS." });
  expect(thrown).toHaveProperty("document.state", "SUCCESS");
  expect(heard).not.toHaveBeenCalled();
  answer = problem(401, { code: "auth.required", detail: "Sign in." });
  await expect(cancel()).rejects.toThrow("Sign in.");
  expect(heard).toHaveBeenCalledOnce();
});

test("a refusal that is no document tells its status, and an answer without a body is null", async () => {
  answer = async () => new Response("<html>bad gateway</html>", { status: 502 });
  await expect(answered(api.queues.$get())).rejects.toThrow("The server answered 502.");
  answer = async () => new Response(null, { status: 204 });
  expect(await answered(api.session.$delete())).toBeNull();
});

test("a request without an answer throws Unreachable; an aborted one throws the abort's error", async () => {
  answer = () => Promise.reject(new TypeError("fetch failed"));
  await expect(answered(api.queues.$get())).rejects.toBeInstanceOf(Unreachable);
  const given = new AbortController();
  given.abort(new Error("gone"));
  answer = () => Promise.reject(given.signal.reason);
  await expect(answered(api.queues.$get({}, within(given.signal)))).rejects.toThrow("gone");
});

test("all pages of a list are read by their cursors, up to the number that is wanted", async () => {
  const pages: Record<string, unknown> = {
    "/tournaments?limit=100": { items: [{ id: "a" }, { id: "b" }], next_cursor: "2" },
    "/tournaments?limit=100&cursor=2": { items: [{ id: "c" }], next_cursor: "3" },
    "/tournaments?limit=100&cursor=3": { items: [{ id: "d" }], next_cursor: null },
  };
  answer = (url) => Response.json(pages[url] ?? null);
  const read = (max: number) => getAll(max, (query) => answered(api.tournaments.$get({ query })));
  expect((await read(100)).map(({ id }) => id)).toEqual(["a", "b", "c", "d"]);
  expect((await read(3)).map(({ id }) => id)).toEqual(["a", "b", "c"]);
});

test("an answer with several forms is narrowed by its member, and another form is refused", async () => {
  answer = json({ bulk_id: "b", token: "b.t", frozen: 2 });
  const given = await answered(api.bulk.$post({ json: { action: "retry", ids: ["x"] } }));
  expect(formWith(given, "token").frozen).toBe(2);
  expect(() => formWith(given, "status")).toThrow("no status");
});
