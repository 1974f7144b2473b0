/** A running stack as another account of the machine, or a page in its browser, meets it. */
import { spawnSync } from "node:child_process";
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { type Stack, startStack } from "../../src/local/stack.ts";
import { PortTaken, startWorker } from "../../src/local/worker/worker.ts";
import { movedConfig, PROJECT } from "../../src/local/worker/wrangler.ts";
import { makeFolder, processesOf, removeFolder } from "../support/e2e/data-folder.ts";
import { eventually } from "../support/e2e/live-stack.ts";
import { rawCall } from "../support/e2e/raw-call.ts";

const CRON = "*/2 * * * *";
const linux = process.platform === "linux";

let folder = "";
let data = "";
let stack: Stack;
let umask = 0;
/** What others could reach at any moment of the start. */
const seenOpen = new Set<string>();

beforeAll(async () => {
  folder = makeFolder();
  data = join(folder, "data");
  // The most careless account there is: whatever doesn't ask for privacy is everybody's.
  umask = process.umask(0);
  const looking = setInterval(() => {
    for (const name of openToOthers()) seenOpen.add(name);
  }, 2);
  stack = await startStack({ dataDir: data, fsync: false, logLevel: "warn", webhookLoopback: true });
  clearInterval(looking);
}, 120_000);

afterAll(async () => {
  process.umask(umask);
  await stack?.stop();
  await removeFolder(folder);
});

/** Paths below the data folder that the modes let another account reach. */
function openToOthers(at = data): string[] {
  return readdirOf(at).flatMap((name) => {
    const path = join(at, name);
    const facts = lstatSync(path, { throwIfNoEntry: false });
    if (facts === undefined || (facts.mode & 0o077) === 0) return [];
    return [path, ...(facts.isDirectory() ? openToOthers(path) : [])];
  });
}

function readdirOf(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function treeOf(at: string): string[] {
  return readdirOf(at).flatMap((name) => [join(at, name), ...treeOf(join(at, name))]);
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

function ask(port: number, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const call = request({ port, method: "POST", path, headers }, async (answer) => {
    let text = "";
    for await (const chunk of answer) text += chunk;
    resolve({ status: answer.statusCode ?? 0, text });
  });
  call.once("error", reject);
  call.end();
  return promise;
}

/** As the Worker is told it. */
function secret(): string {
  return /^LOCAL_SECRET='(.+)'$/m.exec(readFileSync(join(data, "worker.env"), "utf8"))?.[1] ?? "";
}

const path = `/cdn-cgi/local/scheduled?cron=${encodeURIComponent(CRON)}`;

test("a cron is fired by who brings the start's secret", async () => {
  expect(secret().length).toBeGreaterThanOrEqual(32);
  expect(await ask(stack.port, path, { "agonus-local-secret": secret() })).toEqual({ status: 200, text: "ok" });
});

test.for<[string, () => Record<string, string>]>([
  ["no secret", () => ({})],
  ["an empty one", () => ({ "agonus-local-secret": "" })],
  ["a wrong one", () => ({ "agonus-local-secret": secret().replace(/.$/, (last) => (last === "A" ? "B" : "A")) })],
  ["the secret, from a page", () => ({ "agonus-local-secret": secret(), origin: "https://evil.example" })],
  ["the secret, from a page of its own", () => ({ "agonus-local-secret": secret(), origin: stack.url })],
  ["the secret, and a foreign host", () => ({ "agonus-local-secret": secret(), host: "evil.example" })],
  [
    "the secret, and a name that was bound to this machine",
    () => ({ "agonus-local-secret": secret(), host: `127.0.0.1.evil.example:${stack.port}` }),
  ],
])("with %s there is no such path", async ([, headers]) => {
  const { status, text } = await ask(stack.port, path, headers());
  expect(status).toBe(404);
  expect(JSON.parse(text)).toMatchObject({ code: "request.not_found" });
});

test("an operator's key opens no local port", async () => {
  const key = { "agonus-local-secret": stack.operatorKey, authorization: `Bearer ${stack.operatorKey}` };
  expect(await ask(stack.port, path, key)).toMatchObject({ status: 404 });
});

/** What the processes of this stack, and this one, listen on: address and port. */
function listeners(): { address: string; port: number }[] {
  const ours = new Set([process.pid, ...processesOf(folder)].flatMap(socketsOf));
  return ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((table) =>
    readFileSync(table, "utf8")
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === "0A" && ours.has(`socket:[${fields[9]}]`))
      .map((fields) => {
        const [address = "", port = ""] = (fields[1] ?? "").split(":");
        return { address, port: Number.parseInt(port, 16) };
      }),
  );
}

function socketsOf(pid: number): string[] {
  return readdirOf(`/proc/${pid}/fd`).flatMap((name) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${name}`)];
    } catch {
      return [];
    }
  });
}

test.runIf(linux)("nothing listens beyond loopback, and no port of the stack serves without a secret", async () => {
  const found = listeners();
  expect(new Set(found.map(({ address }) => address))).toEqual(new Set(["0100007F"]));
  const ports = found.map(({ port }) => port);
  expect(ports).toContain(stack.port);
  const database = Number(new URL(stack.databaseUrl).port);
  // The Worker's, Miniflare's two, the proxy's, PostgreSQL's.
  expect(ports.length).toBeGreaterThanOrEqual(5);
  for (const port of ports.filter((other) => other !== database)) {
    for (const asked of [
      path,
      "/cdn-cgi/handler/scheduled",
      "/cdn-cgi/mf/scheduled",
      "/cdn-cgi/local/email",
      "/cdn-cgi/local/explorer",
      "/cdn-cgi/local/explorer/api/d1/database",
      "/cdn-cgi/local/platform-proxy",
      "/sql",
      "/json/list",
    ]) {
      const { status } = await ask(port, asked, {
        "agonus-local-secret": "guess",
        "mf-op": "GET",
        "mf-op-secret": "00",
      });
      expect({ port, asked, refused: status >= 400 && status < 500 }).toEqual({ port, asked, refused: true });
    }
  }
});

test("the data folder may be passed through, and nothing beneath it is anybody else's, also while it starts", () => {
  expect(lstatSync(data).mode & 0o777).toBe(0o711);
  expect([...seenOpen]).toEqual([]);
  expect(openToOthers()).toEqual([]);
  const names = readdirSync(data);
  for (const name of ["operator-key", "worker.env", "stack.log", "worker.log", "pg.log", "pg", "workerd", "worker"])
    expect(names).toContain(name);
});

test.runIf(process.getuid?.() === 0)("another account reads, writes and lists nothing of it", async () => {
  await ask(stack.port, path, { "agonus-local-secret": secret() });
  const tree = treeOf(data);
  expect(tree.length).toBeGreaterThan(100);
  const look = 'while IFS= read -r p; do if [ -r "$p" ] || [ -w "$p" ] || [ -x "$p" ]; then echo "$p"; fi; done';
  const run = (paths: readonly string[]) =>
    spawnSync("/bin/sh", ["-c", look], { uid: 54_321, gid: 54_321, cwd: "/", input: paths.join("\n").concat("\n") });
  expect(run(tree).stdout.toString()).toBe("");
  // The look itself sees what is there to be seen: the folder can be passed through.
  expect(run([data]).stdout.toString().trim()).toBe(data);
});

// What a client can do to a connection, and no request of fetch can.

const raw = (bytes: string | Buffer, hangUpMs?: number) => rawCall(stack.port, bytes, hangUpMs);
const statusOf = (answer: string | null) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer ?? "")?.[1]);
const log = () => readFileSync(join(data, "worker.log"), "latin1");

const lines = (from: number): { event: string; path?: string; status?: number; stack?: string }[] =>
  log()
    .slice(from)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => (line.startsWith("{") ? JSON.parse(line) : { event: `not of ours: ${line}` }));

const broken = [
  ...["a b", "[", "]", "[::1", "a:b:c", "a:-1", "a:99999", "%", "%00", "a%2Fb", "<>", "a\\b", "@", "a@b"],
  ...["user:pass@host", "#", "?", "a?b", "a#b", "/", "a/b", "'", "^", "`", "{}", "\u0001", "\u00c3(", ""],
];
const good = ["127.0.0.1", "localhost:8787", "agonus.example", "[::1]:80", "a_b.example"];

test.each(["/agents", "/", "/nowhere", "/health"])(
  "a Host that is none is the client's fault: GET %s",
  async (path) => {
    const from = log().length;
    const ask = async (host: string, accept: string) => {
      const key = `Authorization: Bearer ${stack.operatorKey}`;
      const head = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAccept: ${accept}\r\n${key}\r\nConnection: close\r\n\r\n`;
      return statusOf(await raw(Buffer.from(head, "latin1")));
    };
    for (const accept of ["*/*", "text/html"]) {
      for (const host of broken) expect({ host, status: await ask(host, accept) }).toEqual({ host, status: 400 });
      for (const host of good) expect([200, 303, 404], host).toContain(await ask(host, accept));
    }
    expect(lines(from).filter(({ stack }) => stack !== undefined)).toEqual([]);
  },
);

test("a client that hangs up in the middle of its body is one short line", async () => {
  const key = `Authorization: Bearer ${stack.operatorKey}`;
  const from = log().length;
  const head = `POST /agents HTTP/1.1\r\nHost: a\r\n${key}\r\nContent-Type: application/json\r\n`;
  const partial = [
    `${head}Content-Length: 500\r\n\r\n{"name"`,
    `${head}Transfer-Encoding: chunked\r\n\r\n7\r\n{"name"\r\n`,
    `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n{"name"\r\n`,
    `${head}Content-Length: 2000000\r\n\r\n{"name"`,
    'POST /session HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\n{"key"',
  ];
  for (const bytes of partial) await raw(bytes, 300);
  // The watch over the Worker asks for /health meanwhile.
  const ours = () =>
    lines(from).filter(({ event, path }) => event.startsWith("not of ours") || (path && path !== "/health"));
  await eventually("a line for each", async () => ours().length >= partial.length);
  expect(ours().map(({ event, status }) => ({ event, status }))).toEqual(
    partial.map(() => ({ event: "request", status: 400 })),
  );
});

test("requests that share statements are all answered, also when others hang up meanwhile", async () => {
  const headers = { authorization: `Bearer ${stack.operatorKey}`, "content-type": "application/json" };
  const body = JSON.stringify({ name: "check_tournament_transitions", countdown: 3600 });
  const make = async () => (await fetch(`${stack.url}/tasks`, { method: "POST", headers, body })).json();
  const made = await Promise.all(Array.from({ length: 60 }, make));
  const ids = made.map((answer) => z.object({ task_id: z.uuid() }).parse(answer).task_id);
  expect(new Set(ids).size).toBe(60);
  for (const wait of ["", "", "?wait=1", "?wait=1"]) {
    const read = async (id: string, at: number) => {
      const hangsUp = at % 3 === 0;
      const controller = new AbortController();
      if (hangsUp) setTimeout(() => controller.abort(), at);
      try {
        const response = await fetch(`${stack.url}/tasks/${id}${wait}`, { headers, signal: controller.signal });
        return { status: response.status, id: z.object({ task_id: z.uuid() }).parse(await response.json()).task_id };
      } catch (error) {
        if (hangsUp) return { status: wait === "" ? 200 : 202, id };
        throw error;
      }
    };
    const status = wait === "" ? 200 : 202;
    expect(await Promise.all([...ids, ...ids].map(read))).toEqual([...ids, ...ids].map((id) => ({ status, id })));
  }
});

test("bytes that are no HTTP leave the Worker as it was", async () => {
  for (const bytes of ["GET / HTTP/1.1\r\nHost", "\x16\x03\x01\x02\x00\x01", "\0\0\0\0\r\n\r\n"]) await raw(bytes, 200);
  expect((await fetch(`${stack.url}/health`)).status).toBe(200);
});

test("a port that another program took while the Worker started is told from any other fault", async () => {
  const other = createServer();
  await new Promise<void>((done) => other.listen(0, "127.0.0.1", done));
  const address = other.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const served = { config: join(data, "worker/wrangler.toml"), script: join(data, "worker/index.js") };
  const dataDir = join(folder, "late");
  mkdirSync(dataDir);
  await expect(startWorker(served, { dataDir, port, secrets: {} })).rejects.toThrow(PortTaken);
  other.close();
});

/** The real Worker that says one word more, in a project whose source can be changed. */
function makeProject(): string {
  const project = join(folder, "project");
  mkdirSync(join(project, "src"), { recursive: true });
  const toml = movedConfig(readFileSync(join(PROJECT, "wrangler.toml"), "utf8"), PROJECT);
  writeFileSync(join(project, "wrangler.toml"), toml);
  symlinkSync(join(PROJECT, "migrations"), join(project, "migrations"));
  const real = JSON.stringify(join(PROJECT, "src/index.ts"));
  writeFileSync(
    join(project, "src/index.ts"),
    `import worker from ${real};
     import { word } from "./word.ts";
     export * from ${real};
     export default {
       ...worker,
       fetch: (request, env, context) =>
         new URL(request.url).pathname === "/word" ? new Response(word) : worker.fetch(request, env, context),
     };`,
  );
  return project;
}

test("reload on change serves the new source in place, on the same ports and no other", async () => {
  const project = makeProject();
  const say = (word: string) =>
    writeFileSync(join(project, "src/word.ts"), `export const word = ${JSON.stringify(word)};`);
  say("one");
  const lines: string[] = [];
  const watched = await startStack({
    dataDir: join(folder, "watched"),
    project,
    fsync: false,
    watch: true,
    onLine: (line) => lines.push(line),
  });
  try {
    const word = () =>
      fetch(`${watched.url}/word`).then(
        (answer) => answer.text(),
        () => "",
      );
    expect(await word()).toBe("one");
    say("two");
    await expect.poll(word, { timeout: 60_000, interval: 200 }).toBe("two");
    // A source that does not build is told, and changes nothing.
    writeFileSync(join(project, "src/word.ts"), "export const");
    await expect.poll(() => lines.join("\n"), { timeout: 60_000 }).toContain("could not be bundled");
    expect(await word()).toBe("two");
    expect(await ask(watched.port, path, { "agonus-local-secret": secret() })).toMatchObject({ status: 404 });
    await watched.fireCron(CRON, AbortSignal.timeout(20_000));
    if (linux) expect(new Set(listeners().map(({ address }) => address))).toEqual(new Set(["0100007F"]));
    expect(lines.join("\n")).not.toContain("The Worker ended");
  } finally {
    await watched.stop();
  }
});

// Agents from outside, as they come.

test("the Worker's bundle has less than 1 MB when it is compressed", () => {
  const bytes = gzipSync(readFileSync(join(data, "worker/index.js"))).byteLength;
  expect(bytes).toBeGreaterThan(200_000);
  expect(bytes).toBeLessThan(1_000_000);
});
