/** Answers in place of all providers, from a cassette. A request that the cassette does not know is refused and told. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { limits } from "../../core/limits.ts";
import { sha256Hex } from "../../core/text/canonical.ts";
import { firstDifference } from "./difference.ts";
import type { Cassette, CassetteStep } from "./file.ts";

export interface CassettePlayer {
  /** The Worker puts the agent's name and /chat/completions behind it. */
  readonly url: string;
  /** Ends when a request came that the cassette does not know. Its reason is a sentence. */
  readonly missed: AbortSignal;
  close(): Promise<void>;
}

export async function playCassette(cassette: Cassette): Promise<CassettePlayer> {
  const known = new Map(cassette.steps.map((step) => [keyOf(step.agent, step.request_hash), step]));
  const missed = new AbortController();
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const agent = agentIn(request.url ?? "");
    const body = await textOf(request);
    const step = known.get(keyOf(agent, await sha256Hex(body)));
    if (step) return replay(response, step, cassette);
    const sentence = firstDifference(cassette, agent, body);
    missed.abort(sentence);
    send(response, 400, sentence);
  }

  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the cassette's player has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    missed: missed.signal,
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

const keyOf = (agent: string, hash: string) => JSON.stringify([agent, hash]);

/** /AGENT/chat/completions */
function agentIn(path: string): string {
  return decodeURIComponent(path.split("/")[1] ?? "");
}

function replay(response: ServerResponse, { end }: CassetteStep, { texts }: Cassette): void {
  if (end.kind === "answer") send(response, 200, withUsage(textFor(texts, end.hash), end.usage));
  else if (end.kind === "nonsense") send(response, 200, textFor(texts, end.hash));
  else if (end.kind === "too_long") send(response, 200, "x".repeat(limits.modelAnswerBytesMax + 1));
  // A status that is not tried again.
  else send(response, 400, end.why);
}

function textFor(texts: Cassette["texts"], hash: string): string {
  const text = texts.get(hash);
  if (text === undefined) throw new Error(`the cassette lacks the text ${hash}`);
  return text;
}

/** An answer is stored without its counts. */
function withUsage(text: string, usage: { readonly input: number; readonly output: number } | null): string {
  if (usage === null) return text;
  const counts = { prompt_tokens: usage.input, completion_tokens: usage.output };
  return JSON.stringify({ ...JSON.parse(text), usage: counts });
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(body);
}
