/** Clients of the MCP door, as their SDKs come: no setting but the address and the key. */
import { Client as Client2, StreamableHTTPClientTransport as Transport2 } from "@modelcontextprotocol/client";
import { Client as Client1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as Transport1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

export const generations = ["SDK 1.x", "SDK 2.x", "SDK 2.x, 2026-07-28"] as const;
export type Generation = (typeof generations)[number];

export interface Reached {
  readonly url: string;
  /** Null: without a key. */
  readonly key: string | null;
  /** In place of the global one. */
  readonly fetch?: (url: string | URL, init?: RequestInit) => Promise<Response>;
}

export interface ToolResult {
  readonly isError: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into results freely
  readonly content: any;
  readonly text: string;
}

interface Described {
  readonly name: string;
  readonly description?: string | undefined;
  readonly inputSchema: object;
  readonly outputSchema?: object | undefined;
}

export interface McpClient {
  readonly tools: () => Promise<Described[]>;
  readonly call: (name: string, args?: Record<string, unknown>, signal?: AbortSignal) => Promise<ToolResult>;
  readonly close: () => Promise<void>;
}

/** Connects, and asks for the tools as clients do: then a client holds every result against the tool's schema. */
export async function connectMcp(generation: Generation, { url, key, fetch }: Reached): Promise<McpClient> {
  const me = { name: "a test", version: "1" };
  const options = {
    requestInit: key === null ? {} : { headers: { authorization: `Bearer ${key}` } },
    ...(fetch && { fetch }),
  };
  const at = new URL("/mcp", url);
  if (generation === "SDK 1.x") {
    const client = new Client1(me);
    // Its own types differ in whether an absent session id is undefined.
    await client.connect(new Transport1(at, options) as unknown as Parameters<typeof client.connect>[0]);
    await client.listTools();
    return {
      tools: async () => (await client.listTools()).tools,
      call: async (name, args = {}, signal) =>
        read(await client.callTool({ name, arguments: args }, undefined, signal && { signal })),
      close: () => client.close(),
    };
  }
  const isNew = generation === "SDK 2.x, 2026-07-28";
  const client = new Client2(me, isNew ? { versionNegotiation: { mode: { pin: "2026-07-28" } } } : {});
  await client.connect(new Transport2(at, options));
  await client.listTools();
  return {
    tools: async () => (await client.listTools()).tools,
    call: async (name, args = {}, signal) =>
      read(await client.callTool({ name, arguments: args }, signal && { signal })),
    close: () => client.close(),
  };
}

function read(result: Readonly<Record<string, unknown>>): ToolResult {
  const [first] = Array.isArray(result.content) ? result.content : [];
  return { isError: result.isError === true, content: result.structuredContent, text: String(first?.text) };
}
