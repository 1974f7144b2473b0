/**
 * Nobody stalls the Worker or a command with one long text: whatever sees input takes time that grows with its length, not
 * with the square of it. Eight times the length takes at most 32 times the processor time. test/support/growth.ts measures.
 */
import { parseSync } from "vite";
import { describe, expect, test } from "vitest";
import { readFileName } from "../../../src/candles/file-name.ts";
import { FileReader } from "../../../src/candles/file-reader.ts";
import { numberFault } from "../../../src/candles/number.ts";
import { parseAgents } from "../../../src/cli/agents-file.ts";
import { parseStartArgs } from "../../../src/cli/start/args.ts";
import { parseTournamentArgs } from "../../../src/cli/tournament/args.ts";
import { rulesSchema } from "../../../src/core/rules.ts";
import { errorSignature } from "../../../src/core/tasks/error-signature.ts";
import { plainDecimal } from "../../../src/core/text/canonical.ts";
import { forbiddenParts } from "../../../src/core/text/json-limits.ts";
import { SharedWork } from "../../../src/db/shared-work.ts";
import { partOf } from "../../../src/db/text-search.ts";
import { agentBody } from "../../../src/http/agents/bodies.ts";
import { createApp } from "../../../src/http/app.ts";
import { auditDetails } from "../../../src/http/audit/details.ts";
import type { HttpDeps } from "../../../src/http/deps.ts";
import { timeField, uuidField } from "../../../src/http/request/fields.ts";
import { taskFilterBody } from "../../../src/http/tasks/filter.ts";
import { tournamentBody } from "../../../src/http/tournaments/bodies.ts";
import { describeError, jsonLog, withoutCredentials } from "../../../src/log.ts";
import { parseInterval } from "../../../src/markets/intervals.ts";
import { taskRegistry } from "../../../src/tasks/registry.ts";
import { GROWTH_MAX, growth, growthOf, type Make, repeated } from "../../support/growth.ts";
import { OwnWork } from "../../support/own-work.ts";
import { projectFiles, read } from "../../support/project-files.ts";

interface Node {
  readonly type: string;
  readonly regex?: { readonly pattern: string; readonly flags: string };
  readonly callee?: { readonly name?: string };
}

function candleFile(input: string): void {
  try {
    const reader = new FileReader("BTC-USDT.1m.csv", "BTC");
    reader.push(new TextEncoder().encode(input));
    reader.end();
  } catch {
    // Most of these texts are no candles.
  }
}

const files = projectFiles("src", "durable-objects").filter((file) => /\.(ts|tsx|mjs)$/.test(file));

/** All expressions as they are written, each once with a file that has it; and the files that make others. */
function expressions() {
  const literals = new Map<string, { file: string; expression: RegExp }>();
  const made: string[] = [];
  const walk = (file: string, value: unknown): void => {
    if (Array.isArray(value)) {
      for (const each of value) walk(file, each);
      return;
    }
    if (typeof value !== "object" || value === null) return;
    const node = value as Node;
    if (node.regex) {
      const { pattern, flags } = node.regex;
      literals.set(`/${pattern}/${flags}`, { file, expression: new RegExp(pattern, flags) });
    }
    if (/^(New|Call)Expression$/.test(node.type) && node.callee?.name === "RegExp") made.push(file);
    for (const part of Object.values(node)) walk(file, part);
  };
  for (const file of files) walk(file, parseSync(file, read(file)).program);
  return { literals, made };
}
const { literals, made } = expressions();

test("the walk finds the expressions that there are, and what makes others makes them of our own words", () => {
  expect(literals.size).toBeGreaterThan(90);
  // Made of constants, and of the shape of a file of our own. The parsers below run the first three.
  expect(made.toSorted()).toEqual([
    "src/core/checks.ts",
    "src/core/text/look-alike.ts",
    "src/core/text/time-text.ts",
    "src/local/backup/file.ts",
  ]);
});

describe("no expression takes more than its input's length deserves", () => {
  for (const [text, { file, expression }] of literals) {
    test(`${file} ${text}`, async () => expect(await growthOf(expression)).toBeLessThan(GROWTH_MAX));
  }
});

describe("the measure tells those that do", () => {
  test.each([
    ["the log's redaction as it was", /(\bpostgres(?:ql)?:\/\/)[^\s"'@]*@/gi],
    ["numbers without their zeros as they were", /^(-?)0*(\d+)(?:\.(\d*?)0*)?$/],
    ["spaces before an end", /\s+$/],
    ["what never ends", /^(a+)+$/],
  ])("%s", async (_, expression) => expect(await growthOf(expression)).toBeGreaterThan(GROWTH_MAX));
});

/** What any text may be made of. */
const units = [
  "a",
  "0",
  " ",
  "\n",
  ",",
  '"',
  "\\",
  "/",
  "%",
  "é",
  "1,",
  "a=",
  '\\"',
  "postgres://",
  "Bearer ",
  "a-",
  "0.",
  "[",
  '{"a":',
];
const texts: Make[] = units.flatMap((unit) => [repeated(unit), repeated(unit, '"', "!"), repeated(unit, "1", '"')]);

async function worst(run: (input: string) => unknown, makes: readonly Make[] = texts, short?: number): Promise<number> {
  let most = 0;
  for (const make of makes) most = Math.max(most, await growth(run, make, short));
  return most;
}
const caught = (run: (input: string) => unknown) => (input: string) => {
  try {
    run(input);
  } catch {
    // Refused is as good as taken.
  }
};
const parsed = (input: string): unknown => {
  try {
    return JSON.parse(input);
  } catch {
    return input;
  }
};

const parsers: Record<string, (input: string) => unknown> = {
  "the log's redaction": withoutCredentials,
  "an error's description": (input) => describeError(Object.assign(new Error(input), { stack: input })),
  "a line of the log": (input) =>
    jsonLog(() => 0, () => {}, ["a secret"])({ event: "request", method: "GET", path: input, status: 404, ms: 1 }),
  "an error's signature": (input) => errorSignature("Error", "task.failed", input),
  "a decimal": caught(plainDecimal),
  "a candle file": candleFile,
  "the body of a candle file": (input) => candleFile(`open_time,open,high,low,close,volume\n${input}`),
  "a candle file of JSON": (input) => candleFile(`[[${input}`),
  "objects of a candle file": (input) => candleFile(`[{"${input}`),
  "a candle file's name": readFileName,
  "a candle's number": numberFault,
  "a list of agents": (input) => parseAgents("agents.json", input),
  "an interval": parseInterval,
  "arguments of tournament": (input) => parseTournamentArgs(["--name", input, input, `--start=${input}`]),
  "arguments of start": (input) => parseStartArgs([input, `--port=${input}`]),
  "a pattern for ilike": partOf,
  "a time": (input) => timeField.safeParse(input),
  "an id": (input) => uuidField.safeParse(input),
  "what is forbidden in a body": (input) => forbiddenParts(parsed(input)),
  "what the audit keeps": (input) => auditDetails(input, { [input]: [input] }),
  rules: (input) => rulesSchema.safeParse({ fee_bps: input, min_order: input, seed: input, [input]: 1 }),
  "an agent": (input) => agentBody.safeParse({ name: input, avatar_url: input, personality: input, config: input }),
  "a tournament": (input) =>
    tournamentBody.safeParse({
      name: input,
      symbols: [input],
      starts_at: input,
      starting_cash: input,
      prize_pool: input,
    }),
  "a filter of tasks": (input) =>
    taskFilterBody.safeParse({ state: input, name: input, agent_id: input, since: input, q: input, [input]: input }),
};

describe("no parser takes more than its input's length deserves", () => {
  for (const [name, run] of Object.entries(parsers)) {
    test(name, async () => expect(await worst(run)).toBeLessThan(GROWTH_MAX));
  }
});

const KEY = "operator-key-of-the-tests";
const nothing = async () => [];
const lines: string[] = [];
const deps = {
  query: nothing,
  taskReads: new SharedWork(async () => []),
  keyReads: new OwnWork(async (_: unknown, hashes: readonly string[]) => hashes.map(() => null)),
  operatorKey: KEY,
  metricsOpen: false,
  environment: "production",
  codeVersion: "test",
  correlationId: "growth",
  log: jsonLog(
    () => 0,
    (line) => (lines[0] = line),
    [KEY],
  ),
  newId: () => "0198ffff-0000-7000-8000-000000000000",
  newToken: () => "A".repeat(43),
  tasks: taskRegistry,
  enqueue: async () => ({ taskId: "0198ffff-0000-7000-8000-000000000000" }),
  web: {
    file: async () => new Response(null, { status: 404 }),
    watch: async () => new Response(null, { status: 404 }),
  },
} as unknown as HttpDeps;
const app = createApp(() => deps);
const key = { authorization: `Bearer ${KEY}` };
/** What may stand in a header. */
const plain = (input: string) => input.replaceAll(/[^\x20-\x7e]/g, "a");

const requests: Record<string, (input: string) => Promise<Response> | Response> = {
  "its path": (input) => app.request(`/${input}`),
  "a path's id": (input) => app.request(`/tournaments/${encodeURIComponent(input)}/feed`),
  "its query": (input) => app.request(`/tournaments?${input}`),
  "a value of its query": (input) =>
    app.request(`/agents?q=${encodeURIComponent(input)}&cursor=${encodeURIComponent(input)}`),
  "many names in its query": (input) => app.request(`/tournaments?${"a=1&b&".repeat(input.length / 6)}`),
  "its Authorization": (input) => app.request("/queues", { headers: { authorization: `Bearer ${plain(input)}` } }),
  "its Cookie": (input) =>
    app.request("/queues", { headers: { cookie: `__Host-agonus=${plain(input)}; agonus=${plain(input)}` } }),
  "its Accept": (input) => app.request("/nothing", { headers: { accept: plain(input) } }),
  "its address": (input) =>
    app.request("/queues", { headers: { authorization: "Bearer wrong", "cf-connecting-ip": plain(input) } }),
};

describe("no request takes more than its length deserves, by", () => {
  for (const [name, ask] of Object.entries(requests)) {
    test(name, async () => expect(await worst(ask)).toBeLessThan(GROWTH_MAX));
  }
  // Up to 200,000 characters of the million that a body may have: more is the collection of garbage.
  const bodies: Make[] = [
    ...["[", '{"a":', "a", '"', '\\"', " ", "1"].map((unit) => repeated(unit)),
    repeated('{"a":', "", "1"),
    repeated('"a",', '{"symbols":[', '"a"]}'),
    repeated("a", '{"name":"', '"}'),
    repeated(" ", '{"name":"', 'x"}'),
    repeated("\\u0020", '{"name":"x', 'x"}'),
    (chars) => `{${Array.from({ length: chars / 12 }, (_, i) => `"k${i}":"v"`).join(",")}}`,
    (chars) => `{"args":{${Array.from({ length: chars / 12 }, (_, i) => `"k${i}":"v"`).join(",")}}}`,
  ];
  for (const path of ["/session", "/tournaments", "/agents", "/tasks", "/bulk"]) {
    test(`its body, for ${path}`, { timeout: 60_000 }, async () => {
      const post = (body: string) => app.request(path, { method: "POST", headers: key, body });
      expect(await worst(post, bodies, 25_000)).toBeLessThan(GROWTH_MAX);
    });
  }
});
