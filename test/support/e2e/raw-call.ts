import { connect } from "node:net";

/** Sends bytes and answers what came back until the server closed, or `null` where the client hung up by itself. */
export function rawCall(port: number, bytes: string | Buffer, hangUpMs?: number): Promise<string | null> {
  return new Promise((done, fail) => {
    const socket = connect(port, "127.0.0.1");
    let answer = "";
    socket.setTimeout(20_000, () => fail(new Error(`no end of ${JSON.stringify(bytes.toString().slice(0, 80))}`)));
    socket.on("data", (chunk) => {
      answer += chunk;
    });
    socket.on("error", (error) => (hangUpMs === undefined ? fail(error) : done(null)));
    socket.on("close", () => done(hangUpMs === undefined ? answer : null));
    socket.write(bytes);
    if (hangUpMs !== undefined) setTimeout(() => socket.destroy(), hangUpMs);
  });
}
