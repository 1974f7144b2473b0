/** Neon's WebSocket at `/v2`: bytes to and from PostgreSQL, for its Pool and Client. */
import type { IncomingMessage, Server } from "node:http";
import { connect } from "node:net";
import { type RawData, WebSocketServer } from "ws";

/** Joins `server`'s upgrades at /v2 to the one database, where `mayEnter` takes their `secret`; `close` ends those that are open. */
export function openTunnel(
  server: Server,
  databaseUrl: Promise<string>,
  mayEnter: (request: IncomingMessage, secret: string | null) => boolean,
): { close(): void } {
  const sockets = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request, socket, head) => {
    const [path, query] = (request.url ?? "").split("?");
    if (path !== "/v2" || !mayEnter(request, new URLSearchParams(query).get("secret"))) {
      socket.destroy();
      return;
    }
    const upgrade = (address: string) =>
      sockets.handleUpgrade(request, socket, head, (client) => {
        const { hostname, port } = new URL(address);
        const database = connect({ host: hostname, port: Number(port), noDelay: true });
        client.on("message", (data: RawData) => database.write(bytes(data)));
        client.on("close", () => database.end());
        client.on("error", () => database.destroy());
        database.on("data", (chunk) => client.send(chunk));
        database.on("close", () => client.close());
        database.on("error", () => client.close(1011));
      });
    databaseUrl.then(upgrade, () => socket.destroy());
  });
  return {
    close: () => {
      for (const client of sockets.clients) client.terminate();
    },
  };
}

function bytes(data: RawData): Buffer | Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}
