import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { DataFolderBusy, lockDataFolder } from "../../../src/local/data-lock.ts";
import { LogFile } from "../../../src/local/log-file.ts";
import { operatorKey } from "../../../src/local/operator-key.ts";
import { portHolder, tryListen } from "../../../src/local/port.ts";
import { isSameProcess, processFacts, waitUntilGone } from "../../../src/local/process.ts";
import { endLeftovers, MARK, writeGroup } from "../../../src/local/process-group.ts";
import { resetData } from "../../../src/local/reset.ts";
import { type Part, supervise } from "../../../src/local/supervise.ts";
import { cronsOf, readCrons } from "../../../src/local/worker/crons.ts";
import { movedConfig } from "../../../src/local/worker/wrangler.ts";

const root = mkdtempSync(join(tmpdir(), "agonus-parts-"));
let folders = 0;
const folder = () => join(root, String(folders++));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const SLEEPER = ["-e", "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('deaf')"];

test("a second owner of a data folder is refused, and told whom to stop", () => {
  const dataDir = folder();
  const lock = lockDataFolder(dataDir, "npm start");
  lock.describe({ url: "http://127.0.0.1:1" });
  const second = () => lockDataFolder(dataDir, "npm start");
  expect(second).toThrow(DataFolderBusy);
  expect(second).toThrow(`pid ${process.pid}, at http://127.0.0.1:1`);
  lock.release();
  lockDataFolder(dataDir, "npm start").release();
});

test("the lock of a process that has ended, or whose pid is another's by now, is taken over", () => {
  const dataDir = folder();
  mkdirSync(dataDir);
  for (const owner of [
    { pid: 999_999_999, began: "x", what: "npm start" },
    { pid: process.pid, began: "another time", what: "npm start" },
  ]) {
    writeFileSync(join(dataDir, "owner.json"), JSON.stringify(owner));
    lockDataFolder(dataDir, "npm start").release();
  }
  writeFileSync(join(dataDir, "owner.json"), "{half a lo");
  lockDataFolder(dataDir, "npm start").release();
  // What an older set-up left.
  mkdirSync(join(dataDir, "owner.json"));
  lockDataFolder(dataDir, "npm start").release();
  expect(readdirSync(dataDir)).toEqual([]);
});

test("a folder that can't hold data is refused with the reason", () => {
  const file = folder();
  writeFileSync(file, "");
  expect(() => lockDataFolder(join(file, "data"), "npm start")).toThrow("a part of the path is a file");
  expect(() => lockDataFolder(file, "npm start")).toThrow("--data DIR");
  // Node's own way of making folders never comes back from there.
  if (existsSync("/proc/self"))
    expect(() => lockDataFolder("/proc/agonus/data", "npm start")).toThrow(
      /\/proc\/agonus\/data can't hold the data: .*--data DIR/,
    );
});

test("the operator key is made once, and only its owner reads it", () => {
  const dataDir = folder();
  mkdirSync(dataDir);
  const key = operatorKey(dataDir);
  expect(key.length).toBeGreaterThanOrEqual(32);
  expect(operatorKey(dataDir)).toBe(key);
  expect(statSync(join(dataDir, "operator-key")).mode & 0o777).toBe(0o600);
});

test("an operator key under 16 characters is refused with the way to a new one", () => {
  const dataDir = folder();
  mkdirSync(dataDir);
  writeFileSync(join(dataDir, "operator-key"), "fifteen-letters\n");
  expect(() => operatorKey(dataDir)).toThrow(
    `The operator key in ${join(dataDir, "operator-key")} has 15 characters, and must have at least 16: delete the file, and the next start makes a new key.`,
  );
  writeFileSync(join(dataDir, "operator-key"), "sixteen-letters!\n");
  expect(operatorKey(dataDir)).toBe("sixteen-letters!");
});

test("what a killed run left behind is ended, even when it won't; a foreign process in the same group is not", async () => {
  const dataDir = folder();
  mkdirSync(dataDir);
  const file = join(dataDir, "worker.pid");
  const ours = spawn(process.execPath, SLEEPER, {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, [MARK]: "our-own-mark" },
  });
  const foreign = spawn(process.execPath, SLEEPER, { detached: true, stdio: "ignore" });
  const [a, b] = [ours.pid ?? 0, foreign.pid ?? 0];
  await once(ours.stdout, "data");
  try {
    writeGroup(file, b, "our-own-mark");
    expect(await endLeftovers(file)).toBe(0);
    expect(processFacts(b)).not.toBeNull();
    writeGroup(file, a, "our-own-mark");
    expect(await endLeftovers(file, 300)).toBe(1);
    expect(processFacts(a)).toBeNull();
    expect(await endLeftovers(file)).toBe(0);
  } finally {
    foreign.kill("SIGKILL");
    ours.kill("SIGKILL");
  }
}, 20_000);

test("a process is the same only while it lives, by its pid and its beginning", async () => {
  const child = spawn(process.execPath, SLEEPER, { stdio: "ignore" });
  const pid = child.pid ?? 0;
  const facts = processFacts(pid);
  expect(isSameProcess(pid, facts?.began ?? "")).toBe(true);
  expect(isSameProcess(pid, "another beginning")).toBe(false);
  child.kill("SIGKILL");
  expect(await waitUntilGone(() => isSameProcess(pid, facts?.began ?? ""), 2000)).toBe(true);
});

test("a taken port names who holds it", async () => {
  const script = "const s = require('net').createServer().listen(0, '127.0.0.1', () => console.log(s.address().port))";
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "ignore"] });
  try {
    const [chunk] = await once(child.stdout, "data");
    const port = Number(chunk);
    expect(await tryListen(port)).toBeNull();
    if (process.platform === "linux") expect(portHolder(port)?.pid).toBe(child.pid);
  } finally {
    child.kill("SIGKILL");
  }
});

test("a part that ends is started again, also when its first new start fails; one that is stopped is not", async () => {
  const said: string[] = [];
  let starts = 0;
  let alive: PromiseWithResolvers<string> | null = null;
  const part = (): Part => {
    const mine = Promise.withResolvers<string>();
    alive = mine;
    return { exited: mine.promise, stop: async () => mine.resolve("stopped") };
  };
  const stop = supervise(part(), {
    name: "The part",
    onLine: (line) => said.push(line),
    waitMilliseconds: { first: 5, longest: 10 },
    start: async () => {
      starts++;
      if (starts === 1) throw new Error("not yet");
      return part();
    },
  });
  const end = (why: string) => alive?.resolve(why);
  end("killed");
  await expect.poll(() => said.at(-1)).toBe("The part runs again.");
  expect(said).toEqual([
    "The part ended (killed): starting it again.",
    "The part did not start; trying again in 0 s: not yet",
    "The part runs again.",
  ]);
  await stop();
  expect(starts).toBe(2);
});

test("a part that is killed again and again while it serves is not away longer each time", async () => {
  const lives: PromiseWithResolvers<string>[] = [];
  const part = (): Part => {
    const life = Promise.withResolvers<string>();
    lives.push(life);
    return { exited: life.promise, stop: async () => life.resolve("stopped") };
  };
  const stop = supervise(part(), {
    name: "The part",
    onLine: () => {},
    waitMilliseconds: { first: 20, longest: 3_600_000, healthy: 50 },
    start: async () => part(),
  });
  // With a wait that doubled each time the sixteenth start alone would come after ten minutes.
  for (let kill = 0; kill < 16; kill++) {
    await new Promise((resolve) => setTimeout(resolve, 80));
    lives.at(-1)?.resolve("killed");
    await expect.poll(() => lives.length, { interval: 5 }).toBe(kill + 2);
  }
  await stop();
});

test("the crons come from wrangler.toml's own list", () => {
  expect(
    cronsOf(
      '[vars]\ncrons = ["no"]\n[triggers]\ncrons = [\n  "* * * * *", # every minute\n  \'0 0 * * *\',\n]\n[limits]\na = ["b"]',
    ),
  ).toEqual(["* * * * *", "0 0 * * *"]);
  expect(() => cronsOf("[vars]\na = 1")).toThrow("[triggers]");
  expect(readCrons()).toContain("*/5 * * * *");
});

test("a configuration that is moved still means the same folders", () => {
  expect(
    movedConfig('main = "src/index.ts"\n[assets]\ndirectory = "./dist/page"\nbinding = "ASSETS"', "/project"),
  ).toBe('main = "src/index.ts"\n[assets]\ndirectory = "/project/dist/page"\nbinding = "ASSETS"');
});

test("a log file can't fill the disk", () => {
  const file = folder();
  const log = new LogFile(file);
  const line = `${"x".repeat(1024 * 1024 - 1)}\n`;
  for (let i = 0; i < 45; i++) log.write(line);
  log.close();
  expect(statSync(file).size + statSync(`${file}.1`).size).toBeLessThanOrEqual(40 * 1024 * 1024);
});

test("a log file is its owner's alone, and one that can't be written ends nobody", () => {
  const file = folder();
  const umask = process.umask(0);
  const log = new LogFile(file);
  process.umask(umask);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  // A folder of its name stands where the older file would go: as good as a full disk.
  mkdirSync(join(`${file}.1`, "full"), { recursive: true });
  for (let i = 0; i < 22; i++) log.write("x".repeat(1024 * 1024));
  expect(statSync(file).size).toBeLessThanOrEqual(20 * 1024 * 1024);
  log.close();
});

test("a reset removes what a run made, keeps the operator key, and touches nothing else", async () => {
  const dataDir = folder();
  mkdirSync(join(dataDir, "workerd"), { recursive: true });
  writeFileSync(join(dataDir, "mine.txt"), "mine");
  const key = operatorKey(dataDir);
  expect(await resetData(dataDir)).toEqual(["the state of the Durable Objects"]);
  expect(readFileSync(join(dataDir, "mine.txt"), "utf8")).toBe("mine");
  expect(operatorKey(dataDir)).toBe(key);
});
