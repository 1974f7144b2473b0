import { afterAll, beforeAll, expect, test } from "vitest";
import { createApp } from "../../../src/http/app.ts";
import { pagePaths } from "../../../src/http/pages/routes.ts";
import { pageRoutes } from "../../support/browser/routes.ts";
import { closeTestServer } from "../../support/database.ts";
import { type Api, NOWHERE, openApi } from "../../support/http-app.ts";

let api: Api;
beforeAll(async () => {
  api = await openApi();
});
afterAll(async () => {
  await api.db.close();
  await closeTestServer();
});

const BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const visit = (path: string, accept = BROWSER) => api.call("GET", path, { key: null, headers: { accept } });

test("every page is the app, under a policy that runs nothing inline and talks to nobody else", async () => {
  for (const path of ["/", ...pagePaths.map((each) => each.replaceAll(/:\w+/g, NOWHERE))]) {
    const { status, headers, body } = await visit(`http://arena.test${path}`);
    expect([path, status]).toEqual([path, 200]);
    expect(body).toContain("<title>Agonus</title>");
    expect(headers.get("content-type")).toBe("text/html; charset=utf-8");
    const policy = new Map(
      headers
        .get("content-security-policy")
        ?.split("; ")
        .map((part) => [part.split(" ")[0], part.split(" ").slice(1).join(" ")]),
    );
    expect(Object.fromEntries(policy)).toEqual({
      "default-src": "'none'",
      "script-src": "'self'",
      "style-src": "'self'",
      "font-src": "'self'",
      "img-src": "'self' data:",
      "connect-src": "'self' ws://arena.test",
      "manifest-src": "'self'",
      "base-uri": "'none'",
      "frame-ancestors": "'none'",
      "form-action": "'self'",
    });
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe(path === "/join" ? "no-referrer" : "same-origin");
    expect(headers.get("cache-control")).toBe("no-cache");
  }
  const secure = await visit("https://arena.test/");
  expect(secure.headers.get("content-security-policy")).toContain("connect-src 'self' wss://arena.test");
});

test("every page that the web app routes is a page of the Worker, and no 404 that shows it all the same", async () => {
  const routes = pageRoutes();
  expect(routes).toContain("/ops/keys");
  for (const route of routes) {
    const { status } = await visit(route.replaceAll(/:\w+/g, NOWHERE));
    expect([route, status]).toEqual([route, 200]);
  }
});

test("a shared link says what its page is about, and text from outside stays text", async () => {
  const name = `<script>"Cup" & 'co'$&`;
  const agent = await api.agent({ name: "Mallory $1 & co" });
  const { id } = await api.tournament({ name, agent_ids: [agent] });
  const head = async (path: string) => {
    const { body } = await visit(`http://arena.test${path}`);
    const meta = (key: string) => new RegExp(`<meta (?:name|property)="${key}" content="([^"]*)"`).exec(body)?.[1];
    return { title: /<title>([^<]*)</.exec(body)?.[1], og: meta("og:title"), text: meta("og:description"), meta };
  };
  const safe = "&lt;script&gt;&quot;Cup&quot; &amp; &#39;co&#39;$&amp;";
  const cup = await head(`/t/${id}`);
  expect([cup.title, cup.og]).toEqual([`${safe} · Agonus`, safe]);
  expect(cup.text).toBe("A trading tournament of 1 agent and 0 baselines on BTC, ETH: upcoming.");
  expect(cup.meta("description")).toBe(cup.text);
  expect(cup.meta("og:image")).toBe("http://arena.test/og.png");
  expect((await head(`/t/${id}/${agent}`)).og).toBe(`Mallory $1 &amp; co in ${safe}`);
  expect((await head(`/a/${agent}`)).og).toBe("Mallory $1 &amp; co");
  expect((await head("/")).og).toBe("Agonus");
});

test("a page opens without its own words when the database does not answer", async () => {
  const { id } = await api.tournament({ agent_ids: [await api.agent()] });
  const app = createApp(() => ({ ...api.deps, query: async () => Promise.reject(new Error("gone")) }));
  const answer = await app.request(`/t/${id}`, { headers: { accept: BROWSER } });
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain("<title>Agonus</title>");
});

test("an unknown path is the app's 404 for browsers, and a problem document for everything else", async () => {
  for (const path of ["/nothing", "/t", "/t/a/b/c", "/assets/gone.js"]) {
    const page = await visit(path);
    expect([path, page.status]).toEqual([path, 404]);
    expect(page.body).toContain("<title>Agonus</title>");
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(await visit(path, "*/*")).toMatchObject({ status: 404, body: { code: "request.not_found" } });
  }
});

test("a path without a page gets a problem document, also in a browser", async () => {
  for (const path of [`/tournaments/${NOWHERE}/leaderboard`, `/agents/${NOWHERE}/entries`, `/tasks/${NOWHERE}/why`]) {
    const { status, headers } = await visit(path);
    expect([path, status, headers.get("content-type")]).toEqual([path, 404, "application/problem+json"]);
  }
});

test.each([
  ["/agents", "/a"],
  ["/tournaments", "/"],
  [`/tasks/${NOWHERE}`, `/ops/tasks/${NOWHERE}`],
  ["/trades", "/"],
  ["/queues", "/ops/queues"],
  [`/agents/${NOWHERE}`, `/a/${NOWHERE}`],
  [`/tournaments/${NOWHERE}`, `/t/${NOWHERE}`],
  ["/tasks", "/ops/tasks"],
  ["/tasks?state=FAILURE", "/ops/tasks?state=FAILURE"],
  ["/errors", "/ops/errors"],
  ["/bulk", "/ops/bulk"],
  [`/bulk/${NOWHERE}`, `/ops/bulk/${NOWHERE}`],
  ["/audit", "/ops/audit"],
  ["/dead-letters", "/ops/dead-letters"],
  ["/schedules", "/ops/schedules"],
  ["/recoveries", "/ops/recoveries"],
  ["/consumers", "/ops/consumers"],
  ["/candle-sources", "/ops/candles"],
  ["/inspect/registered", "/ops/registered"],
  ["/agents/..%2F..%2F", "/a/..%2F..%2F"],
  ["/agents/%5Cevil.example", "/a/%5Cevil.example"],
])("a browser that opens %s is sent to %s, and everything else gets JSON", async (path, location) => {
  const page = await visit(path);
  expect({ status: page.status, location: page.headers.get("location"), vary: page.headers.get("vary") }).toEqual({
    status: 303,
    location,
    vary: "accept",
  });
  expect((await visit(location)).status).toBe(200);
  // As curl asks, with the key and without: whatever the answer is, it depends on Accept.
  for (const key of [undefined, null]) {
    const json = await api.call("GET", path, { ...(key === null ? { key } : {}), headers: { accept: "*/*" } });
    expect(json.headers.get("content-type")).toMatch(/^application\/(problem\+)?json/);
    expect(json.headers.get("vary")).toBe("accept");
  }
});

test.each([
  [BROWSER, true],
  ["text/html", true],
  ["text/*", true],
  ["TEXT/HTML", true],
  ["text/html, */*", true],
  ["text/html;q=0.9, application/json;q=0.5", true],
  ["text/html, application/json", true],
  ["application/json, text/html", false],
  ["application/json, text/html;q=0.9", false],
  ["text/html;q=0.1, */*", false],
  ["text/html;q=0, */*", false],
  ["text/html;q=0", false],
  ["*/*", false],
  ["application/json", false],
  ["application/*", false],
  ["image/png", false],
  ["", false],
])("Accept %j wants a page: %s", async (accept, wants) => {
  expect((await visit("/agents", accept)).status).toBe(wants ? 303 : 200);
  expect((await visit("/", accept)).headers.get("content-type")?.startsWith("text/html")).toBe(wants);
});

test("a file beside the page is served, and nothing above it", async () => {
  const asked: string[] = [];
  const server = await openApi({
    web: {
      ...api.deps.web,
      file: async (path) => {
        asked.push(path);
        return path === "/favicon.svg"
          ? new Response("<svg/>", { headers: { "content-type": "image/svg+xml" } })
          : new Response(null, { status: 404 });
      },
    },
  });
  const icon = await server.call("GET", "/favicon.svg", { key: null });
  expect([icon.status, icon.body, icon.headers.get("content-type")]).toEqual([200, "<svg/>", "image/svg+xml"]);
  expect(icon.headers.get("x-content-type-options")).toBe("nosniff");
  for (const path of ["/index.html", "/.env", "/a.b/x.svg", "/%2e%2e%2fwrangler.js"]) {
    expect([path, (await server.call("GET", path, { key: null })).status]).toEqual([path, 404]);
  }
  expect(asked).toEqual(["/favicon.svg"]);
  await server.db.close();
});

test("without a build the pages say how to build, and the API works", async () => {
  const bare = await openApi({ web: { ...api.deps.web, file: async () => new Response(null, { status: 404 }) } });
  const page = await bare.call("GET", "/", { key: null, headers: { accept: BROWSER } });
  expect([page.status, page.body]).toEqual([503, expect.stringContaining("npm run build")]);
  expect((await bare.see("/tournaments")).status).toBe(200);
  await bare.db.close();
});
