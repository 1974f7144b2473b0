/** `npm run chaos`: its flags stand in chaos-args.ts. */
import { randomInt } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { apiClient } from "../../src/cli/api-client.ts";
import { listenForInterrupts } from "../../src/cli/interrupt.ts";
import { printStop } from "../../src/cli/read-command.ts";
import { seededRandom } from "../../src/core/random.ts";
import type { Query } from "../../src/db/query.ts";
import { startStack } from "../../src/local/stack.ts";
import { audit } from "./audit.ts";
import { type ChaosOptions, parseChaosArgs } from "./chaos-args.ts";
import { startControl } from "./control.ts";
import { faultKinds } from "./faults.ts";
import { watchLoad } from "./load.ts";
import { Models } from "./models.ts";
import { Network } from "./network.ts";
import { Outsiders } from "./outsiders.ts";
import { postgresProcesses, send, workerProcesses } from "./processes.ts";
import { startClient } from "./remembering-client.ts";
import { makeProject, makeTournament } from "./scene.ts";
import { breakThings, watchTasks } from "./schedule.ts";
import type { Field } from "./strikes.ts";

const DRAIN_MILLISECONDS = 120_000;
/** How many kinds of fault a run of ten minutes and more must have. */
const KINDS_MIN = 12;
/** The exit code of Ctrl-C, as shells have it. */
const INTERRUPTED = 130;

async function run(options: ChaosOptions): Promise<number> {
  const out = options.json ? process.stderr : process.stdout;
  const began = Date.now();
  const print = (line: string) => out.write(`${((Date.now() - began) / 1000).toFixed(1).padStart(7)} s  ${line}\n`);
  const dataDir = mkdtempSync(join(tmpdir(), "agonus-chaos-"));
  chmodSync(dataDir, 0o711);
  const cleanUp = () => {
    send([...workerProcesses(dataDir), ...postgresProcesses(dataDir)], "SIGKILL");
    if (!options.keep) rmSync(dataDir, { recursive: true, force: true });
  };
  const interrupts = listenForInterrupts(
    () => print("Stopping without a result: what was cut short proves nothing. (Ctrl-C again: at once.)"),
    () => {
      cleanUp();
      process.exit(INTERRUPTED);
    },
  );
  try {
    return await play(options, dataDir, print, interrupts.signal);
  } catch (error) {
    if (interrupts.signal.aborted) return INTERRUPTED;
    print(`The run itself failed: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
    return 1;
  } finally {
    interrupts.dispose();
    if (options.keep) print(`The data is in ${dataDir}`);
    else rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Answers the exit code. Every process that the run started has ended when this answers or throws. */
async function play(
  options: ChaosOptions,
  dataDir: string,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<number> {
  await using parts = new AsyncDisposableStack();
  const load = watchLoad();
  parts.defer(() => load.stop());
  const began = Date.now();
  const random = (part: string) => seededRandom(`${options.seed}:${part}`);
  const network = new Network(random("network"));
  const control = await startControl(random("queue"));
  parts.defer(() => control.close());
  print(`Seed ${options.seed}, ${options.minutes} minutes, rounds of ${options.intervalSeconds} s, in ${dataDir}`);
  const project = makeProject(join(dataDir, "project"), control.url);
  const stack = await startStack({
    dataDir,
    project,
    webhookLoopback: true,
    models: { variables: { LLM_LOOPBACK: "true" }, keys: {} },
    intercept: network.interceptor,
    onLine: print,
    signal,
  });
  parts.defer(() => stack.stop());
  const api = apiClient(stack.url, stack.operatorKey, signal);
  const outsiders = new Outsiders(api, stack.url, stack.operatorKey, random("outsiders"), signal);
  parts.defer(() => outsiders.close());
  const outsiderIds = await outsiders.make();
  const models = new Models(api, random("models"));
  parts.defer(() => models.close());
  const modelIds = await models.make();
  const scene = await makeTournament(api, options.intervalSeconds, options.seed, [...outsiderIds, ...modelIds]);
  print(
    `Tournament ${scene.tournamentId} is live with ${scene.agentIds.length} entries of the house, ${outsiderIds.length} from outside and ${modelIds.length} models.`,
  );
  outsiders.start(scene.tournamentId);
  models.start(scene.tournamentId);

  const client = startClient(api, scene, random("client"), signal);
  const under = { way: 0 };
  const tasks = watchTasks(stack.query, under);
  const untilMs = Date.now() + options.minutes * 60_000;
  const cut = AbortSignal.any([signal, AbortSignal.timeout(options.minutes * 60_000)]);
  const around = {
    dataDir,
    url: stack.url,
    api,
    query: stack.query,
    fireCron: stack.fireCron,
    network,
    control,
    scene,
    models,
  };
  const field: Field = { ...around, signal: cut, interrupted: signal };
  const broken = await breakThings(field, { ...options, random: random("plan"), untilMs, print, under });
  signal.throwIfAborted();
  print(`Faults are over (${broken.faults.length}): two quiet rounds, then the drain.`);
  await sleep(2.6 * options.intervalSeconds * 1000, undefined, { signal });
  await Promise.all([client.stop(), outsiders.stop()]);
  await persist(() => api.post(`/tournaments/${scene.tournamentId}/pause`, {}, anything), 60_000);
  const drained = await drain(stack.query, signal);
  const stuck = await tasks.stop();
  const { result, violations, whileAway, slowest } = await audit(stack.query, {
    tournamentId: scene.tournamentId,
    intervalSeconds: options.intervalSeconds,
    faults: broken.faults,
    network,
    interrupted: broken.interrupted.size,
    stuck,
    load,
    outsiders,
    models,
  });
  const wrong = [...violations, ...broken.away, ...(await client.check()), ...(await outsiders.check(stack.query))];
  wrong.push(...(await models.check(stack.query)));
  if (!drained) wrong.push(`not drained after ${DRAIN_MILLISECONDS / 1000} s`);
  const { p95, max } = result.recovery_seconds;
  if ((p95 ?? 0) > 30) wrong.push(`recovery p95 is ${p95} s, over 30`);
  if ((max ?? 0) > 60) wrong.push(`recovery max is ${max} s, over 60`);
  if (result.rounds === 0) wrong.push("no round was settled");
  if (options.kinds?.length !== 0) {
    if (result.decisions_interrupted === 0) wrong.push("no fault interrupted a decision");
    if (max === null) wrong.push("nothing had to recover");
    if (result.repeats_seen === 0) wrong.push("nothing was repeated");
  }
  if (result.outside.decisions_told === 0) wrong.push("no agent from outside was told that its decision is stored");
  const kinds = Object.keys(result.faults).length;
  if (options.kinds === null && options.minutes >= 10 && kinds < KINDS_MIN)
    wrong.push(`only ${kinds} kinds of fault, under ${KINDS_MIN}`);
  if (whileAway > 0)
    print(
      `${whileAway} misses and skips came more than 10 s after a kill, while what it killed was being started again.`,
    );
  for (const { fault, seconds } of slowest.slice(0, 5)) {
    const away =
      fault.endMs > fault.harmedMs ? `, away for ${((fault.endMs - fault.harmedMs) / 1000).toFixed(1)} s` : "";
    print(
      `Recovery took up to ${seconds.toFixed(1)} s: ${fault.kind}${away}, ${load.between(fault.startMs, fault.endMs)}`,
    );
  }
  for (const line of wrong) print(`VIOLATION ${line}`);
  print(
    `${wrong.length === 0 ? "All promises held" : `${wrong.length} violations`}; the client was told ${client.facts} facts; the network hit ${network.hit} calls, the queue ${control.done} batches; ${load.between(began, Date.now())}.`,
  );
  process.stdout.write(`${JSON.stringify(result)}\n`);
  return wrong.length === 0 ? 0 : 1;
}

const anything = z.unknown();

async function drain(query: Query, signal: AbortSignal): Promise<boolean> {
  for (const end = Date.now() + DRAIN_MILLISECONDS; Date.now() < end; await sleep(1000, undefined, { signal })) {
    const [left] = await query<{ n: number }>(
      `select (select count(*) from rounds where state in ('open', 'closed', 'quoted'))::int
        + (select count(*) from tasks where finished_at is null and due_at < agonus_now() + interval '2 minutes')::int as n`,
    ).catch(() => []);
    if (left?.n === 0) return true;
  }
  return false;
}

async function persist<T>(work: () => Promise<T>, milliseconds: number): Promise<T> {
  for (const end = Date.now() + milliseconds; ; await sleep(1000)) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}

const parsed = parseChaosArgs(process.argv.slice(2), Object.keys(faultKinds), String(randomInt(1_000_000)));
process.exitCode = parsed.kind === "stop" ? printStop(parsed) : await run(parsed.options);
process.exit();
