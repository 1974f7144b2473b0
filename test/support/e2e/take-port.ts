/**
 * Ports for commands that are told theirs. A port that was free a moment ago may be another's by the time the command listens:
 * `npm start` needs seconds until then. So each port here has an owner: the process that listens on the even port below it.
 * They lie below the ports that the system hands out by itself.
 */
import { createServer, type Server } from "node:net";
import { tryListen } from "../../../src/local/port.ts";

const FIRST = 20_000;
const PAIRS = 5_000;
/** Held until this process ends. */
const claims: Server[] = [];
let next = process.pid % PAIRS;

/** A free port that no other caller gets as long as this process lives. Throws when all are taken. */
export async function takePort(): Promise<number> {
  for (let tries = 0; tries < PAIRS; tries++) {
    const even = FIRST + 2 * next;
    next = (next + 1) % PAIRS;
    const claim = await listen(even);
    if (claim === null) continue;
    claims.push(claim);
    if ((await tryListen(even + 1)) !== null) return even + 1;
  }
  throw new Error(`All ports from ${FIRST} to ${FIRST + 2 * PAIRS - 1} on 127.0.0.1 are taken.`);
}

function listen(port: number): Promise<Server | null> {
  const { promise, resolve } = Promise.withResolvers<Server | null>();
  const server = createServer();
  server.once("error", () => resolve(null));
  server.listen(port, "127.0.0.1", () => resolve(server.unref()));
  return promise;
}
