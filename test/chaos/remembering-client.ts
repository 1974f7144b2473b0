/** A client that remembers what it was told: accepted tasks, results, trades. At the end all of it must still be true. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { ApiClient } from "../../src/cli/api-client.ts";
import type { Random } from "../../src/core/random.ts";
import type { Scene } from "./scene.ts";

const accepted = z.looseObject({ task_id: z.string() });
const task = z.looseObject({ state: z.string(), result: z.unknown() });
const trades = z.object({ items: z.array(z.looseObject({ id: z.string() })) });

export interface RememberingClient {
  /** Asks everything again, and answers a sentence for each fact that is no longer true. */
  check(): Promise<string[]>;
  readonly facts: number;
  stop(): Promise<void>;
}

export function startClient(api: ApiClient, scene: Scene, random: Random, signal: AbortSignal): RememberingClient {
  const tasks = new Map<string, string | null>();
  const seenTrades = new Map<string, string>();
  const ending = new AbortController();
  const both = AbortSignal.any([signal, ending.signal]);

  const turn = async () => {
    const agent = scene.agentIds[random.int(scene.agentIds.length)];
    const run = await api.post(`/agents/${agent}/run?tournament_id=${scene.tournamentId}`, {}, accepted);
    tasks.set(run.task_id, tasks.get(run.task_id) ?? null);
    for (const [id, known] of tasks) if (known === null) tasks.set(id, ended(await api.get(`/tasks/${id}`, task)));
    for (const trade of (await readTrades(100)).items) seenTrades.set(trade.id, JSON.stringify(trade));
  };
  const readTrades = (limit: number, cursor = "") =>
    api.get(`/tournaments/${scene.tournamentId}/trades?limit=${limit}${cursor}`, trades);
  const loop = async () => {
    while (!both.aborted) {
      // A missing answer or a refusal is no fact.
      await turn().catch(() => {});
      await sleep(1500, undefined, { signal: both }).catch(() => {});
    }
  };
  const running = loop();

  return {
    get facts() {
      return tasks.size + seenTrades.size;
    },
    stop: async () => {
      ending.abort();
      await running;
    },
    check: async () => {
      const wrong: string[] = [];
      for (const [id, known] of tasks) {
        const now = await api.get(`/tasks/${id}`, task).catch(() => null);
        if (now === null) wrong.push(`task ${id} was accepted and is gone`);
        else if (ended(now) === null) wrong.push(`task ${id} was accepted and is still ${now.state}`);
        else if (known !== null && ended(now) !== known) wrong.push(`task ${id} had ended otherwise`);
      }
      const schema = trades.extend({ next_cursor: z.string().nullable() });
      for (let cursor: string | null = ""; cursor !== null; ) {
        const page: z.infer<typeof schema> = await api.get(
          `/tournaments/${scene.tournamentId}/trades?limit=100${cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`}`,
          schema,
        );
        for (const trade of page.items) {
          const known = seenTrades.get(trade.id);
          if (known !== undefined && known !== JSON.stringify(trade)) wrong.push(`trade ${trade.id} has changed`);
          seenTrades.delete(trade.id);
        }
        cursor = page.next_cursor;
      }
      for (const id of seenTrades.keys()) wrong.push(`trade ${id} is gone`);
      return wrong;
    },
  };
}

function ended({ state, result }: z.infer<typeof task>): string | null {
  return ["SUCCESS", "FAILURE", "REVOKED"].includes(state) ? JSON.stringify([state, result]) : null;
}
