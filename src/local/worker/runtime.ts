/**
 * The Worker's runtime as a process of its own: Miniflare on a Worker that is bundled already, by wrangler.toml's own settings.
 * `wrangler dev` puts a second runtime in front, writes to the storage of every object that it wakes (docs/decisions.md, 27), and opens
 * ports to every account of the machine.
 * When workerd dies, Miniflare starts it again on the same port. SIGUSR2 has it serve the script anew, SIGTERM ends both.
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs, parseEnv } from "node:util";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from "wrangler";
import { z } from "zod";
import { freePort } from "../port.ts";

const { values } = parseArgs({
  options: {
    config: { type: "string", default: "" },
    script: { type: "string", default: "" },
    "env-file": { type: "string", default: "" },
    "persist-to": { type: "string", default: "" },
    port: { type: "string", default: "0" },
  },
});

const secrets = z.record(z.string(), z.string()).parse({ ...parseEnv(readFileSync(values["env-file"], "utf8")) });
/** Keys of language models come in the environment: they are in no file. */
for (const [name, value] of Object.entries(process.env)) {
  if (!/^LLM_KEY_[A-Z0-9_]+$/.test(name)) continue;
  if (value) secrets[name] = value;
  delete process.env[name];
}
const config = unstable_readConfig({ config: values.config });
const { workerOptions } = unstable_getMiniflareWorkerOptions(config);
const folder = dirname(values.script);
const host = "127.0.0.1";
const miniflarePort = await freePort();
const external = (address: string) => ({ external: { address, http: {} } });
const database = secrets.DATABASE_PROXY_URL;

/** What the Worker logged in this turn of the event loop. It is written at once: one write a line would cost more than the logging. */
let pendingLog = "";
function writeLog(): void {
  process.stdout.write(pendingLog);
  pendingLog = "";
}

// V8 collects nothing for minutes in an isolate that is as small as ours, and what a dead object held outside of its heap stays:
// workerd grew from 340 to 480 MB in ten minutes. From 8 MB on it looks.
process.env.MINIFLARE_WORKERD_V8_FLAGS ??= "--initial-old-space-size=8";

const options = () =>
  convertV4MiniflareOptions({
    rootPath: dirname(values.config),
    host,
    port: miniflarePort,
    // As `wrangler dev` does with the same option.
    resourcePersistencePath: join(values["persist-to"], "v3"),
    // Miniflare's own port, which nobody is told, serves whoever finds it. These two options keep it from serving more than the Worker.
    unsafeTriggerHandlers: false,
    unsafeLocalExplorer: false,
    logRequests: false,
    cf: false,
    telemetry: { enabled: false },
    log: new Log(LogLevel.WARN),
    handleStructuredLogs: ({ message }) => {
      if (pendingLog === "") setImmediate(writeLog);
      pendingLog += `${message}\n`;
    },
    workers: [
      {
        ...workerOptions,
        ...(config.name ? { name: config.name } : {}),
        bindings: Object.assign({}, workerOptions.bindings, secrets),
        serviceBindings: {
          ...Object.assign({}, workerOptions.serviceBindings),
          ...(database ? { DATABASE_PROXY: external(new URL(database).host) } : {}),
        },
        unsafeDirectSockets: [{ host, port: Number(values.port), entrypoint: "front" }],
        modules: [
          {
            type: "ESModule",
            path: join(folder, "front.mjs"),
            contents: readFileSync(join(import.meta.dirname, "front.mjs"), "utf8"),
          },
          { type: "ESModule", path: values.script },
        ],
        modulesRoot: folder,
      },
    ],
  });
const runtime = new Miniflare(options());
// The script is another one by now.
process.on("SIGUSR2", () => {
  runtime.setOptions(options()).catch((error: unknown) => {
    process.stderr.write(`The changed Worker can't be served: ${error instanceof Error ? error.message : error}\n`);
  });
});
let ending = false;
for (const name of ["SIGTERM", "SIGINT"] as const) {
  process.on(name, () => {
    if (ending) return;
    ending = true;
    runtime.dispose().finally(() => {
      writeLog();
      process.exit(0);
    });
  });
}
await runtime.ready;
