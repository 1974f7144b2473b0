import { expect, test } from "vitest";
import { importsOf, projectFiles, read, withoutComments } from "../support/project-files.ts";

/** Each layer may import itself and the layers before it, never one after it. */
const LAYERS: readonly string[] = [
  "core",
  "api",
  "strategies",
  "db",
  "markets",
  "candles",
  "engine",
  "rounds",
  "ledger",
  "tasks",
  "feed",
  "http",
  "env",
  "ports",
  "durable-objects",
  "worker",
  "index",
];
/** Every layer may import these files. They import nothing themselves. */
const SEAMS = ["src/log.ts", "src/db/query.ts"];
/** They stand above the Worker, which imports nothing of them. */
const ABOVE = ["local", "cli"];
/** All that the engine may import. It knows no tournament, agent or round. */
const ENGINE_KNOWS: readonly string[] = ["core", "db", "log", "engine"];
/** The packages that a layer may use. A layer that isn't listed may use none. */
const PACKAGES: Readonly<Record<string, RegExp>> = {
  core: /^(big\.js|ipaddr\.js|zod|pure-rand\/)/,
  strategies: /^(zod|trading-signals)$/,
  db: /^(zod|drizzle-orm(\/pg-core)?|@neondatabase\/serverless)$/,
  markets: /^zod$/,
  // The platform's DecompressionStream refuses gzip files of several members; zlib of nodejs_compat reads them, with their checksums.
  candles: /^(papaparse|node:stream|node:zlib)$/,
  rounds:
    /^(zod|@noble\/hashes\/(sha2|utils)\.js|standardwebhooks|ai|@ai-sdk\/openai-compatible|@pydantic\/genai-prices)$/,
  tasks: /^zod$/,
  api: /^zod$/,
  engine: /^(croner|zod)$/,
  feed: /^zod$/,
  http: /^(hono|hono\/.+|hono-openapi|@modelcontextprotocol\/server|zod|cronstrue)$/,
  ports: /^uuidv7$/,
  worker: /^(hono|uuidv7)$/,
  "durable-objects": /^cloudflare:workers$/,
  ledger: /^big\.js$/,
  dashboard:
    /^(react|react-dom\/client|@tanstack\/react-(query|table|virtual)|hono\/client|wouter|radix-ui|lucide-react|uplot|zod|@fontsource-variable\/.+)$/,
};

const files = projectFiles("src/*.ts", "src/**/*.ts", "src/**/*.tsx", "src/**/*.mjs", "durable-objects/*.ts");
const imports = files.flatMap((file) => importsOf(file)).filter(({ to }) => !to.endsWith(".css"));

function layerOf(file: string): string {
  const [top = "", second = ""] = file.split("/");
  return top === "durable-objects" ? top : second.replace(/\.ts$/, "");
}
const rank = (layer: string): number => LAYERS.indexOf(layer);

test("the scan finds the files and imports", () => {
  expect(files.length).toBeGreaterThan(150);
  expect(imports.length).toBeGreaterThan(700);
  // This file is the bundle that is built beside front.mjs.
  const targets = new Set([...files, "src/local/worker/index.js"]);
  expect(imports.filter(({ own, to }) => own && !targets.has(to)).map(({ from, to }) => `${from} -> ${to}`)).toEqual(
    [],
  );
});

test("every file belongs to a layer", () => {
  const known = new Set<string>([...LAYERS, ...ABOVE, "ledger", "log", "clock", "dashboard"]);
  expect(files.filter((file) => !known.has(layerOf(file)))).toEqual([]);
});

test("arrows point one way", () => {
  const up = imports.filter(({ from, to, own }) => {
    const [low, high] = [layerOf(from), layerOf(to)];
    if (!own || SEAMS.includes(to) || ABOVE.includes(low) || low === "ledger" || low === "dashboard") return false;
    return rank(high) === -1 || rank(high) > rank(low);
  });
  expect(up.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
});

test("the engine imports nothing of the game", () => {
  const game = imports.filter(
    ({ from, to, own }) => own && layerOf(from) === "engine" && !ENGINE_KNOWS.includes(layerOf(to)),
  );
  expect(game.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
});

test("no imports form a circle", () => {
  const targets = Map.groupBy(
    imports.filter(({ own }) => own),
    ({ from }) => from,
  );
  const done = new Set<string>();
  const circles: string[] = [];
  const walk = (file: string, path: readonly string[]) => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(" -> "));
    if (done.has(file) || path.includes(file)) return;
    for (const { to } of targets.get(file) ?? []) walk(to, [...path, file]);
    done.add(file);
  };
  for (const file of files) walk(file, []);
  expect(circles).toEqual([]);
});

test("the local stack imports nothing of the command line", () => {
  const wrong = imports.filter(({ from, to, own }) => own && layerOf(from) === "local" && layerOf(to) === "cli");
  expect(wrong).toEqual([]);
});

test("the pages import core, api, the synthetic market's symbols and types, and nothing else; nothing imports the pages", () => {
  const outside = imports.filter(
    ({ from, to, own, typeOnly }) =>
      layerOf(from) === "dashboard" &&
      own &&
      !["dashboard", "core", "api"].includes(layerOf(to)) &&
      to !== "src/markets/synthetic-assets.ts" &&
      !typeOnly,
  );
  expect(outside.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  const inward = imports.filter(
    ({ from, to, own }) => own && layerOf(from) !== "dashboard" && layerOf(to) === "dashboard",
  );
  expect(inward).toEqual([]);
});

test("the seams import nothing", () => {
  expect(imports.filter(({ from }) => SEAMS.includes(from))).toEqual([]);
});

test("the ledger check imports only its own files, its decimals and the type of a query", () => {
  const outside = imports.filter(
    ({ from, to, own, typeOnly }) =>
      layerOf(from) === "ledger" && own && layerOf(to) !== "ledger" && !(to === "src/db/query.ts" && typeOnly),
  );
  expect(outside).toEqual([]);
});

test("a layer uses only its own packages, and code of the Worker uses none of Node's but for gzip", () => {
  const foreign = imports.filter(({ from, to, own, typeOnly }) => {
    const layer = layerOf(from);
    if (own || typeOnly || ABOVE.includes(layer) || from === "src/dashboard/vite.config.ts") return false;
    return !PACKAGES[layer]?.test(to);
  });
  expect(foreign.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
});

/** Time, chance, the network and the environment are passed in. */
const IMPURE: readonly (readonly [string, RegExp])[] = [
  ["the isolate's clock", /\bDate\.now\b|\bnew Date\(\s*\)|\bDate\(\s*\)/],
  ["the isolate's stopwatch", /\bperformance\.now\b/],
  ["chance", /\bMath\.random\b|\bcrypto\.(randomUUID|getRandomValues)\b|\buuidv7\(/],
  ["the network", /(?<![.\w])fetch\((?!request: Request\))|globalThis\.fetch/],
  ["the environment", /\bprocess\.env\b|\bimport\.meta\.env\b/],
];
const PURE = [
  "core",
  "api",
  "strategies",
  "db",
  "markets",
  "candles",
  "engine",
  "rounds",
  "tasks",
  "feed",
  "http",
  "ledger",
];
/** Exceptions, each with its reason. */
const ALLOWED: Readonly<Record<string, string>> = {
  "src/http/app.ts: the isolate's stopwatch": "how long a request took, for its log line",
  "src/http/tasks/routes.ts: the isolate's stopwatch": "how long a caller has waited",
  "src/db/shared-work.ts: the isolate's stopwatch": "how long a statement has been running",
  "src/rounds/doors/openings.ts: the isolate's stopwatch": "how long a caller has waited",
  "src/rounds/doors/current-round.ts: the isolate's stopwatch": "how long a caller has waited",
};

test("time, chance, the network and the environment are passed in, never taken", () => {
  const found = files
    .filter((file) => PURE.includes(layerOf(file)))
    .flatMap((file) => {
      const code = withoutComments(read(file));
      return IMPURE.filter(([, pattern]) => pattern.test(code)).map(([what]) => `${file}: ${what}`);
    });
  expect(found.filter((name) => ALLOWED[name] === undefined)).toEqual([]);
  expect(Object.keys(ALLOWED).filter((name) => !found.includes(name))).toEqual([]);
});

test("core and strategies set no timers", () => {
  const timers = files
    .filter((file) => ["core", "strategies"].includes(layerOf(file)))
    .filter((file) => /\bset(Timeout|Interval)\(/.test(withoutComments(read(file))));
  expect(timers).toEqual([]);
});
