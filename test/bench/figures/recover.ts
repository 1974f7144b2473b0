/**
 * How long a decision takes that was killed on its way. A claimed decision takes 5 s. Midway the command, the Worker and
 * the database are SIGKILLed and started again at once. The peer runs its m4, tuned best: visibility 30 s, lock 20 s.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { apiClient } from "../../../src/cli/api-client.ts";
import { freePort } from "../../../src/local/port.ts";
import { directQuery } from "../../../src/local/postgres/direct-query.ts";
import { runningPostgres } from "../../../src/local/postgres/postgres.ts";
import { signal } from "../../../src/local/process.ts";
import { PROJECT } from "../../../src/local/worker/wrangler.ts";
import { postgresProcesses, send, workerProcesses } from "../../chaos/processes.ts";
import { type Bench, type BenchContext, REPETITIONS } from "../bench.ts";
import { check } from "../checks.ts";
import { headOf, type Peers } from "../peers.ts";
import { SYMBOLS, until } from "../scene.ts";

const started = z.object({ url: z.string(), operator_key: z.string() });
const withId = z.looseObject({ id: z.string() });
const THINKS_SECONDS = 5;
const INTERVAL_SECONDS = 300;

interface Running {
  readonly child: ChildProcess;
  readonly ready: Promise<z.infer<typeof started>>;
}

/** Starts as `npm start` does, without npm. Resolves when the stack answers. */
function start(dataDir: string, port: number): Running {
  const child = spawn(
    process.execPath,
    ["src/cli/start.ts", "--data", dataDir, "--port", String(port), "--interval", "5m", "--json"],
    {
      cwd: PROJECT,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let [text, errors] = ["", ""];
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString("utf8");
  });
  const ready = new Promise<z.infer<typeof started>>((done, fail) => {
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString("utf8");
      if (text.includes("\n")) done(started.parse(JSON.parse(text.split("\n")[0] ?? "")));
    });
    child.once("close", (code) => fail(new Error(`The stack ended (${code}):\n${errors.slice(-2000)}`)));
  });
  ready.catch(() => {});
  return { child, ready };
}

async function stop({ child }: Running): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((done) => child.once("exit", done));
  signal(child.pid, "SIGINT");
  await ended;
}

/** Seconds from the kill to the stored decision. */
async function killMidway(context: BenchContext): Promise<number> {
  const dataDir = mkdtempSync(join(tmpdir(), "agonus-bench-"));
  chmodSync(dataDir, 0o711);
  const port = await freePort();
  let running = start(dataDir, port);
  try {
    const { url, operator_key } = await running.ready;
    const api = apiClient(url, operator_key, context.signal);
    const agent = {
      name: "Slow",
      strategy_type: "momentum",
      strategy: "momentum",
      config: { thinking_seconds: THINKS_SECONDS },
    };
    const { id: agentId } = await api.post("/agents", agent, withId);
    const startsAt = Math.ceil(Date.now() / 1000) * 1000 + 3000;
    const { id } = await api.post(
      "/tournaments",
      {
        name: "Killed midway",
        market: "synthetic",
        symbols: SYMBOLS,
        interval_seconds: INTERVAL_SECONDS,
        agent_ids: [agentId],
        starts_at: new Date(startsAt).toISOString(),
        ends_at: new Date(startsAt + 86_400_000).toISOString(),
      },
      withId,
    );
    const claimed = `select count(*)::int as n from tasks where tournament_id = $1 and name = 'run_agent_decision' and state = 'STARTED'`;
    const decided = `select count(*)::int as n from decisions d join rounds r on r.id = d.round_id where r.tournament_id = $1`;
    const before = databaseOf(dataDir);
    try {
      await until(before.query, context, 1, claimed, [id]);
    } finally {
      await before.close().catch(() => {});
    }
    await sleep((THINKS_SECONDS / 2) * 1000, undefined, { signal: context.signal });
    const victims = [...workerProcesses(dataDir), ...postgresProcesses(dataDir)];
    const killedAt = Date.now();
    if (running.child.pid !== undefined) signal(running.child.pid, "SIGKILL");
    send(victims, "SIGKILL");
    running = start(dataDir, port);
    await running.ready;
    const after = databaseOf(dataDir);
    try {
      await until(after.query, context, 1, decided, [id]);
      const [row] = await after.query<{ at: number; n: number; attempts: number }>(
        `select agonus_ms(min(d.decided_at)) as at, count(*)::int as n,
           (select count(*)::int from tasks where tournament_id = $1 and name = 'run_agent_decision') as attempts
         from decisions d join rounds r on r.id = d.round_id where r.tournament_id = $1`,
        [id],
      );
      if (row?.n !== 1 || row.attempts !== 1) throw new Error(`lost or doubled: ${JSON.stringify(row)}`);
      if (row.at < killedAt) throw new Error("it was decided before the kill");
      await check(after.query, context);
      return (row.at - killedAt) / 1000;
    } finally {
      await after.close();
    }
  } finally {
    await stop(running);
    send([...workerProcesses(dataDir), ...postgresProcesses(dataDir)], "SIGKILL");
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function databaseOf(dataDir: string) {
  const url = runningPostgres(join(dataDir, "pg"));
  if (url === null) throw new Error("the database does not run");
  return directQuery(url, 2);
}

const outcome = z.object({
  interrupted_redelivered_after_kill_s: z.number().nullable().optional(),
  agents_lost: z.number().optional(),
  agents_duplicated: z.number().optional(),
  error: z.string().optional(),
});

/** Runs the peer's scenarios side by side on databases of their own, as m4 does: they mostly wait. */
async function peerKills(peers: Peers) {
  const text = `${headOf("m4_crash.py", "\nout = {}\nlib.seed(1)")}
out = {}
lib.seed(1)
B = {"TWIN_LOCK_TTL": "20", "TWIN_PRE_COMMIT_SLEEP": "0.2"}
th = [threading.Thread(target=reps, args=(out, str(db), db), kwargs=dict(n=1, env=B, kill_phase="locked")) for db in (1, 2, 3)]
for t in th:
    t.start()
    time.sleep(3)
for t in th:
    t.join()
print(json.dumps([out[str(db)][0] for db in (1, 2, 3)]))`;
  return z.array(outcome).parse(await peers.python(text));
}

export const recover: Bench = {
  name: "recover",
  what: "everything SIGKILLed in a claimed decision of 5 s, until it is done; Celery's m4, tuned",
  async run(context) {
    const theirs = context.peers ? peerKills(context.peers) : Promise.resolve([]);
    // It is awaited below. Until then a failure must not count as an unhandled rejection.
    theirs.catch(() => {});
    const ours: number[] = [];
    for (let nth = 0; nth < REPETITIONS; nth++) {
      context.signal.throwIfAborted();
      const seconds = await killMidway(context);
      context.print(`  ours ${seconds.toFixed(1)} s after the kill`);
      ours.push(seconds);
    }
    const peer = await theirs;
    const failed = peer.find((run) => run.error !== undefined || run.interrupted_redelivered_after_kill_s == null);
    if (failed) throw new Error(`The peer's m4 failed: ${JSON.stringify(failed)}`);
    if (peer.length > 0)
      context.print(`  Celery ${peer.map((run) => run.interrupted_redelivered_after_kill_s).join(", ")} s`);
    return [
      {
        name: "recover",
        unit: "s",
        better: "less",
        bar: { kind: "ratio", least: 3 },
        runs: ours.map((seconds, i) => ({
          ours: seconds,
          peer: peer[i]?.interrupted_redelivered_after_kill_s ?? null,
        })),
        ...(peer.length > 0 ? { against: "Celery m4 B, until it is handed over again" } : {}),
        note: "ours: the command, the Worker and the database killed, until the decision is stored; the peer: one worker killed",
      },
    ];
  },
};
