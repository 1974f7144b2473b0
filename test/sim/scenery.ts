/** The tournaments and agents of a run: live tournaments made through the API, a replay, and agents of which some fail. */
import type { OrderIntent } from "../../src/core/account.ts";
import { decimal, floor8, text, ZERO } from "../../src/core/money.ts";
import { hash32, type Random, seededRandom } from "../../src/core/random.ts";
import type { Query } from "../../src/db/query.ts";
import { strategies } from "../../src/strategies/registry.ts";
import type { Choice, View } from "../../src/strategies/strategy.ts";
import { world } from "../support/builders.ts";
import type { Outsiders } from "./outsiders.ts";
import type { Platform } from "./platform.ts";
import type { Answer, SimWorker } from "./world.ts";

export interface Scenery {
  readonly live: string[];
  /** One whose agents think, and one of house agents alone, which is played in blocks. */
  readonly replays: readonly [string, string];
  /** All agents. The agents of `late` have no entry at first. */
  readonly agents: string[];
  readonly late: string[];
}

const TYPES = ["random", "random", "random", "momentum", "random"] as const;
const INTERVALS = [4, 6, 10, 20, 60];

/** One in so many orders of an eager agent asks for more than the account has. */
const TOO_MUCH = 12;

/** Trades in most rounds, because a hold proves little about fills, and remembers what it saw. */
function eager(view: View): Choice {
  const dice = seededRandom(view.seed);
  const orders: OrderIntent[] = [];
  let cash = decimal(view.account.cash);
  let sold = false;
  for (let n = dice.int(4); n > 1; n--) {
    const symbol = view.symbols[dice.int(view.symbols.length)];
    const price = symbol === undefined ? undefined : view.prices[symbol];
    if (symbol === undefined || price === undefined) continue;
    const held = decimal(view.account.positions[symbol] ?? "0");
    const share = decimal(dice.int(TOO_MUCH) === 0 ? "3" : sold || dice.int(3) === 0 ? "1" : "0.3");
    const sells = held.gt(ZERO) && dice.int(2) === 0;
    const amount = floor8((sells ? held : cash).times(share));
    if (!amount.gt(ZERO)) continue;
    orders.push({ side: sells ? "sell" : "buy", symbol, amount: text(amount), confidence: 0 });
    // Spends all that the sale would bring at this price after costs. The quote may bring less, which tests the cut to cash.
    sold ||= sells;
    if (sells) cash = cash.plus(amount.times(decimal(price)).times(decimal("0.9985")));
  }
  const memory = { round: view.round, seen: hash32(view.seed) };
  return { orders, reasoning: `Threw ${orders.length} orders.`, confidence: 0, memory };
}

/** Installs the simulation's agents: "random" trades much more than elsewhere, and "flaky" fails now and then. */
export function installAgents(platform: Platform): void {
  const random = { ...strategies.random, decide: eager };
  const flaky = {
    ...random,
    key: "flaky",
    decide(view: View): Choice {
      if (platform.strikes("agent_throws")) throw new Error("the agent had a bad day");
      return eager(view);
    },
  };
  Object.assign(strategies, { random, flaky });
}

/** `settled` runs the simulation until the promise has settled. */
export async function build(
  worker: SimWorker,
  query: Query,
  random: Random,
  nowMs: number,
  settled: <T>(promise: Promise<T>) => Promise<T>,
  outsiders: Outsiders | null,
): Promise<Scenery> {
  const made = async (path: string, body: unknown): Promise<string> => {
    const { status, body: answer }: Answer = await settled(worker.request("POST", path, body));
    if (status !== 201 || typeof answer.id !== "string")
      throw new Error(`${path}: ${status} ${JSON.stringify(answer)}`);
    return answer.id;
  };
  const agents: string[] = [];
  const live: string[] = [];
  const late: string[] = [];
  for (let n = 0; n < 1 + random.int(2); n++) {
    const interval = INTERVALS[random.int(INTERVALS.length)] ?? 10;
    const ids: string[] = [];
    for (let a = 0; a < 3 + random.int(3); a++) {
      const type = TYPES[a % TYPES.length] ?? "random";
      const strategy = type === "random" ? { strategy: "random" } : { strategy_type: type };
      const config = a === 1 ? { config: { thinking_seconds: Math.round(interval * 20) / 200 } } : {};
      ids.push(await made("/agents", { name: `Agent ${n}.${a}`, ...strategy, ...config }));
    }
    agents.push(...ids);
    const joining = ids.length > 4 ? ids.slice(0, -1) : ids;
    late.push(...ids.slice(joining.length));
    const outside = outsiders && (await settled(outsiders.make(n)));
    agents.push(...(outside?.ids ?? []));
    const startsAt = Math.ceil(nowMs / 1000) * 1000 + 3000;
    const rounds = 4 + random.int(60);
    live.push(
      await made("/tournaments", {
        name: `Cup ${n}`,
        market: "synthetic",
        symbols: ["BTC-USDT", "ETH-USDT"],
        starts_at: new Date(startsAt).toISOString(),
        ends_at: new Date(startsAt + rounds * interval * 1000).toISOString(),
        interval_seconds: interval,
        starting_cash: "5000",
        agent_ids: [...joining, ...(outside?.ids ?? [])],
      }),
    );
    outside?.enter(live.at(-1) ?? "");
    await query(`update entries set strategy = 'flaky' where agent_id = $1`, [ids[2]]);
  }
  const replay = await world(query, { market: "replay", rounds: 3 + random.int(8), entries: 3, strategy: "random" });
  const [, thinking, flaky] = replay.entries;
  await query(`update entries set thinking_seconds = 0.5 where id = $1`, [thinking?.id]);
  await query(`update entries set strategy = 'flaky' where id = $1`, [flaky?.id]);
  const inBlocks = await world(query, {
    market: "replay",
    rounds: 10 + random.int(50),
    entries: 3,
    strategy: "random",
  });
  await query(`update entries set strategy = 'flaky' where id = $1`, [inBlocks.entries[1]?.id]);
  agents.push(...[replay, inBlocks].flatMap(({ entries }) => entries.map(({ agentId }) => agentId)));
  return { live, replays: [replay.id, inBlocks.id], agents, late };
}
