/** Ports on loopback: a free one, and who holds a taken one. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";
import { type ProcessFacts, processFacts } from "./process.ts";

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const port = await tryListen(0);
  if (port === null) throw new Error("There is no free port on 127.0.0.1.");
  return port;
}

/** Null: somebody listens there. */
export async function tryListen(port: number): Promise<number | null> {
  const { promise, resolve } = Promise.withResolvers<number | null>();
  const server = createServer();
  server.once("error", () => resolve(null));
  server.listen(port, "127.0.0.1", () => {
    const address = server.address();
    const got = address !== null && typeof address === "object" ? address.port : port;
    server.close(() => resolve(got));
  });
  return promise;
}

/** Who listens on a port, as far as this account may see; null when it can't tell (other accounts, other systems). */
export function portHolder(port: number): ProcessFacts | null {
  if (process.platform !== "linux") return null;
  const sockets = new Set(["/proc/net/tcp", "/proc/net/tcp6"].flatMap((table) => listeners(table, port)));
  if (sockets.size === 0) return null;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    if (openFiles(pid).some((file) => sockets.has(file))) return processFacts(Number(pid));
  }
  return null;
}

function listeners(table: string, port: number): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  try {
    return readFileSync(table, "utf8")
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === "0A" && fields[1]?.endsWith(`:${wanted}`))
      .map((fields) => `socket:[${fields[9]}]`);
  } catch {
    return [];
  }
}

function openFiles(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((name) => {
      try {
        return [readlinkSync(`/proc/${pid}/fd/${name}`)];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}
