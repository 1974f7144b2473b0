import { expect, test } from "vitest";
import { importsOf, projectFiles, read, withoutComments } from "./sources.ts";

/** Each may import itself and what stands before it, never what comes after: the Layout's arrows, made strict. */
const LAYERS: readonly string[] = [
  "core",
  "strategies",
  "db",
  "markets",
  "rounds",
  "tasks",
  "queues",
  "schedules",
  "http",
  "env",
  "ports",
  "durable-objects",
  "worker",
  "index",
];
/** Importable by all; they import nothing themselves. */
const SEAMS = ["src/log.ts", "src/db/query.ts"];
/** On top: nothing of the Worker knows of them. */
const ABOVE = ["local", "cli"];
/** Arrows that point up, with the reason. */
const JUSTIFIED: Readonly<Record<string, string>> = {
  "src/env.ts -> durable-objects/arena.ts": "the binding's type is the object's class; nothing runs",
  "src/env.ts -> durable-objects/beat.ts": "the binding's type is the object's class; nothing runs",
  "src/env.ts -> durable-objects/trading-agent.ts": "the binding's type is the object's class; nothing runs",
};
/** The packages that a layer may use. What isn't listed here may use none. */
const PACKAGES: Readonly<Record<string, RegExp>> = {
  core: /^(big\.js|zod|pure-rand\/)/,
  strategies: /^(zod|trading-signals|simple-statistics)$/,
  db: /^(zod|drizzle-orm(\/pg-core)?|@neondatabase\/serverless)$/,
  markets: /^zod$/,
  rounds: /^zod$/,
  tasks: /^zod$/,
  queues: /^zod$/,
  schedules: /^(croner|cronstrue|zod)$/,
  http: /^(hono|hono\/.+|hono-openapi|zod|cronstrue)$/,
  ports: /^uuidv7$/,
  worker: /^(hono|uuidv7)$/,
  "durable-objects": /^cloudflare:workers$/,
  ledger: /^big\.js$/,
  dashboard:
    /^(react|react-dom\/client|@tanstack\/react-(query|table|virtual)|hono\/client|wouter|radix-ui|lucide-react|uplot|zod|@fontsource-variable\/.+)$/,
};

const files = projectFiles("src/*.ts", "src/**/*.ts", "src/**/*.tsx", "src/**/*.mjs", "durable-objects/*.ts");
const imports = files.flatMap(importsOf).filter(({ to }) => !to.endsWith(".css"));

function layerOf(file: string): string {
  const [top = "", second = ""] = file.split("/");
  return top === "durable-objects" ? top : second.replace(/\.ts$/, "");
}
const rank = (layer: string): number => LAYERS.indexOf(layer);

test("the walk sees the imports there are", () => {
  expect(files.length).toBeGreaterThan(150);
  expect(imports.length).toBeGreaterThan(700);
  // The bundle, which front.mjs is served beside.
  const targets = new Set([...files, "src/local/index.js"]);
  expect(imports.filter(({ own, to }) => own && !targets.has(to)).map(({ from, to }) => `${from} -> ${to}`)).toEqual(
    [],
  );
});

test("every file has a place in the layout", () => {
  const known = new Set<string>([...LAYERS, ...ABOVE, "ledger", "log", "clock", "dashboard"]);
  expect(files.filter((file) => !known.has(layerOf(file)))).toEqual([]);
});

test("arrows point one way", () => {
  const up = imports.filter(({ from, to, own }) => {
    const [low, high] = [layerOf(from), layerOf(to)];
    if (!own || SEAMS.includes(to) || ABOVE.includes(low) || low === "ledger" || low === "dashboard") return false;
    return rank(high) === -1 || rank(high) > rank(low);
  });
  const names = up.map(({ from, to }) => `${from} -> ${to}`);
  expect(names.filter((name) => JUSTIFIED[name] === undefined)).toEqual([]);
  expect(Object.keys(JUSTIFIED).filter((name) => !names.includes(name))).toEqual([]);
  expect(up.filter(({ typeOnly }) => !typeOnly)).toEqual([]);
});

test("the command line stands on the local stack, and not the other way round", () => {
  const wrong = imports.filter(({ from, to, own }) => own && layerOf(from) === "local" && layerOf(to) === "cli");
  expect(wrong).toEqual([]);
});

test("the pages run core's code, know the synthetic market's symbols, take types from the API's, and nothing else; the Worker knows nothing of them", () => {
  const outside = imports.filter(
    ({ from, to, own, typeOnly }) =>
      layerOf(from) === "dashboard" &&
      own &&
      !["dashboard", "core"].includes(layerOf(to)) &&
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

test("the ledger check knows the decimals and the statement's seam, and nothing else of the code", () => {
  const outside = imports.filter(
    ({ from, to, own, typeOnly }) =>
      layerOf(from) === "ledger" && own && layerOf(to) !== "ledger" && !(to === "src/db/query.ts" && typeOnly),
  );
  expect(outside).toEqual([]);
});

test("a layer uses the packages that belong to it; what runs at the edge uses none of Node's", () => {
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
  ["the network", /(?<![.\w])fetch\(|globalThis\.fetch/],
  ["the environment", /\bprocess\.env\b|\bimport\.meta\.env\b/],
];
const PURE = ["core", "strategies", "db", "markets", "rounds", "tasks", "queues", "schedules", "http", "ledger"];
/** What it may do all the same, with the reason. */
const ALLOWED: Readonly<Record<string, string>> = {
  "src/http/app.ts: the isolate's stopwatch": "how long a request took, for its log line",
  "src/http/tasks.ts: the isolate's stopwatch": "how long a caller has waited",
  "src/db/shared-work.ts: the isolate's stopwatch": "how long a statement has been under way",
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
