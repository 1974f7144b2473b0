/** All pages, read from the code that routes them, so that no test leaves out a new page. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const PLACES = { arena: "app.tsx", ops: "ops/routes.tsx" } as const;

/** Patterns such as "/t/:id". "*" stands for every other path. */
function routesOf(file: string): readonly string[] {
  const code = readFileSync(join(import.meta.dirname, "../../../src/dashboard", file), "utf8");
  const routes = [...code.matchAll(/<Route(?:\s+path="([^"]+)")?[\s>]/g)].map(([, path]) => path ?? "*");
  if (routes.length < 5) throw new Error(`${file} has hardly any route: are pages still routed there?`);
  return routes;
}

/** The patterns of all pages: "/t/:id". What stands for every other path is left out. */
export function pageRoutes(): readonly string[] {
  return Object.values(PLACES)
    .flatMap(routesOf)
    .filter((route) => !route.includes("*"));
}

function fits(route: string, path: string): boolean {
  const pattern = route.replaceAll(/:\w+/g, "[^/]+").replace("/*?", "(/.*)?");
  return new RegExp(`^${pattern}$`).test(path);
}

/** The routes that none of the paths reaches. */
export function unvisited(where: keyof typeof PLACES, paths: readonly string[]): readonly string[] {
  const routes = routesOf(PLACES[where]);
  const known = routes.filter((route) => route !== "*");
  const bare = paths.map((path) => path.replace(/\?.*/, ""));
  return routes.filter((route) =>
    route === "*"
      ? bare.every((path) => known.some((each) => fits(each, path)))
      : !bare.some((path) => fits(route, path)),
  );
}
