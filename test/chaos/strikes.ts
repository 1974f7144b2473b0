/** How things are broken: what the kinds of fault have in common. A strike mends what it broke even when it is cut short. */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { ApiClient } from "../../src/cli/api-client.ts";
import type { Random } from "../../src/core/random.ts";
import type { Query } from "../../src/db/query.ts";
import { isSameProcess, type ProcessFacts, waitUntilGone } from "../../src/local/process.ts";
import type { Control, QueueFault } from "./control.ts";
import type { Network, NetworkFault } from "./network.ts";
import { send, workerProcesses } from "./processes.ts";
import type { Scene } from "./scene.ts";

export interface Field {
  readonly dataDir: string;
  readonly url: string;
  readonly api: ApiClient;
  readonly query: Query;
  readonly network: Network;
  readonly control: Control;
  readonly scene: Scene;
  /** No more faults. */
  readonly signal: AbortSignal;
  /** Ctrl-C. */
  readonly interrupted: AbortSignal;
}

export interface FaultKind {
  /** When in a round it strikes. messages: right after the entries have sent theirs. */
  readonly at: "any" | "messages" | "thinking";
  /** False: everybody must decide in spite of it. */
  readonly excuses: boolean;
  /** It ends a process, which the local stack starts again as production's platform would: until then the fault lasts. */
  readonly restarts?: true;
  /** True: goes on while others strike. */
  readonly beside?: true;
  readonly strike: (field: Field, random: Random) => Promise<void>;
}

/** Cut short by Ctrl-C without an error, so that what follows mends. */
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
      // Children first: a main process that wakes alone would take its sleeping children for dead ones.
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
      // Also past the end of the run's time: what is on its way can't be called back.
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
/** The longest that a part may be away after its end; the run tells. */
const BACK_MILLISECONDS = 60_000;

/** Resolves when one of the processes is gone and the Worker answers with its database; says so if that takes too long. */
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
export const fire = async ({ url, signal }: Field, cron: string) => {
  const answer = await fetch(`${url}/cdn-cgi/local/scheduled?cron=${encodeURIComponent(cron)}`, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(20_000)]),
  });
  await answer.text();
};
