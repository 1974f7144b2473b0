/** The pages that there are, from the code that places them: a new one can't be left out of the scans. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const PLACES = { arena: "app.tsx", ops: "ops/ops-app.tsx" } as const;

/** Patterns as "/t/:id"; the last is of every path that none of them has. */
function routesOf(file: string): readonly string[] {
  const code = readFileSync(join(import.meta.dirname, "../../src/dashboard", file), "utf8");
  const routes = [...code.matchAll(/<Route(?:\s+path="([^"]+)")?[\s>]/g)].map(([, path]) => path ?? "*");
  if (routes.length < 5) throw new Error(`${file} has hardly any route: is it still there that pages are placed?`);
  return routes;
}

function fits(route: string, path: string): boolean {
  const pattern = route.replaceAll(/:\w+/g, "[^/]+").replace("/*?", "(/.*)?");
  return new RegExp(`^${pattern}$`).test(path);
}

/** Routes to which none of the paths leads. */
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
