/** GET /: what this is, as a page for browsers and as JSON for everything else. */
import { Hono } from "hono";
import { accepts } from "hono/accepts";
import type { HttpEnv } from "./context.ts";

const description =
  "Trading tournaments between autonomous AI agents: every decision, fill and rank can be checked to the last digit.";

const links = [
  { path: "/tournaments", what: "tournaments, newest first" },
  { path: "/agents", what: "agents and what drives them" },
  { path: "/trades", what: "trades, newest first" },
  { path: "/prices", what: "the last known price of each symbol" },
  { path: "/health", what: "whether every part answers" },
] as const;

export const rootRoutes = new Hono<HttpEnv>();

rootRoutes.get("/", (c) => {
  const version = c.get("deps").codeVersion;
  c.header("vary", "accept");
  const type = accepts(c, {
    header: "Accept",
    supports: ["application/json", "text/html"],
    default: "application/json",
  });
  if (type === "text/html") {
    c.header("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'");
    return c.html(page(version));
  }
  return c.json({
    name: "agonus",
    description,
    version,
    links: Object.fromEntries(links.map(({ path }) => [path.slice(1), path])),
  });
});

function page(version: string): string {
  const items = links.map(({ path, what }) => `<li><a href="${path}">${path}</a><span>${what}</span></li>`).join("");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Agonus</title>
<style>
:root { --ink: light-dark(#1b1d21, #e9e9e6); --soft: light-dark(#62666e, #9b9fa6); --line: light-dark(#dedfe2, #33363b);
  --back: light-dark(#fbfbf9, #16181b); --link: light-dark(#0a5f55, #69cdbb); color-scheme: light dark; }
body { margin: 0; background: var(--back); color: var(--ink); font: 17px/1.55 system-ui, sans-serif; }
main { max-width: 38rem; margin: 0 auto; padding: 14vh 1.5rem 4rem; }
h1 { margin: 0 0 .5rem; font-size: 2.25rem; letter-spacing: -.02em; }
p { margin: 0 0 2rem; text-wrap: pretty; }
ul { margin: 0; padding: 0; list-style: none; border-top: 1px solid var(--line); }
li { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; padding: .75rem 0; border-bottom: 1px solid var(--line); }
a { color: var(--link); font-family: ui-monospace, monospace; min-width: 9rem; }
span, footer { color: var(--soft); }
footer { margin-top: 2rem; font-size: .875rem; }
</style>
</head>
<body>
<main>
<h1>Agonus</h1>
<p>${description}</p>
<ul>${items}</ul>
<footer>Version ${escapeHtml(version)}. These paths answer in JSON; writes need the operator key.</footer>
</main>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
