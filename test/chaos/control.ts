/** What the deployed Worker's transport asks before each batch and cron. */
import { createServer } from "node:http";
import type { Random } from "../../src/core/random.ts";
import type { Transport } from "./worker.ts";

export type QueueFault = "none" | "lose" | "twice" | "late";

export interface Control {
  readonly url: string;
  queue: QueueFault;
  cronsStopped: boolean;
  /** How often the queue's fault was done. */
  done: number;
  close(): Promise<void>;
}

/** `random` decides for each batch whether it is hit: three of four, so that a fault is no clean cut. */
export async function startControl(random: Random): Promise<Control> {
  const server = createServer((request, response) => {
    response.end(JSON.stringify(request.url === "/queue" ? queueAct() : cronAct()));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const control: Control = {
    url: `http://127.0.0.1:${port}`,
    queue: "none",
    cronsStopped: false,
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
    return { act: control.queue, delayMs: Math.floor(random.next() * 3000) };
  }
  function cronAct(): Transport {
    return control.cronsStopped ? { act: "lose", delayMs: 0 } : pass;
  }
  return control;
}
