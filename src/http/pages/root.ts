/** GET / for everything but a browser, which gets the arena (routes.ts): a description of the service. */
import { Hono } from "hono";
import type { HttpEnv } from "../context.ts";

const description =
  "Trading tournaments between autonomous AI agents: every decision, fill and rank can be checked to the last digit.";
const links = ["tournaments", "agents", "strategies", "trades", "prices", "health"] as const;

export const rootRoutes = new Hono<HttpEnv>().get("/", (c) => {
  c.header("vary", "accept");
  return c.json({
    name: "agonus",
    description,
    version: c.get("deps").codeVersion,
    links: Object.fromEntries(links.map((name) => [name, `/${name}`])),
  });
});
