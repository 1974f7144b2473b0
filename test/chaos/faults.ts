/** Every kind of fault, one entry each. `strike` resolves when the fault is over, and mends what it broke even when it is cut short. */
import { appendFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { ApiClient } from "../../src/cli/api-client.ts";
import type { Random } from "../../src/core/random.ts";
import type { Query } from "../../src/db/query.ts";
import { isSameProcess, type ProcessFacts, waitUntilGone } from "../../src/local/process.ts";
import type { Control, QueueFault } from "./control.ts";
import type { Network, NetworkFault } from "./network.ts";
import { postgresProcesses, runtimes, send, workerProcesses } from "./processes.ts";
import type { Scene } from "./scene.ts";

export interface Field {
  readonly dataDir: string;
  readonly url: string;
  readonly api: ApiClient;
  readonly query: Query;
  readonly network: Network;
  readonly control: Control;
  readonly scene: Scene;
  readonly signal: AbortSignal;
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
const wait = async (field: Field, ms: number) => {
  await sleep(ms, undefined, { signal: field.signal }).catch(() => {});
};
const between = (random: Random, from: number, to: number) => (from + random.next() * (to - from)) * 1000;

function stopped(list: (dataDir: string) => ProcessFacts[], from: number, to: number): FaultKind["strike"] {
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

function network(fault: NetworkFault, from: number, to: number): FaultKind {
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

function queue(fault: QueueFault, from: number, to: number): FaultKind {
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
    },
  };
}

/** All objects of a class lose what they stored, alarms included, while the runtime is down. */
function wiped(className: string): FaultKind {
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

const kill = (list: (dataDir: string) => ProcessFacts[]): FaultKind["strike"] => {
  return async ({ dataDir }) => void send(list(dataDir), "SIGKILL");
};
/** The longest that a part may be away after its end; the run tells. */
const BACK_MILLISECONDS = 60_000;

/** Resolves when one of the processes is gone and the Worker answers with its database; says so if that takes too long. */
export async function untilBack({ url, signal }: Field, before: readonly ProcessFacts[]): Promise<boolean> {
  await waitUntilGone(() => before.every(({ pid, began }) => isSameProcess(pid, began)), 10_000);
  for (const end = Date.now() + BACK_MILLISECONDS; Date.now() < end; await sleep(200)) {
    if (signal.aborted) return true;
    const health = await fetch(`${url}/health`, { signal: AbortSignal.timeout(2000) }).then(
      (answer) => answer.json(),
      () => null,
    );
    if (Health.safeParse(health).success) return true;
  }
  return false;
}
const Health = z.object({ database: z.literal("ok") });

const both = (dataDir: string) => [...runtimes(dataDir), ...postgresProcesses(dataDir)];

const CRONS = ["* * * * *", "*/2 * * * *", "*/5 * * * *"];
const accepted = z.looseObject({ task_id: z.string() });

export const faultKinds: Readonly<Record<string, FaultKind>> = {
  runtime_killed: { at: "thinking", excuses: true, restarts: true, strike: kill(runtimes) },
  postgres_killed: { at: "any", excuses: true, restarts: true, strike: kill(postgresProcesses) },
  both_killed: { at: "thinking", excuses: true, restarts: true, strike: kill(both) },
  runtime_stopped: { at: "any", excuses: true, strike: stopped(runtimes, 5, 20) },
  postgres_stopped: { at: "any", excuses: true, strike: stopped(postgresProcesses, 5, 20) },
  postgres_restarted: {
    at: "any",
    excuses: true,
    restarts: true,
    strike: async ({ dataDir }) => void send(postgresProcesses(dataDir).slice(0, 1), "SIGINT"),
  },
  connections_dropped: network("dropped", 5, 15),
  connections_half_open: network("half_open", 5, 12),
  connections_slow: network("slow", 5, 15),
  outcome_unknown: network("unknown", 8, 20),
  messages_lost: queue("lose", 5, 12),
  messages_lost_by_kill: { at: "messages", excuses: true, restarts: true, strike: kill(runtimes) },
  deliveries_duplicated: queue("twice", 8, 20),
  deliveries_reordered: queue("late", 5, 15),
  entries_wiped: wiped("TradingAgent"),
  arena_wiped: wiped("Arena"),
  beat_alarm_lost: wiped("Beat"),
  crons_stopped: {
    at: "any",
    excuses: false,
    beside: true,
    strike: async (field, random) => {
      field.control.cronsStopped = true;
      try {
        await wait(field, between(random, 65, 130));
      } finally {
        field.control.cronsStopped = false;
      }
    },
  },
  two_schedulers: {
    at: "messages",
    excuses: false,
    strike: async ({ url, signal }) => {
      const fire = (cron: string) =>
        fetch(`${url}/cdn-cgi/local/scheduled?cron=${encodeURIComponent(cron)}`, {
          signal: AbortSignal.any([signal, AbortSignal.timeout(20_000)]),
        }).then((answer) => answer.text());
      await Promise.allSettled([...CRONS, ...CRONS, ...CRONS].map(fire));
    },
  },
  runs_by_hand: {
    at: "messages",
    excuses: false,
    strike: async ({ api, scene }) => {
      const run = (id: string) => api.post(`/agents/${id}/run?tournament_id=${scene.tournamentId}`, {}, accepted);
      await Promise.allSettled([...scene.agentIds, ...scene.agentIds].map(run));
    },
  },
  consumer_hung: { at: "thinking", excuses: true, strike: stopped(runtimes, 21, 28) },
  task_poisoned: {
    at: "any",
    excuses: false,
    strike: async ({ api, query, scene }) => {
      const nobody = "00000000-0000-7000-8000-000000000000";
      await Promise.allSettled([
        ...["run_agent_decision", "recover_agent_state"].map((name) =>
          api.post("/tasks", { name, args: { tournament_id: scene.tournamentId, agent_id: nobody } }, accepted),
        ),
        // What another version of the code, or a bug, might leave in the table.
        query(
          `insert into tasks (id, name, queue, state, args, max_attempts, due_at)
           values (gen_random_uuid(), 'run_nothing', 'recovery', 'PENDING', '{}', 3, agonus_now()),
             (gen_random_uuid(), 'recover_agent_state', 'recovery', 'PENDING', '{"tournament_id": 5}', 3, agonus_now())`,
        ),
      ]);
    },
  },
  recoveries_by_hand: {
    at: "thinking",
    excuses: false,
    strike: async ({ api, scene }, random) => {
      const chosen = scene.agentIds.filter(() => random.next() < 0.4);
      const recover = (id: string) =>
        api.post(
          "/tasks",
          { name: "recover_agent_state", args: { tournament_id: scene.tournamentId, agent_id: id } },
          accepted,
        );
      await Promise.allSettled([...chosen, ...chosen].map(recover));
    },
  },
  deployed: {
    at: "thinking",
    excuses: true,
    restarts: true,
    strike: async ({ dataDir }) => {
      // The next start serves other code: its text differs, so every isolate and object is a new one.
      appendFileSync(join(dataDir, "worker", "index.js"), `\n// deployed ${Date.now()}\n`);
      send(workerProcesses(dataDir), "SIGTERM");
    },
  },
};
