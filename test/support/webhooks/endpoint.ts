/** An agent's endpoint on this machine: a real HTTP server that answers as a test says, and keeps what it was sent. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Heard {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A status with a body, or whatever the test does with the connection. */
export type Reply =
  | {
      readonly status: number;
      readonly body?: unknown;
      readonly raw?: string;
      readonly headers?: Record<string, string>;
    }
  | ((response: ServerResponse) => void);

export interface TestEndpoint {
  readonly url: string;
  readonly heard: Heard[];
  /** How the next calls are answered, each by the next reply, and all others by the last one. */
  reply(...replies: readonly Reply[]): void;
  close(): Promise<void>;
}

/** `byPath`: how calls of these paths are answered, always. */
export async function startEndpoint(byPath: Readonly<Record<string, Reply>> = {}): Promise<TestEndpoint> {
  const heard: Heard[] = [];
  let replies: Reply[] = [{ status: 204 }];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url: path = "", headers } = request;
      heard.push({ method, path, headers, body: Buffer.concat(chunks).toString("utf8") });
      const fixed = byPath[path];
      const [queued] = replies;
      if (fixed === undefined && replies.length > 1) replies = replies.slice(1);
      const next = fixed ?? queued;
      if (typeof next === "function") next(response);
      else if (next) {
        response.writeHead(next.status, next.headers);
        response.end(next.raw ?? (next.body === undefined ? undefined : JSON.stringify(next.body)));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    heard,
    reply: (...next) => {
      replies = [...next];
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Never answers. The server's close ends the connection. */
export const hangs: Reply = () => {};
/** Half a body, and then silence. */
export const halfABody: Reply = (response) => {
  response.writeHead(200, { "content-type": "application/json", "content-length": "60" });
  response.write('{"orders": [],');
};
/** Half a body, and then the connection breaks. */
export const brokenOff: Reply = (response) => {
  response.writeHead(200, { "content-type": "application/json", "content-length": "60" });
  response.write('{"orders": [],', () => response.destroy());
};
/** A byte now and then, for ever. */
export const slowDrip: Reply = (response) => {
  response.writeHead(200, { "content-type": "application/json" });
  const timer = setInterval(() => response.write(" "), 20);
  response.on("close", () => clearInterval(timer));
};

const hold = { orders: [], reasoning: "Nothing to do." };
/** One way of answering a path. */
const WAYS = {
  "/holds": { status: 200, body: hold },
  "/nothing": { status: 204 },
  "/later": { status: 202 },
  "/fails": { status: 500 },
  "/busy": { status: 429, headers: { "retry-after": "1" } },
  "/moved": { status: 307, headers: { location: "/holds" } },
  "/wrong": { status: 200, body: { ...hold, price: 1 } },
  "/large": { status: 200, raw: `${JSON.stringify(hold)}${" ".repeat(64 * 1024)}` },
  "/hangs": hangs,
  "/half": halfABody,
  "/broken": brokenOff,
  "/drips": slowDrip,
  "/gone": (response) => void response.destroy(),
} as const satisfies Record<string, Reply>;
export type Way = keyof typeof WAYS;

/** `url`: without a path. `/heard` answers with all that was sent to the other paths. */
export async function startEndpoints(): Promise<Pick<TestEndpoint, "url" | "close">> {
  const endpoint: TestEndpoint = await startEndpoint({
    ...WAYS,
    "/heard": (response) => void response.end(JSON.stringify(endpoint.heard)),
  });
  return { url: new URL(endpoint.url).origin, close: endpoint.close };
}
