/**
 * A model on this machine that answers as a test says, in the shape of chat completions. It can misbehave in every way in
 * which providers do: model-faults.ts.
 */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly {
    readonly role: string;
    readonly content?: unknown;
    readonly tool_calls?: readonly {
      readonly id: string;
      readonly function: { readonly name: string; readonly arguments: string };
    }[];
    readonly tool_call_id?: string;
  }[];
  readonly tools: readonly {
    readonly function: { readonly name: string; readonly parameters: Record<string, unknown> };
  }[];
  readonly max_tokens?: number;
  readonly temperature?: number;
}

/** What the server does with a request. */
export type Reply =
  | {
      readonly kind: "answer";
      readonly status?: number;
      readonly headers?: Record<string, string>;
      readonly body: string;
    }
  /** Nothing is ever sent. */
  | { readonly kind: "stall" }
  /** The line is cut, before anything was sent or in the middle of the body. */
  | { readonly kind: "drop"; readonly body?: string };

export interface Received {
  readonly body: ChatRequest;
  /** The body's bytes as they came. */
  readonly bytes: number;
  /** SHA-256 of the body, as a step is recorded. */
  readonly hash: string;
  readonly headers: IncomingMessage["headers"];
  readonly path: string;
}

export interface ScriptedModel {
  /** The address before /chat/completions. */
  readonly url: string;
  readonly received: Received[];
  /** Requests whose answer has not ended. A client that leaves ends its request. */
  readonly open: () => number;
  script(next: (request: ChatRequest, n: number) => Reply | Promise<Reply>): void;
  close(): Promise<void>;
}

/** `port`: where another one was before. By default any that is free. */
export async function scriptedModel(port = 0): Promise<ScriptedModel> {
  const received: Received[] = [];
  let script: (request: ChatRequest, n: number) => Reply | Promise<Reply> = () => text("no script");
  let open = 0;
  const server = createServer(async (request, response) => {
    open += 1;
    response.once("close", () => {
      open -= 1;
    });
    // Tests whose Worker runs in another process ask so what was received.
    if (request.method === "GET") return void response.end(JSON.stringify(received.map(({ body }) => body.model)));
    const raw = await bodyOf(request);
    if (raw === null) return;
    const body: ChatRequest = JSON.parse(raw);
    const hash = createHash("sha256").update(raw).digest("hex");
    const { headers, url: path = "" } = request;
    const n = received.push({ body, bytes: Buffer.byteLength(raw), hash, headers, path }) - 1;
    send(response, await script(body, n));
  });
  await new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the scripted model has no port");
  return {
    url: `http://127.0.0.1:${address.port}/v1`,
    received,
    open: () => open,
    script: (next) => {
      script = next;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** Null: the client left before it had sent all of it. */
async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk);
  } catch (error) {
    if (request.destroyed && !request.complete) return null;
    throw error;
  }
  return Buffer.concat(chunks).toString();
}

function send(response: ServerResponse, reply: Reply): void {
  if (reply.kind === "stall") return;
  if (reply.kind === "drop") {
    if (reply.body === undefined) {
      response.socket?.destroy();
      return;
    }
    response.writeHead(200, { "content-type": "application/json", "content-length": reply.body.length + 100 });
    response.write(reply.body, () => response.socket?.destroy());
    return;
  }
  response.writeHead(reply.status ?? 200, { "content-type": "application/json", ...reply.headers });
  response.end(reply.body);
}

interface Said {
  readonly content?: string | null;
  readonly calls?: readonly { readonly name: string; readonly args: unknown; readonly id?: string | null }[];
  readonly finish?: string | null;
  /** Null: the provider does not count. */
  readonly usage?: unknown;
}

/** A whole answer of a model. Arguments that are a text are sent as they are. */
export function says({ content = null, calls = [], finish, usage }: Said): Reply {
  const tool_calls = calls.map(({ name, args, id }, n) => ({
    ...(id === null ? {} : { id: id ?? `call-${n}` }),
    type: "function",
    function: { name, arguments: typeof args === "string" ? args : JSON.stringify(args) },
  }));
  const message = { role: "assistant", content, ...(calls.length > 0 ? { tool_calls } : {}) };
  const finish_reason = finish === undefined ? (calls.length > 0 ? "tool_calls" : "stop") : finish;
  const counted = usage === undefined ? { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 } : usage;
  return {
    kind: "answer",
    body: JSON.stringify({
      id: "completion",
      object: "chat.completion",
      created: 1_700_000_000,
      model: "scripted",
      choices: [{ index: 0, message, finish_reason }],
      ...(counted === null ? {} : { usage: counted }),
    }),
  };
}

export const calls = (name: string, args: unknown): Reply => says({ calls: [{ name, args }] });
export const text = (content: string): Reply => says({ content });
export const decides = (decision: unknown): Reply => calls("submit_decision", decision);
export const hold = { orders: [], reasoning: "Nothing to do." };
export const buy = (amount: string, symbol = "BTC-USDT") => ({
  orders: [{ side: "buy", symbol, amount }],
  reasoning: "It looks cheap.",
});
