/** The strikes that several kinds of fault share. A strike mends what it broke, even when it is cut short. */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { ApiClient } from "../../src/cli/api-client.ts";
import type { Random } from "../../src/core/random.ts";
import type { Query } from "../../src/db/query.ts";
import { isSameProcess, type ProcessFacts, waitUntilGone } from "../../src/local/process.ts";
import type { Stack } from "../../src/local/stack.ts";
import type { Control, QueueFault } from "./control.ts";
import type { Models } from "./models.ts";
import type { Network, NetworkFault } from "./network.ts";
import { send, workerProcesses } from "./processes.ts";
import type { Scene } from "./scene.ts";

export interface Field {
  readonly dataDir: string;
  readonly url: string;
  readonly api: ApiClient;
  readonly query: Query;
  /** Fires one of the Worker's crons. */
  readonly fireCron: Stack["fireCron"];
  readonly network: Network;
  readonly control: Control;
  readonly scene: Scene;
  readonly models: Models;
  /** Aborted when no more faults are to strike. */
  readonly signal: AbortSignal;
  /** Aborted by Ctrl-C. */
  readonly interrupted: AbortSignal;
}

export interface FaultKind {
  /** The moment in a round at which it strikes. messages: right after the entries have sent their messages. */
  readonly at: "any" | "messages" | "thinking";
  /** False: every entry must decide in spite of the fault. */
  readonly excuses: boolean;
  /** True: it ends a process. The fault lasts until the local stack has started the process again, as the platform would. */
  readonly restarts?: true;
  /** True: the fault goes on while others strike. */
  readonly beside?: true;
  readonly strike: (field: Field, random: Random) => Promise<void>;
}

/** Waits. Ctrl-C ends the wait without an error, so that the code after it mends the fault. */
export const wait = async (field: Field, ms: number) => {
  await sleep(Math.max(0, ms), undefined, { signal: field.signal }).catch(() => {});
};
export const between = (random: Random, from: number, to: number) => (from + random.next() * (to - from)) * 1000;

export function stopped(list: (dataDir: string) => ProcessFacts[], from: number, to: number): FaultKind["strike"] {
  return async (field, random) => {
    const processes = list(field.dataDir);
    send(processes, "SIGSTOP");
    try {
      await wait(field, between(random, from, to));
    } finally {
      // Children are woken first: a main process that wakes alone would take its sleeping children for dead.
      send([...processes].reverse(), "SIGCONT");
    }
  };
}

export function network(fault: NetworkFault, from: number, to: number): FaultKind {
  return {
    at: "any",
    excuses: true,
    strike: async (field, random) => {
      field.network.start(fault);
      try {
        await wait(field, between(random, from, to));
      } finally {
        field.network.heal();
      }
    },
  };
}

export function queue(fault: QueueFault, from: number, to: number): FaultKind {
  return {
    at: "messages",
    excuses: true,
    strike: async (field, random) => {
      field.control.queue = fault;
      try {
        await wait(field, between(random, from, to));
      } finally {
        field.control.queue = "none";
      }
      // This waits past the run's end too, because messages on their way can't be called back.
      const left = Math.max(0, field.control.underWayUntil - Date.now());
      await sleep(left, undefined, { signal: field.interrupted }).catch(() => {});
    },
  };
}

/** All objects of a class lose what they stored, alarms included, while the runtime is down. */
export function wiped(className: string): FaultKind {
  return {
    at: "any",
    excuses: true,
    restarts: true,
    strike: async ({ dataDir }) => {
      const processes = workerProcesses(dataDir);
      send(processes, "SIGKILL");
      await waitUntilGone(() => processes.some(({ pid, began }) => isSameProcess(pid, began)), 5000);
      const objects = join(dataDir, "workerd", "v3", "do");
      for (const folder of readdirSync(objects).filter((name) => name.endsWith(`-${className}`))) {
        rmSync(join(objects, folder), { recursive: true, force: true });
      }
    },
  };
}

export const kill = (list: (dataDir: string) => ProcessFacts[]): FaultKind["strike"] => {
  return async ({ dataDir }) => void send(list(dataDir), "SIGKILL");
};
/** How long a part may stay away after its end before the run reports it. */
const BACK_MILLISECONDS = 60_000;

/** Resolves when one of the processes is gone and the Worker answers with its database. Reports when that takes too long. */
export async function untilBack({ url, signal }: Field, before: readonly ProcessFacts[]): Promise<boolean> {
  await waitUntilGone(() => before.every(({ pid, began }) => isSameProcess(pid, began)), 10_000);
  for (const end = Date.now() + BACK_MILLISECONDS; Date.now() < end; await sleep(200)) {
    if (signal.aborted) return true;
    const health = await fetch(`${url}/health`, { signal: AbortSignal.timeout(2000) })
      .then((answer) => answer.json())
      .catch(() => null);
    if (Health.safeParse(health).success) return true;
  }
  return false;
}
const Health = z.object({ database: z.literal("ok") });

/** Fires one of the Worker's crons, as the platform would. */
export const fire = ({ fireCron, signal }: Field, cron: string) =>
  fireCron(cron, AbortSignal.any([signal, AbortSignal.timeout(20_000)]));
