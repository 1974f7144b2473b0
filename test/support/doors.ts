/** An agent from outside in a tournament of a test: its key, its calls, and the rounds that are moved by hand. */
import { advance } from "../../src/rounds/advance.ts";
import { type TestClock, testClock, type World, type WorldOptions, world } from "./builders.ts";
import { type Api, type CallOptions, openApi } from "./http-app.ts";
import { type InProcess, inProcess } from "./in-process.ts";

export interface Player {
  readonly id: string;
  readonly entryId: string;
  readonly key: string;
  current(query?: string): ReturnType<Api["get"]>;
  decide(body: unknown, query?: string): ReturnType<Api["post"]>;
}

export interface DoorScene {
  readonly api: Api;
  readonly clock: TestClock;
  readonly run: InProcess;
  readonly cup: World;
  readonly players: readonly Player[];
  /** Brings the clock to a round's due time, opens the round and tells who waits. */
  open(round: number): Promise<void>;
  /** Takes the steps that are due, with what the queues hold. */
  step(): Promise<void>;
  close(): Promise<void>;
}

/** All entries are agents from outside. */
export async function doorScene(options: WorldOptions = {}): Promise<DoorScene> {
  const api = await openApi();
  const clock = await testClock(api.db.query);
  const run = inProcess(api.db.query);
  const cup = await world(api.db.query, { kind: "outside", entries: 2, ...options });
  const players = await Promise.all(cup.entries.map((entry) => player(api, cup.id, entry.agentId, entry.id)));
  const step = async () => {
    const { latest, status } = await advance(run.ports, cup.id);
    await run.drain();
    api.news.tell(cup.id, { latest, isOver: status === "completed" || status === "cancelled" });
  };
  return {
    api,
    clock,
    run,
    cup,
    players,
    step,
    open: async (round) => {
      await clock.set(cup.due(round));
      await step();
      await step();
    },
    close: () => api.db.close(),
  };
}

async function player(api: Api, cupId: string, agentId: string, entryId: string): Promise<Player> {
  const { body } = await api.post("/keys", { role: "agent", name: "Bot", agent_id: agentId });
  const key: string = body.key;
  const asked = (query: string) => `tournament_id=${cupId}${query && `&${query}`}`;
  const as: CallOptions = { key };
  return {
    id: agentId,
    entryId,
    key,
    current: (query = "") => api.get(`/agents/${agentId}/rounds/current?${asked(query)}`, as),
    decide: (body, query = "") => api.post(`/agents/${agentId}/decisions?${asked(query)}`, body, as),
  };
}

export const holds = (round: number) => ({ round, orders: [], reasoning: "Nothing to do." });
export const buys = (round: number, amount: unknown = "50") => ({
  round,
  orders: [{ side: "buy", symbol: "BTC-USDT", amount }],
  reasoning: "It looks cheap.",
});
