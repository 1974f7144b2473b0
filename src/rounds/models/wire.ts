/**
 * The way of a step to the provider and back: what it may cost is reserved before, what came is recorded after. A step that
 * is recorded already is not sent again. The AI SDK gets this as its `fetch`, and never retries by itself.
 */
import type { ErrorCode } from "../../core/error-codes.ts";
import { limits } from "../../core/limits.ts";
import type { ModelBudget } from "../../core/rules.ts";
import { storableText } from "../../core/storable.ts";
import { sha256Hex } from "../../core/text/canonical.ts";
import type { Query } from "../../db/query.ts";
import type { RecordedStep } from "../../db/statements/models/mind.ts";
import { settleStep } from "../../db/statements/models/settle.ts";
import type { Cooldowns } from "./cooldowns.ts";
import { ModelFault } from "./fault.ts";
import type { PriceOf } from "./prices.ts";
import type { Prompt } from "./prompt.ts";
import { type CutRequest, cutRequest } from "./request-parts.ts";
import { type Sent, sendOnce } from "./send-once.ts";
import type { StoredTexts } from "./stored-texts.ts";

export interface WirePorts {
  readonly query: Query;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly now: () => number;
  readonly cooldowns: Cooldowns;
  readonly texts: StoredTexts;
}

export interface WireSettings {
  readonly roundId: string;
  readonly entryId: string;
  /** The steps of this round that were sent before. */
  readonly recorded: readonly RecordedStep[];
  readonly prompt: Prompt;
  readonly model: string;
  readonly maxOutputTokens: number;
  readonly budget: ModelBudget;
  readonly priceOf: PriceOf;
  /** The key: it is hidden wherever a provider repeats it. */
  readonly secret: string | null;
  /** Whose limits a call counts against: the provider's host and the name of the key. */
  readonly account: string;
  /** Ends with the time that the decision has. */
  readonly signal: AbortSignal;
}

export interface Wire {
  readonly send: (url: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /** How many steps have gone through. */
  readonly steps: () => number;
  /** Why the last step brought no answer. */
  readonly fault: () => ModelFault | null;
}

const BYTES_A_TOKEN = 4;
const bytesOf = (text: string) => new TextEncoder().encode(text).byteLength;

export function openWire(ports: WirePorts, settings: WireSettings): Wire {
  const { recorded } = settings;
  const answers = new Map(
    recorded.flatMap((row) => (row.answer === null ? [] : [[row.request_hash, row.answer] as const])),
  );
  let step = 0;
  let fault: ModelFault | null = null;

  async function sendStep(url: string, init: RequestInit, body: string): Promise<Response> {
    const cut = await cutRequest(body, settings.prompt);
    const known = answers.get(cut.hash);
    const at = step;
    step += 1;
    if (known !== undefined) return responseOf(known);
    const before = recorded.filter((row) => row.step === at).length;
    for (let attempt = before; ; attempt++) {
      await ports.cooldowns.pass(settings.account, settings.signal, ports.now);
      const sent = await sendRecorded(url, init, body, cut, at, attempt);
      if (sent.kind === "answer") return responseOf(sent.text);
      if (sent.kind === "failed") throw new ModelFault(sent.fault, sent.detail);
      if (sent.afterMs !== null) ports.cooldowns.block(settings.account, ports.now() + sent.afterMs);
      await ports.cooldowns.rest(sent.afterMs, attempt - before, settings.signal, sent.detail);
    }
  }

  async function sendRecorded(
    url: string,
    init: RequestInit,
    body: string,
    cut: CutRequest,
    at: number,
    attempt: number,
  ): Promise<Sent> {
    const { roundId, entryId, budget, priceOf, model, maxOutputTokens } = settings;
    const most = { input: bytesOf(body), output: maxOutputTokens };
    const usd = priceOf(most, new Date(ports.now()));
    const reservation = {
      roundId,
      entryId,
      step: at,
      attempt,
      tokens: most.input + most.output,
      usd,
      tokensPerRound: budget.tokens_per_round ?? null,
      usdPerRound: budget.usd_per_round ?? null,
      usdTotal: budget.usd_total ?? null,
      model,
      requestHash: cut.hash,
      request: cut.request,
      contents: cut.contents,
    };
    if (!(await ports.texts.reserve(ports.query, reservation, ports.now())))
      throw new ModelFault("budget", "The next step could cost more than the budget has left.");
    const startedAt = ports.now();
    const got = await sendOnce(ports.fetch, url, { ...init, signal: settings.signal }, settings.secret);
    const used = usageOf(got.sent, body);
    const answer = got.body === null ? null : storableText(got.body, limits.modelAnswerBytesMax);
    await settleStep(ports.query, {
      roundId,
      entryId,
      step: at,
      attempt,
      state: got.sent.kind === "answer" ? "answered" : "failed",
      code: codeOf(got.sent),
      detail: got.sent.kind === "answer" ? null : storableText(got.sent.detail, limits.errorCharsMax),
      status: got.status,
      answer: got.sent.kind === "answer" ? got.sent.text : answer,
      answerHash: answer === null ? null : await sha256Hex(got.sent.kind === "answer" ? got.sent.text : answer),
      finishReason: got.sent.kind === "answer" ? got.sent.finishReason : null,
      inputTokens: used.input,
      outputTokens: used.output,
      usd: priceOf(used, new Date(startedAt)),
      estimated: used.estimated,
      latencyMs: Math.round(ports.now() - startedAt),
    });
    return got.sent;
  }

  return {
    steps: () => step,
    fault: () => fault,
    async send(url, init = {}) {
      try {
        if (typeof init.body !== "string") throw new TypeError("a model's request has no text as its body");
        return await sendStep(String(url instanceof Request ? url.url : url), init, init.body);
      } catch (error) {
        fault = error instanceof ModelFault ? error : null;
        throw error;
      }
    },
  };
}

function responseOf(text: string): Response {
  return new Response(text, { headers: { "content-type": "application/json" } });
}

/** Why a step brought no answer. Null: it brought one. */
function codeOf(sent: Sent): ErrorCode | null {
  if (sent.kind === "answer") return null;
  return sent.kind === "failed" && sent.fault === "bad" ? "agent.bad_answer" : "agent.model_unavailable";
}

/** A step without an answer cost nothing that anybody told. */
function usageOf(sent: Sent, body: string): { input: number; output: number; estimated: boolean } {
  if (sent.kind !== "answer") return { input: 0, output: 0, estimated: false };
  if (sent.usage) return { ...sent.usage, estimated: false };
  const guess = (text: string) => Math.ceil(bytesOf(text) / BYTES_A_TOKEN);
  return { input: guess(body), output: guess(sent.text), estimated: true };
}
