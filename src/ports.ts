/** Makes what rounds, tasks, clocks and routes receive, from the bindings: the only place that knows both. */
import { uuidv7 } from "uuidv7";
import { type QueueName, queueNames } from "./core/message.ts";
import { signed } from "./core/signed.ts";
import { connect } from "./db/client.ts";
import { OutOfReach } from "./db/errors.ts";
import { type Env, queueOf, readSettings } from "./env.ts";
import type { WebDeps } from "./http/web-deps.ts";
import { describeError, jsonLog, type Log } from "./log.ts";
import { marketSources } from "./markets/registry.ts";
import { enqueueTask, sharedPlainTasks } from "./queues/enqueue.ts";
import { enqueueMany } from "./queues/enqueue-many.ts";
import { Seat } from "./queues/seat.ts";
import { sendMessages } from "./queues/send.ts";
import { MarketViews } from "./rounds/market-view.ts";
import type { AgentPort } from "./rounds/ports.ts";
import type { ClockPorts } from "./schedules/run-clocks.ts";
import { correlated } from "./tasks/correlated.ts";
import type { Tasks } from "./tasks/define.ts";
import { taskRegistry } from "./tasks/registry.ts";

/** Made with an isolate's first invocation (chance has no place before it) and kept as long as the isolate lives. */
let seat: Seat | null = null;

export function consumerSeat(env: Env): Seat {
  const { codeVersion } = readSettings(env);
  seat ??= new Seat(`worker ${codeVersion.slice(0, 8)}/${uuidv7().slice(-6)}`, codeVersion);
  return seat;
}

/** Stored candles never change: an isolate keeps what it read of them. */
const views = new MarketViews();

/** `plainTasks` of a Worker's own are shared by all its requests. */
export function makePorts(
  env: Env,
  correlationId: string | null,
  tasks: Tasks = taskRegistry,
  plainTasks = sharedPlainTasks(),
): ClockPorts {
  const settings = readSettings(env);
  const now = () => Date.now();
  const secrets = [settings.databaseUrl, settings.operatorKey ?? ""];
  const ports: ClockPorts = {
    query: connect(settings.databaseUrl, settings.databaseProxyUrl),
    tasks,
    plainTasks,
    newId: uuidv7,
    random: () => Math.random(),
    now,
    markets: marketSources,
    views,
    agent: (entryId) => agentPort(env, entryId),
    send: (queue, messages, delaySeconds = 0) => sendMessages(queueOf(env, queue), messages, delaySeconds, ports.log),
    log: jsonLog(now, (line) => console.log(line), secrets),
    by: signed(consumerSeat(env).id, settings.codeVersion),
    codeVersion: settings.codeVersion,
    correlationId: null,
    retention: settings.retention,
    enqueue: (name, args, options) => enqueueTask(ports, name, args, options),
    enqueueMany: (name, all, options) => enqueueMany(ports, name, all, options),
    wakeArena: (tournamentId, id) => reached(() => env.ARENA.getByName(tournamentId).wake(tournamentId, id)),
    pokeBeat: () => reached(() => env.BEAT.getByName("beat").poke()),
    async busyQueues() {
      const counts = await Promise.all(
        queueNames.map(async (name) => ({ name, backlog: await backlogOf(env, name, ports.log) })),
      );
      // Where nobody knows, one is there: sent a little late is better than sent twice.
      return counts.filter(({ backlog }) => backlog === null || backlog.messages > 0).map(({ name }) => name);
    },
  };
  return correlated(ports, correlationId);
}

/** A call into an object: whatever it throws is told apart from a caller's own faults. */
async function reached<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw new OutOfReach("object", error);
  }
}

function agentPort(env: Env, entryId: string): AgentPort {
  const stub: AgentPort = env.TRADING_AGENT.getByName(entryId);
  return {
    decide: (request) => answered(() => stub.decide(request)),
    think: (job) => answered(() => stub.think(job)),
    restore: (state) => answered(() => stub.restore(state)),
    poke: (plan) => answered(() => stub.poke(plan)),
    rest: () => answered(() => stub.rest()),
  };
}

/** As `reached`, but what the object's own code throws (`remote`, as the platform marks it) stays a fault of the code. */
async function answered<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const own = error instanceof Error && "remote" in error && error.remote === true;
    throw own ? error : new OutOfReach("object", error);
  }
}

/** What routes receive for browsers. */
export function makeWeb(env: Env): WebDeps {
  return {
    now: () => Date.now(),
    file: (path) => env.ASSETS.fetch(new URL(path, "https://assets.local")),
    mayTryKey: async (who) => (await env.SIGN_IN.limit({ key: who })).success,
    watch: (tournamentId, resume) => {
      const url = new URL("https://arena.local/");
      if (resume !== null) url.searchParams.set("resume", resume);
      return reached(() => env.ARENA.getByName(tournamentId).fetch(url, { headers: { upgrade: "websocket" } }));
    },
  };
}

/** What the platform says of a queue; null where it doesn't, and the log says why. */
export async function backlogOf(
  env: Env,
  name: QueueName,
  log: Log,
): Promise<{ messages: number; oldest_at: string | null } | null> {
  try {
    const metrics = await queueOf(env, name).metrics();
    const oldest = metrics.oldestMessageTimestamp;
    return { messages: metrics.backlogCount, oldest_at: oldest ? new Date(oldest).toISOString() : null };
  } catch (error) {
    log({ event: "fault", where: `queue.metrics ${name}`, ...describeError(error) });
    return null;
  }
}
