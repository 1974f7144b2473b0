/** Agents from outside as they come: the bots and the webhook of docs/examples as they stand, and clients of MCP. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { PROJECT } from "../../../src/local/worker/wrangler.ts";
import type { McpClient, ToolResult } from "../mcp.ts";

/** Where an agent plays, and with which key. */
export interface Seat {
  readonly url: string;
  readonly key: string;
}

/** Node's, in a process whose clock is an hour ahead of the platform's. */
export const HOUR_AHEAD = "data:text/javascript,const now = Date.now; Date.now = () => now() + 3_600_000;";

/** The bots of docs/examples, each with the program that runs it. */
export const bots: Readonly<Record<string, readonly string[]>> = {
  TypeScript: [process.execPath, "--import", HOUR_AHEAD, join(PROJECT, "docs/examples/bot.ts")],
  ...(spawnSync("python3", ["--version"]).status === 0
    ? { Python: ["python3", join(PROJECT, "docs/examples/bot.py")] }
    : {}),
};

/** The rounds that it says were stored, until it ends by itself. */
export async function runBot([program = "", ...args]: readonly string[], { url, key }: Seat): Promise<number[]> {
  const bot = spawn(program, args, { env: { PATH: process.env.PATH ?? "", AGONUS_URL: url, AGONUS_KEY: key } });
  let said = "";
  for (const stream of [bot.stdout, bot.stderr]) stream.on("data", (chunk) => (said += chunk));
  const [code] = await once(bot, "close");
  expect({ args, code, said }).toMatchObject({ code: 0 });
  return [...said.matchAll(/^(\d+) 200 /gm)].map(([, round]) => Number(round));
}

export interface Receiver {
  readonly url: string;
  stop(): Promise<void>;
}

/** The webhook of docs/examples. `flags` are Node's. */
export async function startReceiver(secret: string, flags: readonly string[] = []): Promise<Receiver> {
  const receiver = spawn(process.execPath, [...flags, join(PROJECT, "docs/examples/webhook.ts")], {
    env: { WEBHOOK_SECRET: secret, PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  return {
    url: `http://127.0.0.1:${await saidPort(receiver)}/`,
    stop: async () => {
      receiver.kill();
      await once(receiver, "close");
    },
  };
}

async function saidPort({ stdout }: ChildProcess): Promise<string> {
  let said = "";
  for await (const chunk of stdout?.iterator({ destroyOnReturn: false }) ?? []) {
    said += chunk;
    const port = /port: (\d+)/.exec(said)?.[1];
    if (port !== undefined) return port;
  }
  throw new Error(`no port: ${said}`);
}

/** The configuration of docs/examples, as a client reads it that fills in the environment. */
export function configured({ url, key }: Seat): Seat {
  const env: Readonly<Record<string, string>> = { AGONUS_URL: url, AGONUS_KEY: key };
  const text = readFileSync(join(PROJECT, "docs/examples/mcp.json"), "utf8");
  const filled = JSON.parse(text.replace(/\$\{(\w+)\}/g, (_, name) => env[name] ?? ""));
  const { type, url: at, headers } = filled.mcpServers.agonus;
  expect({ type, at }).toEqual({ type: "http", at: `${url}/mcp` });
  return { url: at, key: headers.Authorization.replace("Bearer ", "") };
}

/** The rounds that were decided, until the tournament's end. */
export async function playToTheEnd(client: McpClient): Promise<number[]> {
  const rounds: number[] = [];
  for (;;) {
    const { content, isError, text } = await answered(client, "get_round", { wait: 30 });
    if (content.code === "tournament.ended") return rounds;
    expect(isError, text).toBe(false);
    if (content.round === null) continue;
    const { number } = content.round;
    const order = { side: "buy", symbol: "BTC-USDT", amount: "5" };
    const decision = { round: number, orders: [order], reasoning: "Bit by bit." };
    const answer = await answered(client, "submit_decision", decision);
    expect(answer.isError, answer.text).toBe(false);
    rounds.push(number);
  }
}

/** Asks again while nobody answers, as the Worker may be away for some seconds. */
async function answered(client: McpClient, name: string, args: Record<string, unknown>): Promise<ToolResult> {
  for (let tries = 1; ; tries++) {
    try {
      return await client.call(name, args);
    } catch (error) {
      if (tries === 20) throw error;
      await sleep(1000);
    }
  }
}
