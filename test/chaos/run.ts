/** `npm run chaos`: see HELP in chaos-args.ts. */
import { randomInt } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { apiClient } from "../../src/cli/api-client.ts";
import { listenForInterrupts } from "../../src/cli/interrupt.ts";
import { seededRandom } from "../../src/core/random.ts";
import type { Query } from "../../src/db/query.ts";
import { startStack } from "../../src/local/stack.ts";
import { audit } from "./audit.ts";
import { type ChaosOptions, parseChaosArgs } from "./chaos-args.ts";
import { startControl } from "./control.ts";
import { type Field, faultKinds } from "./faults.ts";
import { Network } from "./network.ts";
import { postgresProcesses, send, workerProcesses } from "./processes.ts";
import { makeProject, makeTournament } from "./scene.ts";
import { breakThings, watchTasks } from "./schedule.ts";
import { startClient } from "./told.ts";

const DRAIN_MILLISECONDS = 120_000;

async function run(options: ChaosOptions): Promise<number> {
  const out = options.json ? process.stderr : process.stdout;
  const began = Date.now();
  const say = (line: string) => out.write(`${((Date.now() - began) / 1000).toFixed(1).padStart(7)} s  ${line}\n`);
  const dataDir = mkdtempSync(join(tmpdir(), "agonus-chaos-"));
  chmodSync(dataDir, 0o711);
  const cleanUp = () => {
    send([...workerProcesses(dataDir), ...postgresProcesses(dataDir)], "SIGKILL");
    if (!options.keep) rmSync(dataDir, { recursive: true, force: true });
  };
  // `end` cuts the faults short; what follows (drain, audit) still runs. A second Ctrl-C ends at once.
  const interrupts = listenForInterrupts(
    () => say("Stopping: no more faults, then drain and audit. (Ctrl-C again: at once.)"),
    () => {
      cleanUp();
      process.exit(130);
    },
  );
  await using parts = new AsyncDisposableStack();
  parts.defer(() => {
    interrupts.dispose();
    if (!options.keep) rmSync(dataDir, { recursive: true, force: true });
    else say(`The data is in ${dataDir}`);
  });
  const random = (part: string) => seededRandom(`${options.seed}:${part}`);
  const network = new Network(random("network"));
  const control = await startControl(random("queue"));
  parts.defer(() => control.close());
  say(`Seed ${options.seed}, ${options.minutes} minutes, rounds of ${options.intervalSeconds} s, in ${dataDir}`);
  const project = makeProject(join(dataDir, "project"), control.url);
  const stack = await startStack({ dataDir, project, intercept: network.interceptor, onLine: say });
  parts.defer(() => stack.stop());
  const never = new AbortController().signal;
  const api = apiClient(stack.url, stack.operatorKey, never);
  const scene = await makeTournament(api, options.intervalSeconds, options.seed);
  say(`Tournament ${scene.tournamentId} is live with ${scene.agentIds.length} entries.`);

  const client = startClient(api, scene, random("client"), never);
  const under = { way: 0 };
  const tasks = watchTasks(stack.query, under);
  const untilMs = Date.now() + options.minutes * 60_000;
  const signal = AbortSignal.any([interrupts.signal, AbortSignal.timeout(options.minutes * 60_000)]);
  const field: Field = { dataDir, url: stack.url, api, query: stack.query, network, control, scene, signal };
  const broken = await breakThings(field, { ...options, random: random("plan"), untilMs, say, under });
  say(`Faults are over (${broken.faults.length}): two quiet rounds, then the drain.`);
  await sleep(2.6 * options.intervalSeconds * 1000);
  await client.stop();
  await persist(() => api.post(`/tournaments/${scene.tournamentId}/pause`, {}, anything), 60_000);
  const drained = await drain(stack.query);
  const stuck = await tasks.stop();
  const { result, violations, whileAway } = await audit(stack.query, {
    tournamentId: scene.tournamentId,
    intervalSeconds: options.intervalSeconds,
    faults: broken.faults,
    network,
    interrupted: broken.interrupted.size,
    stuck,
  });
  const wrong = [...violations, ...broken.away, ...(await client.check())];
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
  if (whileAway > 0)
    say(
      `${whileAway} misses and skips came more than 10 s after a kill, while what it killed was being started again.`,
    );
  for (const line of wrong) say(`VIOLATION ${line}`);
  say(
    `${wrong.length === 0 ? "All promises held" : `${wrong.length} violations`}; the client was told ${client.facts} facts; the network hit ${network.hit} calls, the queue ${control.done} batches.`,
  );
  process.stdout.write(`${JSON.stringify(result)}\n`);
  return wrong.length === 0 ? 0 : 1;
}

const anything = z.unknown();

async function drain(query: Query): Promise<boolean> {
  for (const end = Date.now() + DRAIN_MILLISECONDS; Date.now() < end; await sleep(1000)) {
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
if ("stop" in parsed) {
  process.stderr.write(parsed.stop);
  process.exit(parsed.code);
}
process.exitCode = await run(parsed).catch((error: unknown) => {
  process.stderr.write(`The chaos run failed: ${error instanceof Error ? (error.stack ?? error.message) : error}\n`);
  return 1;
});
process.exit();
