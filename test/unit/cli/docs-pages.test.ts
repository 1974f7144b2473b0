import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";
import { generatedPages } from "../../../src/cli/docs/pages.ts";
import { taskStates } from "../../../src/db/statements/metrics/task-counts.ts";
import { createApp } from "../../../src/http/app.ts";
import { strategies } from "../../../src/strategies/registry.ts";
import { NOWHERE, openApi } from "../../support/http-app.ts";
import { projectFiles, read } from "../../support/project-files.ts";

const readme = read("README.md");
const deployment = read("docs/deployment.md");
const api = read("docs/api.md");
const rules = read("docs/rules.md");

test("what is generated in docs/ is what npm run docs makes", () => {
  const stale = Object.entries(generatedPages(read)).filter(([path, text]) => text !== read(path));
  expect(
    stale.map(([path]) => path),
    "run `npm run docs` and commit these",
  ).toEqual([]);
});

test("the generator refuses a page that has lost a marker", () => {
  const broken = (path: string) => read(path).replace("<!-- end of times -->", "");
  expect(() => generatedPages(broken)).toThrow("docs/rules.md must hold");
});

test("the worked example's first buy is what its formulas give by hand", () => {
  // 300 / (100000 × 1.0005 × 1.001) = 0.00299550…; × 100050 = 299.699775; × 0.001 = 0.299699775, up; 500 − both, down.
  expect(rules).toContain("| 0.0029955 | 100050 | 0.29969978 | -299.99947478 | – |");
});

test("every path of the API is in docs/api.md with its method, and nothing that isn't there", () => {
  const app = createApp(() => {
    throw new Error("no request is made");
  });
  const there = new Set(
    app.routes
      .filter(({ method }) => method !== "ALL")
      .map(({ method, path }) => `${method} ${path.replace(":number", "{n}").replace(/:(\w+)/g, "{$1}")}`),
  );
  const told = new Set([...api.matchAll(/^\| (?:🔑 )?`([A-Z]+ \/[^`]*)`/gm)].map(([, line = ""]) => line));
  expect(there.size).toBeGreaterThan(40);
  expect([...there].filter((line) => !told.has(line)).sort(), "to be added").toEqual([]);
  expect([...told].filter((line) => !there.has(line)).sort(), "to be removed").toEqual([]);
});

test("docs/api.md marks every path that needs the key, and no other", async () => {
  const server = await openApi();
  try {
    for (const [, key, method = "", path = ""] of api.matchAll(/^\| (🔑 )?`([A-Z]+) (\/[^`]*)`/gm)) {
      const url = path
        .replace("{n}", "0")
        .replace("{name}", path.startsWith("/queues") ? "agents" : "recover_crashed_agents")
        .replace("{id}", NOWHERE);
      const { status } = await server.call(method, url, { key: null });
      expect(status === 401, `${method} ${path}`).toBe(key !== undefined);
    }
  } finally {
    await server.db.close();
  }
});

test("docs/api.md names every state and strategy", () => {
  const names = [...taskStates, ...Object.keys(strategies)];
  expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(api))).toEqual([]);
});

test("npm scripts that the pages name are there", () => {
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(read("package.json"));
  const pages = ["README.md", ...projectFiles("docs/*.md")].map(read).join("\n");
  const named = new Set([...pages.matchAll(/\bnpm run ([a-z][\w:-]*)/g)].map(([, name = ""]) => name));
  expect([...named].filter((name) => scripts[name] === undefined)).toEqual([]);
  expect(named.size).toBeGreaterThan(3);
});

test("the flags of the commands in README, replay, deployment and CONTRIBUTING are those that the commands take", () => {
  const taken = ["start/args", "tournament/args", "candles/args", "ledger", "flag-values", "test"];
  const texts = taken.map((name) => read(`src/cli/${name}.ts`));
  const known = new Set(texts.flatMap((text) => [...text.matchAll(/--[a-z][a-z-]+/g)].map(([flag]) => flag)));
  const others = ["--env", "--dry-run", "--version-id", "--ignore-scripts", "--name"];
  const text = [readme, deployment, read("docs/replay.md"), read("CONTRIBUTING.md")].join("\n");
  const named = [...text.matchAll(/(?<![\w-])--[a-z][a-z-]+/g)].map(([flag]) => flag);
  expect(named.filter((flag) => !known.has(flag) && !others.includes(flag))).toEqual([]);
});

test("environments, queues and secrets of docs/deployment.md are those of wrangler.toml and the code", () => {
  const toml = read("wrangler.toml");
  const environments = [...toml.matchAll(/^\[env\.(\w+)\]$/gm)].map(([, name = ""]) => name);
  const named = [...deployment.matchAll(/--env (\w+)/g)].map(([, name = ""]) => name);
  expect([...new Set(named)].sort()).toEqual(environments.sort());
  for (const name of ["DATABASE_URL", "OPERATOR_KEY"]) {
    expect(deployment).toContain(`secret put ${name}`);
    expect(read("src/env.ts")).toContain(name);
  }
  const loop = /for q in ([\w ]+); do .*?queues create (agonus-\w+-)\$q\b.*?queues create \2\$q-dlq/.exec(deployment);
  const [, queues = "", prefix = ""] = loop ?? [];
  const created = queues.split(" ").flatMap((queue) => [`${prefix}${queue}`, `${prefix}${queue}-dlq`]);
  const wanted = [...toml.matchAll(/^queue = "(agonus-production-[^"]+)"/gm)].map(([, name = ""]) => name);
  expect(created.sort()).toEqual([...new Set(wanted)].sort());
});

test("links between the pages lead somewhere", () => {
  const there = new Set(projectFiles("*.md", "docs", "findings", ".ci"));
  for (const page of projectFiles("*.md", "docs/*.md")) {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, path = ""]) =>
      normalize(join(dirname(page), path)),
    );
    expect(
      links.filter((path) => !there.has(path)),
      page,
    ).toEqual([]);
  }
});

test("the README is short, and begins with a picture", () => {
  expect(readme.trimEnd().split("\n").length).toBeLessThanOrEqual(150);
  expect(readme.indexOf("![")).toBeLessThan(readme.indexOf("npm start"));
});
