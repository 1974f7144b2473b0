import { afterAll, beforeAll, expect, test } from "vitest";
import { pagePaths } from "../../src/http/pages.ts";
import { closeTestServer } from "../database.ts";
import { type Api, NOWHERE, openApi } from "./http-app.ts";

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
    expect(headers.get("referrer-policy")).toBe("same-origin");
    expect(headers.get("cache-control")).toBe("no-cache");
  }
  const secure = await visit("https://arena.test/");
  expect(secure.headers.get("content-security-policy")).toContain("connect-src 'self' wss://arena.test");
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

test("what the API doesn't have stays a problem document, whoever asks", async () => {
  for (const path of [`/tournaments/${NOWHERE}`, `/agents/${NOWHERE}`, `/tasks/${NOWHERE}`]) {
    const { status, headers } = await visit(path);
    expect([path, status, headers.get("content-type")]).toEqual([path, 404, "application/problem+json"]);
  }
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

test("without a build the pages say how to make one, and the API goes on", async () => {
  const bare = await openApi({ web: { ...api.deps.web, file: async () => new Response(null, { status: 404 }) } });
  const page = await bare.call("GET", "/", { key: null, headers: { accept: BROWSER } });
  expect([page.status, page.body]).toEqual([503, expect.stringContaining("npm run build")]);
  expect((await bare.see("/tournaments")).status).toBe(200);
  await bare.db.close();
});
