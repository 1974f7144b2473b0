/** Wrangler, as the local stack starts it: on the installed Node, offline, telling nobody, leaving nothing outside the data folder. */
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** This project's folder, where wrangler.toml and node_modules are. */
export const PROJECT = resolve(import.meta.dirname, "../..");

export interface ToolOptions {
  readonly project: string;
  readonly dataDir: string;
  readonly variables?: Readonly<Record<string, string>>;
}

/** The command itself: it bundles, and serves with reload on change. */
export function spawnWrangler(args: readonly string[], options: ToolOptions): ChildProcess {
  return spawnTool(join(PROJECT, "node_modules", "wrangler", "bin", "wrangler.js"), args, options);
}

/** runtime.ts: serves what is bundled. */
export function spawnRuntime(args: readonly string[], options: ToolOptions): ChildProcess {
  return spawnTool(join(import.meta.dirname, "runtime.ts"), args, options);
}

/** In its own process group: what it starts is ended with it, and a Ctrl-C in the terminal doesn't reach it. Output is piped. */
function spawnTool(script: string, args: readonly string[], options: ToolOptions): ChildProcess {
  // A folder of assets that is not there is refused; what goes into it is built apart.
  mkdirSync(join(options.project, "dist", "dashboard"), { recursive: true });
  return spawn(process.execPath, [script, ...args], {
    cwd: options.project,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...inherited(),
      WRANGLER_SEND_METRICS: "false",
      WRANGLER_WRITE_LOGS: "false",
      WRANGLER_HIDE_BANNER: "true",
      // On by default: it would trace and store every request, statement and call to an object.
      X_LOCAL_OBSERVABILITY: "false",
      WRANGLER_REGISTRY_PATH: join(options.dataDir, "wrangler", "registry"),
      XDG_CONFIG_HOME: join(options.dataDir, "wrangler"),
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
      NO_COLOR: "1",
      CI: "1",
      ...options.variables,
    },
  });
}

/**
 * Bundles the Worker once, so that a file saved in an editor doesn't restart a running tournament. Answers the configuration to
 * serve it by: wrangler.toml's own text, with its paths made right for where it now stands.
 * Throws an Error with what wrangler says.
 */
export async function bundleWorker(project: string, dataDir: string): Promise<{ config: string; script: string }> {
  const folder = join(dataDir, "worker");
  mkdirSync(folder, { recursive: true });
  const child = spawnWrangler(["deploy", "--dry-run", "--outdir", folder, "--env", ""], { project, dataDir });
  let output = "";
  child.stdout?.on("data", (chunk) => {
    output += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    output += chunk;
  });
  const code = await new Promise<number | null>((done) => {
    child.once("error", (error) => {
      output += error.message;
      done(null);
    });
    child.once("close", done);
  });
  if (code !== 0) throw new Error(`The Worker could not be bundled:\n${output.trim().slice(-4000)}`);
  const config = join(folder, "wrangler.toml");
  const moved = movedConfig(readFileSync(join(project, "wrangler.toml"), "utf8"), project);
  writeFileSync(config, withOwnPages(moved, project, folder));
  return { config, script: join(folder, "index.js") };
}

/** The built pages as they are now: wrangler restarts the Worker whenever a file of its assets changes. */
function withOwnPages(toml: string, project: string, folder: string): string {
  const built = join(project, "dist", "dashboard");
  if (!existsSync(built)) return toml;
  const own = join(folder, "dashboard");
  rmSync(own, { recursive: true, force: true });
  cpSync(built, own, { recursive: true });
  return toml.replaceAll(JSON.stringify(built), JSON.stringify(own));
}

/** Relative paths of a configuration mean its own folder. */
export function movedConfig(toml: string, project: string): string {
  return toml.replace(
    /^(\s*(?:directory|tsconfig)\s*=\s*)"([^"]+)"/gm,
    (_, head: string, path: string) => `${head}${JSON.stringify(resolve(project, path))}`,
  );
}

/** Without what would change wrangler's mind: an account's token, another tool's Node options. */
function inherited(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(CLOUDFLARE_|CF_|WRANGLER_|MINIFLARE_|npm_|NODE_OPTIONS$|NODE_ENV$|VITEST)/.test(name),
    ),
  );
}
