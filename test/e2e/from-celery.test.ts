/** docs/from-celery.md: each command is run as it stands, against the real stack, and prints what the page says. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Stack, startStack } from "../../src/local/stack.ts";
import { PROJECT } from "../../src/local/worker/wrangler.ts";
import { makeFolder, removeFolder } from "../support/e2e/data-folder.ts";
import { takePort } from "../support/e2e/take-port.ts";

interface Block {
  readonly heading: string;
  /** Runs until it is interrupted. */
  readonly stays: boolean;
  readonly script: string;
  readonly expected: string;
}

const page = readFileSync(join(PROJECT, "docs/from-celery.md"), "utf8");
const blocks = readBlocks(page);
const folder = makeFolder();
const data = join(folder, "data");
let port = 0;
const variables: Record<string, string> = {};

beforeAll(async () => {
  port = await takePort();
});
afterAll(async () => {
  await removeFolder(folder);
});

function readBlocks(text: string): Block[] {
  const found: Block[] = [];
  let heading = "";
  let rest = text;
  for (;;) {
    const next = /^#+ (.+)$|^```(\w*)( start)?\n([\s\S]*?)^```$/m.exec(rest);
    if (!next) return found;
    rest = rest.slice(next.index + next[0].length);
    if (next[1]) heading = next[1];
    else if (next[2] === "sh") {
      const [, expected] = /^\n```text\n([\s\S]*?)\n```$/m.exec(rest.slice(0, 1000)) ?? [];
      if (expected === undefined) throw new Error(`a command under "${heading}" doesn't say what comes out`);
      found.push({ heading, stays: next[3] !== undefined, script: next[4] ?? "", expected });
    }
  }
}

/** `…` stands for anything; what stands between is there, in its order. */
function patternOf(expected: string): RegExp {
  const parts = expected.split("…").map((part) => part.trim().replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(parts.join("[\\s\\S]*?"));
}

function bash(script: string) {
  const kept = Object.entries(process.env).filter(([name]) => !/^(npm_|VITEST|NODE_ENV$|AGONUS_)/.test(name));
  const child = spawn("bash", ["-euo", "pipefail", "-c", script], {
    cwd: PROJECT,
    env: {
      ...Object.fromEntries(kept),
      DATA: data,
      PORT: String(port),
      WRANGLER_SEND_METRICS: "false",
      WRANGLER_WRITE_LOGS: "false",
      CI: "1",
      ...variables,
    },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    err += chunk;
  });
  const ended = new Promise<number | null>((done) => child.once("close", done));
  return { ended, pid: child.pid ?? Number.NaN, out: () => out, err: () => err };
}

test("the page has a command for every section that had one to be replaced, and says what each prints", () => {
  expect(blocks.length).toBeGreaterThan(25);
  const headings = new Set(blocks.map(({ heading }) => heading));
  for (const heading of ["Run single agent", "Manual recovery", "Inspect workers", "View logs", "Tasks failing"]) {
    expect(headings).toContain(heading);
  }
});

test("a page that doesn't say what a command prints is refused, and a wrong word is no match", () => {
  expect(() => readBlocks("# A\n```sh\ntrue\n```\nand on\n")).toThrow("doesn't say");
  expect(patternOf('{"a":…"b"').test('{"a":1,"b":2}')).toBe(true);
  expect(patternOf('{"a":…"c"').test('{"a":1,"b":2}')).toBe(false);
});

test.for(blocks.filter(({ stays }) => stays))("$heading: $script", async ({ script, expected }) => {
  const command = bash(script);
  for (const end = Date.now() + 120_000; !patternOf(expected).test(command.out()); await sleep(100)) {
    expect(Date.now(), command.out() + command.err()).toBeLessThan(end);
  }
  process.kill(-command.pid, "SIGINT");
  await command.ended;
  expect(command.out()).toContain("Stopped.");
});

describe("on the running stack", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ dataDir: data, port, fsync: false });
    const post = async (path: string, body: unknown) => {
      const headers = { authorization: `Bearer ${stack.operatorKey}`, "content-type": "application/json" };
      const answer = await fetch(stack.url + path, { method: "POST", headers, body: JSON.stringify(body) });
      return JSON.parse(await answer.text());
    };
    const agent = async (name: string) => (await post("/agents", { name, strategy_type: "momentum" })).id;
    const now = Date.now();
    const { id } = await post("/tournaments", {
      name: "From Celery",
      market: "synthetic",
      symbols: ["BTC-USDT"],
      interval_seconds: 300,
      starts_at: new Date(now - 1_000).toISOString(),
      ends_at: new Date(now + 86_400_000).toISOString(),
    });
    const { task_id } = await post("/tasks", { name: "update_tournament_rankings" });
    await fetch(`${stack.url}/tasks/${task_id}?wait=30`);
    Object.assign(variables, {
      URL: stack.url,
      AUTH: `Authorization: Bearer ${stack.operatorKey}`,
      TOURNAMENT: id,
      TASK: task_id,
      AGENT: await agent("Ann"),
      AGENT2: await agent("Bob"),
    });
  });
  afterAll(() => stack?.stop());

  test.for(blocks.filter(({ stays }) => !stays))("$heading: $script", async ({ script, expected }) => {
    const command = bash(script);
    const code = await command.ended;
    expect(code, `${script}\n${command.out().slice(0, 3000)}${command.err()}`).toBe(0);
    expect(command.out()).toMatch(patternOf(expected));
  });
});
