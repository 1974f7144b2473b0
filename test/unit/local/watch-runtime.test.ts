/** The watch over workerd. Processes and sockets are real: a process that sleeps stands for workerd. */
import { type ChildProcess, spawn } from "node:child_process";
import { createServer, type Server } from "node:http";
import { afterEach, expect, test } from "vitest";
import { freePort } from "../../../src/local/port.ts";
import { processFacts } from "../../../src/local/process.ts";
import { watchRuntime } from "../../../src/local/worker/watch-runtime.ts";

const times = {
  look: 20,
  // Asked after a death alone.
  looksPerQuestion: Number.MAX_SAFE_INTEGER,
  well: { answer: 500, all: 200 },
  died: { answer: 500, all: 200 },
  // A limit for what hangs.
  successor: { answer: 500, all: 60_000 },
  reloading: { answer: 500, all: 60_000 },
};

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A runtime of two processes at most, watched until the test is over. */
async function watchedRuntime(changed: Partial<typeof times> = {}) {
  const port = await freePort();
  const runtimes: ChildProcess[] = [];
  let over = false;
  let said = Promise.withResolvers<string>();
  const say = (line: string) => said.resolve(line);
  const start = () => {
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
    runtimes.push(child);
    ends.push(() => child.kill("SIGKILL"));
  };
  let server: Server | null = null;
  const listen = () => {
    const made = createServer((_, response) => response.writeHead(503).end("starting"));
    server = made;
    ends.push(() => made.close());
    return new Promise<void>((done) => made.listen(port, "127.0.0.1", done));
  };
  const deaf = async () => {
    const closing = new Promise((done) => server?.close(done));
    server?.closeAllConnections();
    await closing;
  };
  start();
  await listen();
  const watching = watchRuntime(
    `http://127.0.0.1:${port}`,
    {
      list: () => runtimes.map(({ pid = 0 }) => processFacts(pid)).filter((facts) => facts !== null),
      over: () => over,
      reloading: () => false,
      end: (why) => say(`ended: ${why}`),
      restarted: (why) => say(`restarted: ${why}`),
    },
    { ...times, ...changed },
  );
  ends.push(() => {
    over = true;
    return watching;
  });
  return {
    start,
    listen,
    deaf,
    kill: () => {
      runtimes[0]?.kill("SIGKILL");
      return runtimes[0]?.pid;
    },
    /** The next thing that the watch says. */
    said: async () => {
      const line = await said.promise;
      said = Promise.withResolvers();
      return line;
    },
  };
}

test("a workerd that died and was started again in time is told as restarted", async () => {
  const runtime = await watchedRuntime();
  const pid = runtime.kill();
  runtime.start();
  expect(await runtime.said()).toBe(`restarted: workerd ended, pid ${pid}`);
});

test("a successor that takes longer to listen than a death may last is waited for", async () => {
  const runtime = await watchedRuntime();
  await runtime.deaf();
  const pid = runtime.kill();
  runtime.start();
  let listens = false;
  setTimeout(() => {
    listens = true;
    void runtime.listen();
  }, 5 * times.died.all);
  expect(await runtime.said()).toBe(`restarted: workerd ended, pid ${pid}`);
  expect(listens).toBe(true);
});

test("without a successor the Worker counts as ended, and the dead process is named", async () => {
  const runtime = await watchedRuntime();
  await runtime.deaf();
  const pid = runtime.kill();
  expect(await runtime.said()).toBe(`ended: workerd ended, pid ${pid}`);
});

test("one that lives and does not answer counts as ended", async () => {
  const runtime = await watchedRuntime({ looksPerQuestion: 2 });
  await runtime.deaf();
  expect(await runtime.said()).toBe("ended: it does not answer");
});
