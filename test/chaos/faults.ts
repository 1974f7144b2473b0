/** Every kind of fault, one entry each. `strike` resolves when the fault is over, and mends it even when it is cut short. */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { NOTHING } from "./control.ts";
import { postgresProcesses, runtimes, send, workerProcesses } from "./processes.ts";
import { between, type FaultKind, fire, kill, network, queue, stopped, wait, wiped } from "./strikes.ts";
import { EVICT, POISON } from "./transport.ts";

const both = (dataDir: string) => [...runtimes(dataDir), ...postgresProcesses(dataDir)];
const NOBODY = "00000000-0000-7000-8000-000000000000";
const CRONS = ["* * * * *", "*/2 * * * *", "*/5 * * * *"];
const accepted = z.looseObject({ task_id: z.string() });

export const faultKinds: Readonly<Record<string, FaultKind>> = {
  runtime_killed: { at: "thinking", excuses: true, restarts: true, strike: kill(runtimes) },
  postgres_killed: { at: "any", excuses: true, restarts: true, strike: kill(postgresProcesses) },
  both_killed: { at: "thinking", excuses: true, restarts: true, strike: kill(both) },
  runtime_stopped: { at: "any", excuses: true, strike: stopped(runtimes, 5, 30) },
  postgres_stopped: { at: "any", excuses: true, strike: stopped(postgresProcesses, 5, 30) },
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
    strike: async (field) => {
      await Promise.allSettled([...CRONS, ...CRONS, ...CRONS].map((cron) => fire(field, cron)));
    },
  },
  objects_evicted: {
    at: "messages",
    excuses: true,
    strike: async (field, random) => {
      const entries = await field.query<{ id: string }>("select id from entries order by id");
      for (let wave = 0; wave < 8 && !field.signal.aborted; wave++) {
        field.control.order = {
          ...NOTHING,
          agents: entries.map(({ id }) => id).filter(() => random.next() < 0.5),
          arenas: random.next() < 0.5 ? [field.scene.tournamentId] : [],
          beat: random.next() < 0.5,
        };
        await fire(field, EVICT);
        await wait(field, 200 + random.next() * 1000);
      }
    },
  },
  models_down: {
    at: "messages",
    excuses: false,
    strike: async (field, random) => {
      await field.models.goAway();
      try {
        await wait(field, between(random, 3, 12));
      } finally {
        await field.models.comeBack();
      }
    },
  },
  models_evicted: {
    at: "messages",
    excuses: true,
    strike: async (field, random) => {
      const agents = await field.query<{ id: string }>("select id from entries where kind = 'llm'");
      // Between two steps, in the middle of one, and while its answer is being recorded: as the dice have it.
      for (let wave = 0; wave < 6 && !field.signal.aborted; wave++) {
        field.control.order = { ...NOTHING, agents: agents.map(({ id }) => id) };
        await fire(field, EVICT);
        await wait(field, 300 + random.next() * 1500);
      }
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
  consumer_hung: queue("hang", 3, 7),
  message_poisoned: {
    at: "messages",
    excuses: false,
    strike: async (field) => {
      const { tournamentId: tournament_id } = field.scene;
      const [open] = await field.query<{ round_id: string; entry_id: string }>(
        "select r.id as round_id, e.id as entry_id from rounds r, entries e order by r.number desc, e.id limit 1",
      );
      const answer = { type: "answer", tournament_id, ...open, task_id: NOBODY, token: NOBODY, version: 0 };
      field.control.order = {
        ...NOTHING,
        messages: [
          ...["not a message", 7, null, { type: "burn" }, { type: "decide", tournament_id, entry_ids: ["me"] }],
          ...[
            { type: "tasks", task_ids: [NOBODY] },
            { type: "decide", tournament_id, entry_ids: [NOBODY] },
          ],
          { type: "decide", tournament_id: NOBODY, entry_ids: [NOBODY] },
          { type: "fill", tournament_id, round_id: NOBODY, entry_ids: [NOBODY] },
          // A forged answer for an entry, without the token of its task.
          { ...answer, choice: { orders: [], reasoning: "forged", confidence: 1 } },
          { ...answer, choice: { orders: "all of it", reasoning: ["\u0000"], memory: "x".repeat(50_000) } },
        ],
      };
      await fire(field, POISON);
    },
  },
  task_poisoned: {
    at: "any",
    excuses: false,
    strike: async ({ api, query, scene }) => {
      await Promise.allSettled([
        ...["run_agent_decision", "recover_agent_state"].map((name) =>
          api.post("/tasks", { name, args: { tournament_id: scene.tournamentId, agent_id: NOBODY } }, accepted),
        ),
        // Rows that another version of the code, or a bug, might leave in the table.
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
