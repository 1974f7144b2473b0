/** Brings a tournament's first round to a state, one step a call, for tests of the guards in its statements. */
import { rulesSchema } from "../../src/core/rules.ts";
import type { Query } from "../../src/db/query.ts";
import { readDecisionContext } from "../../src/db/statements/decisions/context.ts";
import { closeRound } from "../../src/db/statements/rounds/close.ts";
import { readFillContext } from "../../src/db/statements/rounds/fill-context.ts";
import { lookAtTournament } from "../../src/db/statements/rounds/look.ts";
import { quoteRound } from "../../src/db/statements/rounds/quote.ts";
import { answerRow } from "../../src/rounds/decide.ts";
import type { Fate } from "../../src/rounds/fate.ts";
import { fillRow } from "../../src/rounds/fill.ts";
import { open } from "../../src/rounds/open.ts";
import { marketAt } from "../../src/rounds/request.ts";
import { storeAnswers } from "../../src/rounds/store-answers.ts";
import type { TestClock, World } from "./builders.ts";
import { inProcess } from "./in-process.ts";

const buys = { orders: [{ side: "buy", symbol: "BTC-USDT", amount: "50" }], reasoning: "it buys", confidence: 1 };
export const quotes = {
  "BTC-USDT": { bid: "99", ask: "101", mid: "100" },
  "ETH-USDT": { bid: "99", ask: "101", mid: "100" },
};

/** Acts through `query`, which may be a twin. The scene itself is set through the unchanged query. */
export interface Scene {
  readonly query: Query;
  /** The unchanged query, which sets the scene. */
  readonly db: Query;
  readonly clock: TestClock;
  readonly cup: World;
}

export async function openRoundOf({ query, db, cup }: Scene, number: number): Promise<string | null> {
  const look = await lookAtTournament(db, cup.id);
  if (!look) throw new Error("no tournament");
  return (await open({ ...inProcess(query).ports, query }, look, number, cup.due(number)))?.round_id ?? null;
}

/** Writes a buy for each entry, and answers what became of it. `version` replaces the version that was read. */
export async function decide({ query, db, cup }: Scene, roundId: string, version?: number): Promise<string[]> {
  const { ports } = inProcess(query);
  const context = await readDecisionContext(
    db,
    cup.id,
    cup.entries.map(({ id }) => id),
  );
  if (!context) throw new Error("no tournament");
  const market = await marketAt(ports, context, cup.due(0));
  const fates = new Map<string, Fate>();
  for (const entry of context.entries) {
    const made = await answerRow(ports, context, entry, market, { kind: "choice", choice: buys, recovered: false }, 0);
    if ("row" in made) await storeAnswers(ports, roundId, [{ ...made.row, version: version ?? entry.version }], fates);
  }
  return [...fates.values()].map((fate) => fate.kind);
}

export async function fills({ query, db, cup }: Scene, roundId: string) {
  const context = await readFillContext(
    db,
    roundId,
    cup.entries.map(({ id }) => id),
  );
  if (!context) throw new Error("no quote");
  const rules = rulesSchema.parse(context.rules);
  return context.entries.map((entry) => fillRow(inProcess(query).ports, context, entry, rules));
}

export async function toState(scene: Scene, state: "open" | "closed" | "quoted"): Promise<string> {
  await scene.clock.set(scene.cup.due(0));
  const roundId = await openRoundOf({ ...scene, query: scene.db }, 0);
  if (!roundId) throw new Error("the round did not open");
  await decide({ ...scene, query: scene.db }, roundId);
  if (state === "open") return roundId;
  await scene.clock.set(scene.cup.due(0) + 150_000);
  await closeRound(scene.db, roundId);
  if (state === "quoted") await quoteRound(scene.db, roundId, quotes);
  return roundId;
}
