/** Starts wrangler on the installed Node: offline, without telemetry, and with all its files in the data folder. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { privateFolder } from "../private-folder.ts";

/** This project's folder, where wrangler.toml and node_modules are. */
export const PROJECT = resolve(import.meta.dirname, "../../..");

export interface ToolOptions {
  readonly project: string;
  readonly dataDir: string;
  readonly variables?: Readonly<Record<string, string>>;
}

/** The command itself: it bundles. */
export function spawnWrangler(args: readonly string[], options: ToolOptions): ChildProcess {
  return spawnTool(join(PROJECT, "node_modules", "wrangler", "bin", "wrangler.js"), args, options);
}

/** runtime.ts: serves what is bundled. */
export function spawnRuntime(args: readonly string[], options: ToolOptions): ChildProcess {
  return spawnTool(join(import.meta.dirname, "runtime.ts"), args, options);
}

/** Files that it and its children make are readable by their owner alone, from the first byte. */
const PRIVATELY = ["--import", "data:text/javascript,process.umask(0o077)"];

/** In its own process group: what it starts is ended with it, and a Ctrl-C in the terminal doesn't reach it. Output is piped. */
function spawnTool(script: string, args: readonly string[], options: ToolOptions): ChildProcess {
  // A folder of assets that is not there is refused; what goes into it is built apart.
  mkdirSync(join(options.project, "dist", "dashboard"), { recursive: true });
  const folder = privateFolder(join(options.dataDir, "wrangler"));
  return spawn(process.execPath, [...PRIVATELY, script, ...args], {
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
      // On by default as well: a page that shows and changes what is stored.
      X_LOCAL_EXPLORER: "false",
      WRANGLER_REGISTRY_PATH: join(folder, "registry"),
      XDG_CONFIG_HOME: folder,
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
      NO_COLOR: "1",
      CI: "1",
      ...options.variables,
    },
  });
}

/** Relative paths of a configuration mean its own folder. */
export function movedConfig(toml: string, project: string): string {
  return toml.replace(
    /^([ \t]*(?:directory|tsconfig)[ \t]*=[ \t]*)"([^"\n]{1,4096})"/gm,
    (_, head: string, path: string) => `${head}${JSON.stringify(resolve(project, path))}`,
  );
}

/** The environment without what changes wrangler's behaviour: an account's token, another tool's Node options. */
function inherited(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(CLOUDFLARE_|CF_|WRANGLER_|MINIFLARE_|npm_|NODE_OPTIONS$|NODE_ENV$|VITEST)/.test(name),
    ),
  );
}
