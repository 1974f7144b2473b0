/**
 * Spectators in a process of their own, so that they take no time from the database's proxy. Arguments: the feed's URL and
 * the number of spectators. Sends "ready" to its parent. On "reset" it forgets its measurements, on "report" it sends them.
 */
import { WebSocket } from "ws";

const [url = "", count = "0"] = process.argv.slice(2);
/** How many sockets are opened side by side: more would only measure the listener's queue. */
const ABREAST = 25;
const STEP = /^\{"type":"step","seq":\d+,"token":"[^"]*","at":"([^"]+)"/;

let latencies: number[] = [];
let bytes = 0;
let closed = 0;

function join(): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    socket.once("error", reject);
    socket.once("open", () => resolve(socket));
    socket.on("close", () => {
      closed += 1;
    });
    socket.on("message", (data: Buffer) => {
      bytes += data.length;
      // Only the head of the frame is read: a thousand pages would parse the frame, but not on this machine.
      const sent = STEP.exec(data.toString("latin1", 0, 300))?.[1];
      if (sent !== undefined) latencies.push(Date.now() - Date.parse(sent));
    });
  });
}

for (let open = 0; open < Number(count); open += ABREAST) {
  await Promise.all(Array.from({ length: Math.min(ABREAST, Number(count) - open) }, join));
}
process.on("message", (message) => {
  if (message === "reset") [latencies, bytes, closed] = [[], 0, 0];
  else process.send?.({ latencies, bytes, closed });
});
process.on("disconnect", () => process.exit(0));
process.send?.("ready");
