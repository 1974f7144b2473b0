/** `npm start` for a test: up, asked over HTTP, and what it says when it is ready. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { z } from "zod";

import { Command } from "./command.ts";
import { takePort } from "./take-port.ts";

const readySchema = z.strictObject({ url: z.url(), operator_key: z.string().min(20), tournament_id: z.guid() });
export type Ready = z.infer<typeof readySchema>;

export interface Live extends Ready {
  readonly command: Command;
}

/** Resolves when it prints its line. Any free port, unless `args` name one. */
export async function startLive(dataDir: string, args: readonly string[]): Promise<Live> {
  const port = args.includes("--port") ? [] : ["--port", String(await takePort())];
  const command = new Command("start", ["--data", dataDir, "--json", ...port, ...args]);
  try {
    // A first start after a change builds the pages too.
    const [line] = await command.says(/^\{.*\}$/m, 150);
    return { command, ...readySchema.parse(JSON.parse(line)) };
  } catch (error) {
    await command.interrupt();
    throw error;
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies freely
  readonly body: any;
}

export interface Asked {
  readonly body?: unknown;
  /** Sent as it is, in place of `body`. */
  readonly raw?: string;
  /** Default: the operator's. Null: none. */
  readonly key?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Every answer is no fault of the server's, and every refusal a problem document. */
export async function ask(live: Ready, method: string, path: string, asked: Asked = {}): Promise<Answer> {
  const { body, raw = body === undefined ? undefined : JSON.stringify(body), key = live.operator_key } = asked;
  const response = await fetch(new URL(path, live.url), {
    method,
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(raw === undefined ? {} : { "content-type": "application/json" }),
      ...asked.headers,
    },
    ...(raw === undefined ? {} : { body: raw }),
  });
  const text = await response.text();
  expect(response.status, `${method} ${path}: ${text}`).toBeLessThan(500);
  const isJson = response.headers.get("content-type")?.includes("json") ?? false;
  const answer: Answer = {
    status: response.status,
    headers: response.headers,
    body: isJson && text !== "" ? JSON.parse(text) : text,
  };
  if (response.status >= 400) {
    expect(response.headers.get("content-type"), `${method} ${path}`).toContain("application/problem+json");
    expect(answer.body, `${method} ${path}`).toMatchObject({
      status: response.status,
      code: expect.stringMatching(/^[a-z]+\.[a-z_]+$/),
      detail: expect.stringMatching(/\w/),
    });
  }
  return answer;
}

/** The first truthy answer of `look`; a look that fails counts as none. */
export async function eventually<T>(what: string, look: () => Promise<T | null | false>, seconds = 180): Promise<T> {
  let why = "";
  for (const end = Date.now() + seconds * 1_000; Date.now() < end; await sleep(100)) {
    try {
      const found = await look();
      if (found !== null && found !== false) return found;
    } catch (error) {
      why = `: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  throw new Error(`Not within ${seconds} s: ${what}${why}`);
}

/** Newest first. */
export async function roundsOf(live: Ready, tournamentId = live.tournament_id) {
  const { body } = await ask(live, "GET", `/tournaments/${tournamentId}/rounds?limit=100`);
  return z
    .array(
      z.looseObject({ number: z.number(), state: z.string(), skip_reason: z.string().nullish(), due_at: z.string() }),
    )
    .parse(body.items);
}

/** Waits for `count` rounds that were due from now on to be settled with a decision of every participant. */
export async function wholeRounds(live: Ready, count: number, tournamentId = live.tournament_id): Promise<void> {
  const from = Date.now();
  const whole = new Set<number>();
  await eventually(`${count} whole rounds`, async () => {
    for (const { number, state, due_at } of await roundsOf(live, tournamentId)) {
      if (state !== "settled" || Date.parse(due_at) < from || whole.has(number)) continue;
      const { body } = await ask(live, "GET", `/tournaments/${tournamentId}/rounds/${number}`);
      if (body.counts.decided === body.participants) whole.add(number);
    }
    return whole.size >= count;
  });
}
