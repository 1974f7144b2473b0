/** The server that the deployed Worker's transport asks before each batch and cron. */
import { createServer } from "node:http";
import type { Random } from "../../src/core/random.ts";
import type { Order, Transport } from "./transport.ts";

export type QueueFault = "none" | Exclude<Transport["act"], "pass">;

export interface Control {
  readonly url: string;
  queue: QueueFault;
  cronsStopped: boolean;
  /** What the chaos Worker's own crons are to do: see worker.ts. */
  order: Order;
  /** Until when (epoch ms) a batch that was hit is still hanging or on its way. */
  underWayUntil: number;
  /** How many batches the queue's fault has hit. */
  done: number;
  close(): Promise<void>;
}

export const NOTHING: Order = { agents: [], arenas: [], beat: false, messages: [] };

/** `random` decides for each batch whether the fault hits it: it hits three of four, so that some batches get through. */
export async function startControl(random: Random): Promise<Control> {
  const server = createServer((request, response) => {
    const answer = request.url === "/order" ? control.order : request.url === "/queue" ? queueAct() : cronAct();
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const control: Control = {
    url: `http://127.0.0.1:${port}`,
    queue: "none",
    cronsStopped: false,
    order: NOTHING,
    underWayUntil: 0,
    done: 0,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
  const pass: Transport = { act: "pass", delayMs: 0 };
  function queueAct(): Transport {
    if (control.queue === "none" || random.next() > 0.75) return pass;
    control.done++;
    // A claim's lease is 20 s: a consumer that hangs comes back after its lease has ended.
    const delayMs = Math.floor(control.queue === "hang" ? 20_500 + random.next() * 5000 : random.next() * 3000);
    control.underWayUntil = Math.max(control.underWayUntil, Date.now() + delayMs);
    return { act: control.queue, delayMs };
  }
  function cronAct(): Transport {
    return control.cronsStopped ? { act: "lose", delayMs: 0 } : pass;
  }
  return control;
}
