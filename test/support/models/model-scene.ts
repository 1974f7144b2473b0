/** Entries with language models in a tournament of a test. Their objects are this process; their models a scripted server. */
import { type ModelConfig, modelConfigSchema } from "../../../src/core/agents/model-config.ts";
import { advance } from "../../../src/rounds/advance.ts";
import { decideByModel, type ModelAnswer } from "../../../src/rounds/models/decide-by-model.ts";
import type { ModelSettings } from "../../../src/rounds/models/endpoint.ts";
import type { ThinkingJob } from "../../../src/rounds/ports.ts";
import { count, type TestClock, testClock, type World, type WorldOptions, world } from "../builders.ts";
import { openTestDatabase, type TestDatabase } from "../database.ts";
import { type InProcess, inProcess } from "../in-process.ts";
import { type ScriptedModel, scriptedModel } from "./scripted-model.ts";

export interface ModelScene {
  readonly db: TestDatabase;
  readonly clock: TestClock;
  readonly run: InProcess;
  readonly cup: World;
  readonly model: ScriptedModel;
  readonly settings: { -readonly [K in keyof ModelSettings]: ModelSettings[K] };
  /** Opens the round of this number, and takes the jobs of its entries' objects. */
  open(round: number): Promise<ThinkingJob[]>;
  think(job: ThinkingJob, signal?: AbortSignal): Promise<ModelAnswer>;
  /** Sends an answer as the object does, and has it stored. */
  answer(job: ThinkingJob, answer: ModelAnswer): Promise<void>;
  /** Opens a round and has every entry decide it. */
  decide(round: number): Promise<void>;
  /** Lets the open round close, and settles it. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

const WAITING = "tasks where state = 'PENDING' and due_at > agonus_now() and due_at < agonus_held()";

export async function modelScene(config: Partial<ModelConfig> = {}, options: WorldOptions = {}): Promise<ModelScene> {
  const db = await openTestDatabase();
  const clock = await testClock(db.query);
  const run = inProcess(db.query);
  const model = await scriptedModel();
  const place = config.provider === "workers-ai" ? {} : { base_url: model.url };
  const llm = modelConfigSchema.parse({ ...place, model: "scripted", ...config });
  const cup = await world(db.query, { kind: "llm", entries: 1, params: { llm }, ...options });
  const settings: ModelScene["settings"] = {
    loopback: true,
    cassette: null,
    variable: () => null,
    resolve: async () => [],
    workersAi: null,
  };
  const jobs: ThinkingJob[] = [];
  const agent = run.ports.agent;
  Object.assign(run.ports, {
    agent: (entryId: string) => ({
      ...agent(entryId),
      think: async (job: ThinkingJob) => {
        jobs.push(job);
        return { kind: "thinking" };
      },
    }),
  });
  const scene: ModelScene = {
    db,
    clock,
    run,
    cup,
    model,
    settings,
    async open(round) {
      await clock.set(cup.due(round));
      await advance(run.ports, cup.id);
      await run.drain();
      // Where there are more than two, the others begin later.
      while ((await count(db.query, WAITING)) > 0) {
        await clock.add(100);
        await advance(run.ports, cup.id);
        await run.drain();
      }
      return jobs.splice(0);
    },
    think: (job, signal = new AbortController().signal) =>
      decideByModel({ ...run.ports, models: settings, fetch: (url, init) => fetch(url, init) }, job, signal),
    async answer(job, answer) {
      if (answer.kind === "over") return;
      const { choice, fault } = answer;
      run.queued.push({
        queue: "agents",
        message: {
          type: "answer",
          tournament_id: job.tournamentId,
          round_id: job.roundId,
          entry_id: job.entryId,
          task_id: job.taskId,
          token: job.token,
          version: job.version,
          choice,
          ...(fault === null ? {} : { fault }),
        },
      });
      await run.drain();
    },
    async decide(round) {
      for (const job of await scene.open(round)) await scene.answer(job, await scene.think(job));
    },
    async settle() {
      await clock.add(cup.intervalMs / 2);
      for (let state = "open"; state !== "settled"; ) {
        await advance(run.ports, cup.id);
        await run.drain();
        const [round] = await db.query<{ state: string }>("select state from rounds order by number desc limit 1");
        state = round?.state ?? "settled";
      }
    },
    async close() {
      await model.close();
      await db.close();
    },
  };
  return scene;
}
