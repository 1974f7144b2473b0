/** GET /openapi.json: this API as an OpenAPI 3.1 document. */
import { Hono } from "hono";
import type { HttpEnv } from "../context.ts";
import { pagePaths } from "../pages/routes.ts";
import { openApiDocument, type Route } from "./document.ts";

/** `routes`: all routes of the app, asked for when the first document is made. Pages are left out. */
export function openApiRoutes(routes: () => readonly Route[]): Hono<HttpEnv> {
  let made: { readonly key: string; readonly text: string } | null = null;
  return new Hono<HttpEnv>().get("/openapi.json", (c) => {
    const { origin } = new URL(c.req.url);
    const { codeVersion } = c.get("deps");
    const key = `${origin} ${codeVersion}`;
    if (made?.key !== key) {
      const isPage = (path: string) => pagePaths.some((page) => page === path);
      const shown = routes().filter(({ method, path }) => method !== "ALL" && !(method === "GET" && isPage(path)));
      made = { key, text: JSON.stringify(openApiDocument(shown, origin, codeVersion)) };
    }
    return c.body(made.text, 200, { "content-type": "application/json", "cache-control": "public, max-age=300" });
  });
}
