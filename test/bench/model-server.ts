/**
 * The provider of the bench's language models, in a process of its own. Each model looks at a price and then holds. Its parent
 * sets how long an answer takes, and asks what was seen since it last asked.
 */
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { calls, decides, hold, scriptedModel } from "../support/models/scripted-model.ts";

export interface ModelOrder {
  readonly delayMs: number;
}

export interface ModelReport {
  readonly url: string;
  readonly requests: number;
  /** The most requests of one agent that waited for an answer at the same time. Each agent has a model of its own. */
  readonly openAtOnce: number;
  /** Bytes of the distinct prompts with which decisions begin. */
  readonly promptBytes: number;
}

const server = await scriptedModel();
let delayMs = 0;
let openAtOnce = 0;
const open = new Map<string, number>();
const prompts = new Map<string, number>();

server.script(async (request, n) => {
  const now = (open.get(request.model) ?? 0) + 1;
  open.set(request.model, now);
  openAtOnce = Math.max(openAtOnce, now);
  const isFirst = request.messages.length === 2;
  if (isFirst) {
    const hash = createHash("sha256").update(JSON.stringify(request.messages)).digest("hex");
    prompts.set(hash, server.received[n]?.bytes ?? 0);
  }
  await sleep(delayMs);
  open.set(request.model, (open.get(request.model) ?? 1) - 1);
  return isFirst ? calls("get_price", { symbol: "BTC-USDT" }) : decides(hold);
});

process.on("message", (order: ModelOrder) => {
  delayMs = order.delayMs;
  const promptBytes = [...prompts.values()].reduce((sum, bytes) => sum + bytes, 0);
  const report: ModelReport = { url: server.url, requests: server.received.length, openAtOnce, promptBytes };
  process.send?.(report);
});
process.on("disconnect", () => process.exit(0));
