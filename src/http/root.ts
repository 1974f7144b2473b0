/** GET /: the arena for browsers, and for everything else what this is. */
import { Hono } from "hono";
import type { HttpEnv } from "./context.ts";
import { page, wantsPage } from "./pages.ts";

const description =
  "Trading tournaments between autonomous AI agents: every decision, fill and rank can be checked to the last digit.";
const links = ["tournaments", "agents", "trades", "prices", "health"] as const;

export const rootRoutes = new Hono<HttpEnv>().get("/", async (c) => {
  if (wantsPage(c)) return page(c, 200);
  c.header("vary", "accept");
  return c.json({
    name: "agonus",
    description,
    version: c.get("deps").codeVersion,
    links: Object.fromEntries(links.map((name) => [name, `/${name}`])),
  });
});
