import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { unstable_readConfig } from "wrangler";
import { z } from "zod";
import { limits } from "../../src/core/limits.ts";
import { parseQueueName, queueNames } from "../../src/core/tasks/queues.ts";
import { cronFault } from "../../src/engine/schedules/cron.ts";
import { spawnWrangler } from "../../src/local/worker/wrangler.ts";
import { taskRegistry } from "../../src/tasks/registry.ts";
import { crons } from "../../src/tasks/schedules.ts";
import { projectFiles, ROOT, read } from "../support/project-files.ts";

const environments = [
  { name: "local", flag: "", worker: "agonus" },
  { name: "staging", flag: "staging", worker: "agonus-staging" },
  { name: "production", flag: "production", worker: "agonus-production" },
] as const;

/** The part of the configuration that is checked, as wrangler itself reads it for each environment. */
const configSchema = z.object({
  name: z.string(),
  compatibility_date: z.string(),
  vars: z.record(z.string(), z.unknown()),
  version_metadata: z.object({ binding: z.string() }),
  ai: z.object({ binding: z.string() }).optional(),
  observability: z.object({ enabled: z.boolean() }),
  limits: z.object({ cpu_ms: z.number() }),
  triggers: z.object({ crons: z.array(z.string()) }),
  durable_objects: z.object({ bindings: z.array(z.object({ name: z.string(), class_name: z.string() })) }),
  assets: z.object({
    directory: z.string(),
    binding: z.string(),
    html_handling: z.string(),
    not_found_handling: z.string(),
    run_worker_first: z.array(z.string()),
  }),
  migrations: z.array(z.object({ tag: z.string(), new_sqlite_classes: z.array(z.string()).default([]) })),
  queues: z.object({
    producers: z.array(z.object({ binding: z.string(), queue: z.string() })),
    consumers: z.array(
      z.object({
        queue: z.string(),
        max_batch_size: z.number().optional(),
        max_batch_timeout: z.number().optional(),
        max_retries: z.number().optional(),
        retry_delay: z.number().optional(),
        max_concurrency: z.number().nullish(),
        dead_letter_queue: z.string().optional(),
      }),
    ),
  }),
});
const readConfig = (flag: string) =>
  configSchema.parse(
    unstable_readConfig(
      { config: join(ROOT, "wrangler.toml"), ...(flag ? { env: flag } : {}) },
      { hideWarnings: true },
    ),
  );

/** The variables that the code reads, and the secrets, which only `wrangler secret put` may set. */
const VARIABLES = [
  "ENVIRONMENT",
  "METRICS_OPEN",
  "REPLAY_BLOCK_ROUNDS",
  "RETAIN_FAILURE_HOURS",
  "RETAIN_SUCCESS_HOURS",
];
const SECRETS = ["DATABASE_URL", "OPERATOR_KEY"];
/** Only the local stack and tests set these. */
const LOCAL = [
  "DATABASE_PROXY_URL",
  "COINBASE_URL",
  "KRAKEN_URL",
  "BINANCE_URL",
  "WEBHOOK_LOOPBACK",
  "LLM_LOOPBACK",
  "LLM_CASSETTE_URL",
  "CODE_VERSION",
];
/** 1 MB after compression, a third of what the smallest plan allows. */
const GZIP_KIB_MAX = 1024;

const classes = projectFiles("durable-objects").flatMap((file) =>
  [...read(file).matchAll(/^export class (\w+) extends DurableObject/gm)].map(([, name = ""]) => name),
);
/** AGENTS, TRADING, …; TRADING_AGENT, ARENA, …: the bindings that src/env.ts declares. */
const declared = read("src/env.ts").split("export interface Settings")[0] ?? "";
const bindings = (type: string) =>
  [...declared.matchAll(new RegExp(`^  readonly (\\w+)\\??: ${type}`, "gm"))].map(([, name = ""]) => name);

describe.for(environments)("$name", ({ name, flag, worker }) => {
  const config = readConfig(flag);
  const queue = (short: string) => `${worker}-${short}`;

  test("has a name, a date and variables of its own, and no secret in the file", () => {
    expect(config.name).toBe(worker);
    expect(config.compatibility_date).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(config.vars).toEqual({
      ENVIRONMENT: name,
      METRICS_OPEN: "false",
      RETAIN_SUCCESS_HOURS: String(limits.retainSuccessHours),
      RETAIN_FAILURE_HOURS: String(limits.retainFailureHours),
      REPLAY_BLOCK_ROUNDS: String(limits.blockRoundsMax),
    });
    expect(Object.keys(config.vars).toSorted()).toEqual(VARIABLES);
    for (const secret of SECRETS) expect(Object.keys(config.vars)).not.toContain(secret);
    expect(bindings("string").toSorted()).toEqual([...VARIABLES, ...SECRETS, ...LOCAL].toSorted());
    expect(config.version_metadata.binding).toBe("VERSION");
    expect(config.observability.enabled).toBe(true);
    expect(config.limits.cpu_ms).toBeGreaterThanOrEqual(30_000);
  });

  test("has the crons of the schedules' table, each once", () => {
    expect(config.triggers.crons.toSorted()).toEqual(crons.toSorted());
    for (const cron of config.triggers.crons) expect(cronFault(cron), cron).toBeNull();
  });

  test("binds every exported object and creates its class in a migration", () => {
    const bound = config.durable_objects.bindings;
    expect(bound.map(({ class_name }) => class_name).toSorted()).toEqual(classes.toSorted());
    expect(bound.map(({ name }) => name).toSorted()).toEqual(bindings("DurableObjectNamespace").toSorted());
    expect(config.migrations.flatMap((step) => step.new_sqlite_classes).toSorted()).toEqual(classes.toSorted());
  });

  test("binds Workers AI in production alone, because the local stack would not start without a network", () => {
    expect(config.ai?.binding).toBe(name === "production" ? "AI" : undefined);
    expect(bindings("WorkersAi")).toEqual(["AI"]);
  });

  test("serves the built pages behind the Worker, which alone can tell a file from a 404 that must not be kept", () => {
    expect(config.assets).toMatchObject({ binding: "ASSETS", run_worker_first: ["/*"] });
    expect(config.assets.directory).toMatch(/dist\/dashboard$/);
    // The Worker sets the status and headers of a page.
    expect(config.assets).toMatchObject({ html_handling: "none", not_found_handling: "none" });
  });

  test("has a producer for every queue, under the binding that the code reads", () => {
    const producers = config.queues.producers;
    expect(producers.map(({ binding, queue }) => [binding, queue]).toSorted()).toEqual(
      queueNames.map((short) => [short.toUpperCase(), queue(short)]).toSorted(),
    );
    expect(bindings("Queue;").toSorted()).toEqual(queueNames.map((short) => short.toUpperCase()).toSorted());
    const known: readonly string[] = queueNames;
    for (const task of Object.values(taskRegistry)) expect(known).toContain(task.queue);
  });

  test("consumes every queue and every dead letter, with each setting stated", () => {
    const consumers = config.queues.consumers;
    expect(consumers.map((consumer) => consumer.queue).toSorted()).toEqual(
      queueNames.flatMap((short) => [queue(short), queue(`${short}-dlq`)]).toSorted(),
    );
    for (const consumer of consumers) {
      const named = parseQueueName(consumer.queue);
      expect(named, consumer.queue).not.toBeNull();
      expect(consumer.max_batch_size, consumer.queue).toBeGreaterThanOrEqual(1);
      expect(consumer.max_batch_size, consumer.queue).toBeLessThanOrEqual(100);
      expect(consumer.max_batch_timeout, consumer.queue).toBeGreaterThanOrEqual(0);
      expect(consumer.max_retries, consumer.queue).toBeGreaterThanOrEqual(1);
      expect(consumer.retry_delay, consumer.queue).toBeGreaterThanOrEqual(1);
      if (named?.dead) {
        // A dead-letter queue has no dead-letter queue of its own: a letter is retried for minutes, and then recorded.
        expect(consumer.dead_letter_queue, consumer.queue).toBeUndefined();
      } else {
        expect(consumer.dead_letter_queue, consumer.queue).toBe(`${consumer.queue}-dlq`);
        expect(consumer.max_concurrency, consumer.queue).toBeGreaterThanOrEqual(1);
      }
    }
  });
});

test("environments share no queue", () => {
  const all = environments.flatMap(({ flag }) => readConfig(flag).queues.consumers.map(({ queue }) => queue));
  expect(new Set(all).size).toBe(all.length);
});

test("the Worker's index exports every object and handles requests, batches and crons", () => {
  const index = read("src/index.ts");
  const exported = [...index.matchAll(/^export \{ (\w+) \} from "..\/durable-objects\//gm)].map(
    ([, name = ""]) => name,
  );
  expect(exported.toSorted()).toEqual(classes.toSorted());
  for (const handler of ["fetch", "queue", "scheduled"])
    expect(read("src/worker.ts")).toMatch(new RegExp(`^    (async )?${handler}[(:]`, "m"));
  expect(index).toContain("export default createWorker(taskRegistry);");
});

describe("a deployment", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "agonus-dry-run-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.for(environments)("to $name passes a dry run without a network, in under 1 MB", async ({ name, flag }) => {
    const outdir = join(folder, name);
    const nowhere = "http://127.0.0.1:9";
    const child = spawnWrangler(["deploy", "--dry-run", "--outdir", outdir, "--env", flag], {
      project: ROOT,
      dataDir: outdir,
      variables: { HTTP_PROXY: nowhere, HTTPS_PROXY: nowhere, http_proxy: nowhere, https_proxy: nowhere },
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (output += chunk));
    const code = await new Promise((done) => child.once("close", done));
    expect(code, output).toBe(0);
    expect(output).toContain("--dry-run: exiting now.");
    expect(output.replace(/^.*Proxy environment variables detected.*$/m, "")).not.toMatch(/WARNING|ERROR/);
    expect(output).toContain(`env.ENVIRONMENT ("${name}")`);
    const kib = Number(/gzip: ([\d.]+) KiB/.exec(output)?.[1]);
    console.log(`${name}: ${kib} KiB after gzip`);
    expect(kib).toBeGreaterThan(0);
    expect(kib).toBeLessThan(GZIP_KIB_MAX);
  });
});
