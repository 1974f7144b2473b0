/** Makes the ports of rounds, tasks, clocks and routes from the Worker's bindings. No other file knows both. */
import { uuidv7 } from "uuidv7";
import { CodedError } from "./core/error-codes.ts";
import { objectFault } from "./core/tasks/object-fault.ts";
import { type QueueName, queueNames } from "./core/tasks/queues.ts";
import { signed } from "./core/tasks/signed.ts";
import type { VenueName } from "./core/venue-names.ts";
import { connect } from "./db/client.ts";
import { OutOfReach } from "./db/errors.ts";
import { ConsumerPresence } from "./engine/consumer-presence.ts";
import { correlated } from "./engine/correlated.ts";
import { enqueueTask, sharedPlainTasks } from "./engine/enqueue.ts";
import { enqueueMany } from "./engine/enqueue-many.ts";
import type { ClockPorts } from "./engine/schedules/run-clocks.ts";
import { sendMessages } from "./engine/send.ts";
import type { Tasks } from "./engine/task.ts";
import { within } from "./engine/within.ts";
import { type Env, modelKeys, modelVariable, queueOf, readSettings, type Settings } from "./env.ts";
import { base64Url } from "./http/request/base64-url.ts";
import type { WebDeps } from "./http/web-deps.ts";
import { describeError, jsonLog, type Log } from "./log.ts";
import { marketSources } from "./markets/registry.ts";
import type { VenuePort } from "./markets/venues/venue-desk.ts";
import { BlockNotes } from "./rounds/block/notes.ts";
import type { DoorPorts } from "./rounds/doors/door-state.ts";
import type { AskArena, RoundNews } from "./rounds/doors/openings.ts";
import type { WebhookPorts } from "./rounds/doors/webhook/ports.ts";
import { dnsOverHttps } from "./rounds/doors/webhook/resolve.ts";
import { makeVault, type Vault } from "./rounds/doors/webhook/vault.ts";
import { MarketViews } from "./rounds/market-view.ts";
import type { ModelSettings } from "./rounds/models/endpoint.ts";
import type { AgentPort, RoundPorts } from "./rounds/ports.ts";
import type { TaskPorts } from "./tasks/define.ts";
import { taskRegistry } from "./tasks/registry.ts";
import { schedules } from "./tasks/schedules.ts";

/** The settings for a request. What is wrong with a setting goes to the log, and the caller gets a code alone. */
export function settingsOf(env: Env): Settings {
  try {
    return readSettings(env);
  } catch (error) {
    const log = jsonLog(
      () => Date.now(),
      (line) => console.log(line),
    );
    log({ event: "fault", where: "settings", ...describeError(error) });
    throw new CodedError("internal.settings", undefined, undefined, { cause: error });
  }
}

/** Made in an isolate's first invocation, because the platform gives no random numbers before it. Kept while the isolate lives. */
let presence: ConsumerPresence | null = null;

export function consumerPresence(env: Env): ConsumerPresence {
  const { codeVersion } = readSettings(env);
  presence ??= new ConsumerPresence(`worker ${codeVersion.slice(0, 8)}/${uuidv7().slice(-6)}`, codeVersion);
  return presence;
}

/** Kept while the isolate lives: stored candles never change. */
const views = new MarketViews();
const blocks = new BlockNotes();

/** Everything that the engine, rounds, tasks and clocks receive. */
export interface Ports extends TaskPorts, ClockPorts {
  readonly send: RoundPorts["send"];
  readonly takeAnswers: DoorPorts["takeAnswers"];
  /** Waits for news of a tournament's rounds. */
  readonly askArena: AskArena;
  readonly webhooks: WebhookPorts;
}

/** Kept while the isolate lives, with the key that it has derived. */
let vault: { readonly secret: string; readonly vault: Vault } | null = null;

function vaultOf(secret: string | null): Vault | null {
  if (secret === null) return null;
  if (vault?.secret !== secret) {
    vault = { secret, vault: makeVault(secret, (bytes) => crypto.getRandomValues(new Uint8Array(bytes))) };
  }
  return vault.vault;
}

const fetchAny = (url: string, init: RequestInit) => fetch(url, init);
const resolve = dnsOverHttps(fetchAny);

/** A Worker passes its own `plainTasks`, so that all its requests share statements. */
export function makePorts(
  env: Env,
  correlationId: string | null,
  tasks: Tasks = taskRegistry,
  plainTasks = sharedPlainTasks(),
): Ports {
  const settings = readSettings(env);
  const now = () => Date.now();
  const secrets = [settings.databaseUrl, settings.operatorKey ?? "", ...modelKeys(env)];
  const ports: Ports = {
    schedules,
    query: connect(settings.databaseUrl, settings.databaseProxyUrl),
    tasks,
    plainTasks,
    newId: uuidv7,
    random: () => Math.random(),
    now,
    markets: marketSources,
    views,
    blocks,
    blockRounds: settings.replayBlockRounds,
    venue: (name) => venuePort(env, name),
    agent: (entryId) => agentPort(env, entryId),
    send: (queue, messages, delaySeconds = 0) => sendMessages(queueOf(env, queue), messages, delaySeconds, ports.log),
    log: jsonLog(now, (line) => console.log(line), secrets),
    by: signed(consumerPresence(env).id, settings.codeVersion),
    codeVersion: settings.codeVersion,
    correlationId: null,
    retention: settings.retention,
    enqueue: (name, args, options) => enqueueTask(ports, name, args, options),
    enqueueMany: (name, all, options) => enqueueMany(ports, name, all, options),
    wakeArena: (tournamentId, id) =>
      inTime(() => env.ARENA.getByName(tournamentId).wake(tournamentId, id ?? undefined), undefined),
    takeAnswers: (tournamentId) => inTime(() => env.ARENA.getByName(tournamentId).takeAnswers(tournamentId), 0),
    askArena: (tournamentId, after, waitMs) =>
      inTime<RoundNews>(
        () => env.ARENA.getByName(tournamentId).untilOpening(tournamentId, after, waitMs),
        { latest: after, isOver: false },
        waitMs,
      ),
    webhooks: {
      fetch: fetchAny,
      resolve,
      vault: vaultOf(settings.operatorKey),
      loopback: settings.webhookLoopback,
      clock: now,
    },
    wakeBeat: () => inTime(() => env.BEAT.getByName("beat").wake(), undefined),
    async busyQueues() {
      const counts = await Promise.all(
        queueNames.map(async (name) => ({ name, backlog: await backlogOf(env, name, ports.log) })),
      );
      // A queue of unknown length counts as busy: a message that is sent a little late is better than one that is sent twice.
      return counts.filter(({ backlog }) => backlog === null || backlog.messages > 0).map(({ name }) => name);
    },
  };
  return correlated(ports, correlationId);
}

/**
 * A caller that tells an object of something waits so long for its answer, in milliseconds. The object may be busy. Or it waits for
 * another object that hangs, and the platform ends such a call only after a quarter of an hour. The call has reached the object all
 * the same, and the object's own alarm comes too.
 */
const ANSWER_MS = 5000;

const inTime = <T>(call: () => Promise<T>, late: T, waitMs = 0): Promise<T> =>
  within(waitMs + ANSWER_MS, callObject(call), late);

/** Calls an object. What the call throws becomes an OutOfReach, so that no one takes it for a fault of the caller. */
async function callObject<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw new OutOfReach("object", error);
  }
}

function venuePort(env: Env, name: VenueName): VenuePort {
  const stub: VenuePort = env.VENUE.getByName(name);
  return {
    candles: (ask) => callObject(() => stub.candles(ask)),
    quotes: (ask) => callObject(() => stub.quotes(ask)),
    find: (symbols) => callObject(() => stub.find(symbols)),
  };
}

function agentPort(env: Env, entryId: string): AgentPort {
  const stub: AgentPort = env.TRADING_AGENT.getByName(entryId);
  return {
    decide: (request) => callAgent(() => stub.decide(request)),
    playBlock: (request) => callAgent(() => stub.playBlock(request)),
    think: (job) => callAgent(() => stub.think(job)),
    call: (job) => callAgent(() => stub.call(job)),
    restore: (state) => callAgent(() => stub.restore(state)),
    wake: (plan) => callAgent(() => stub.wake(plan)),
    rest: () => callAgent(() => stub.rest()),
  };
}

/** As `callObject`, but an error that the object's own code or ours threw stays as it is. */
async function callAgent<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw objectFault(error) === "bug" ? error : new OutOfReach("object", error);
  }
}

/** 256 random bits as base64url. An id is no secret: two that are made in one millisecond differ in few bits. */
export function newToken(): string {
  return base64Url(crypto.getRandomValues(new Uint8Array(32)));
}

/** Which models an agent may call, by the deployment's variables. */
export function modelSettings(env: Env): ModelSettings {
  return {
    loopback: env.ENVIRONMENT === "local" && env.LLM_LOOPBACK === "true",
    cassette: (env.ENVIRONMENT === "local" && env.LLM_CASSETTE_URL) || null,
    variable: (name) => modelVariable(env, name),
    resolve: dnsOverHttps((url, init) => fetch(url, init)),
    workersAi: env.AI ?? null,
  };
}

/** What routes need for browsers: files and the live feed. */
export function makeWeb(env: Env): WebDeps {
  return {
    file: (path, etag) =>
      env.ASSETS.fetch(new URL(path, "https://assets.local"), etag ? { headers: { "if-none-match": etag } } : {}),
    watch: (tournamentId, { resume, address }) => {
      const url = new URL("https://arena.local/");
      if (resume !== null) url.searchParams.set("resume", resume);
      if (address !== null) url.searchParams.set("address", address);
      return callObject(() => env.ARENA.getByName(tournamentId).fetch(url, { headers: { upgrade: "websocket" } }));
    },
  };
}

/** How many messages the platform counts in a queue. Null where it does not answer; the log says why. */
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
