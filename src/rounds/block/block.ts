/**
 * Plays the next rounds of a replay as one block, where only house agents take part: nothing in them waits for the outside. Each
 * entry's object plays its rounds forward; the block recomputes them from the orders alone, and one statement stores all or
 * nothing. Whatever does not fit is left to single rounds, which say why.
 */
import { decimal } from "../../core/money.ts";
import { roundCount } from "../../core/phases.ts";
import { type EntryBook, readEntryBooks } from "../../db/statements/blocks/books.ts";
import { readBlockFacts } from "../../db/statements/blocks/facts.ts";
import { readBlockPoints } from "../../db/statements/blocks/points.ts";
import { type Block, type BlockEquity, writeBlock } from "../../db/statements/blocks/write-block.ts";
import { type DecisionContext, type EntryContext, readDecisionContext } from "../../db/statements/decisions/context.ts";
import type { Look } from "../../db/statements/rounds/look.ts";
import { describeError } from "../../log.ts";
import { entryLimits, rulesOf } from "../choice.ts";
import { answerSecondsOf } from "../open.ts";
import type { RoundPorts } from "../ports.ts";
import { type BlockReply, blockMarkets } from "./asked.ts";
import { type MarketOfRound, readBlockMarkets } from "./markets.ts";
import { type EntryReplay, type Player, type PointOf, replayEntry, rowsOf } from "./rows.ts";

/** A field with agents from outside is looked at again after so many rounds: they may have left. */
const SINGLY_ROUNDS = 64;

/** True when rounds were stored. False: the next round is to be played singly. */
export async function playBlock(ports: RoundPorts, look: Look, first: number): Promise<boolean> {
  const { tournament_id: id, starts_ms, ends_ms, interval_seconds } = look;
  const startedAt = ports.now();
  const left = roundCount(starts_ms, ends_ms, interval_seconds) - first;
  const asked = Math.min(ports.blocks.sizeAt(id, first, ports.blockRounds), left);
  if (asked < 2) return false;
  const facts = await readBlockFacts(ports.query, id, first, first + asked - 1);
  const rounds = ports.blocks.fitting(asked, facts.entry_ids.length);
  if (facts.waits_for_others || rounds < 2) {
    ports.blocks.singly(id, first + SINGLY_ROUNDS);
    return false;
  }
  if (facts.is_busy) return false;
  const block = await compose(ports, look, first, rounds, facts.entry_ids);
  if (!block) {
    ports.blocks.singly(id, first + 1);
    return false;
  }
  const stored = await writeBlock(ports.query, block);
  // A row that can't be stored fails alone in its own round, which may be any of these.
  if (stored === "bad") ports.blocks.singly(id, first + block.rounds.length);
  const ms = ports.now() - startedAt;
  if (stored === "stored") ports.blocks.took(id, block.rounds.length, ms);
  ports.log({
    event: "block",
    tournament_id: id,
    first,
    rounds: block.rounds.length,
    entries: block.entries.length,
    outcome: stored,
    ms,
  });
  return stored === "stored";
}

/** Null where not even two rounds can be played together. */
async function compose(
  ports: RoundPorts,
  look: Look,
  first: number,
  rounds: number,
  entryIds: readonly string[],
): Promise<Block | null> {
  const markets = await readBlockMarkets(ports, look, first, rounds);
  if (markets.length < 2) return null;
  const context = await readDecisionContext(ports.query, look.tournament_id, entryIds);
  // Read after the account: whoever changes a lot raises the version that the block is stored under.
  const books = new Map((await readEntryBooks(ports.query, entryIds)).map((book) => [book.id, book]));
  if (!context || context.round_id !== null || context.entries.length !== entryIds.length) return null;
  const players: Player[] = [];
  for (const entry of context.entries) {
    const book = books.get(entry.id);
    if (!book || book.version !== entry.version) return null;
    players.push(playerOf(context, entry, book));
  }
  const askedAt = ports.now();
  const shown = blockMarkets.write(markets.map(({ row: _, ...market }) => market));
  const replies = await Promise.all(players.map((player) => ask(ports, context, player, shown)));
  const replays: EntryReplay[] = [];
  for (const [at, player] of players.entries()) {
    const reply = replies[at];
    if (!reply) return null;
    const replay = replayEntry(player, markets, reply);
    if (replay.differs) {
      ports.log({
        event: "fault",
        where: "block.account",
        error: `the object of entry ${player.context.id} came to another account`,
      });
      return null;
    }
    replays.push(replay);
  }
  const length = Math.min(...replays.map(({ steps }) => steps.length));
  if (length < 2) return null;
  const cut = replays.map((replay) => ({ ...replay, steps: replay.steps.slice(0, length) }));
  const played = markets.slice(0, length);
  const equities = await equitiesOf(ports, context, cut, played);
  const points = new Map(equities.map((row) => [`${row.entry} ${row.round}`, row]));
  const pointOf: PointOf = (entryId, place) => {
    const point = points.get(`${entryId} ${first + place}`);
    if (!point) throw new Error("a round without its point");
    return point;
  };
  const runMs = (ports.now() - askedAt) / (length * players.length);
  const rows = await Promise.all(cut.map((replay) => rowsOf(ports, context, replay, played, pointOf)));
  return {
    tournamentId: look.tournament_id,
    rounds: played.map(({ row }) => row),
    entries: rows.map(({ entry }) => entry),
    decisions: rows.flatMap(({ decisions }) => decisions),
    orders: rows.flatMap(({ orders }) => orders),
    fills: rows.flatMap(({ fills }) => fills),
    equities,
    answerSeconds: answerSecondsOf(look),
    runMs,
    by: ports.by,
  };
}

function playerOf(context: DecisionContext, entry: EntryContext, book: EntryBook): Player {
  return {
    context: entry,
    baseline: book.baseline,
    setup: {
      agentName: entry.agent_name,
      symbols: context.symbols,
      rules: rulesOf(context),
      limits: entryLimits(entry),
      params: entry.params,
    },
    state: {
      account: { cash: entry.cash, positions: entry.positions ?? {} },
      lots: book.lots,
      fees: entry.fees,
      realizedProfit: book.realized_profit,
      memory: entry.memory ?? {},
      fills: entry.fills ?? [],
    },
  };
}

/** Null where the object can't be reached, or its code fails: single rounds ask again, and say which. */
async function ask(
  ports: RoundPorts,
  context: DecisionContext,
  { context: entry, setup, state }: Player,
  markets: string,
): Promise<BlockReply | null> {
  try {
    return await ports.agent(entry.id).playBlock({
      tournamentId: context.tournament_id,
      entryId: entry.id,
      strategy: entry.strategy,
      version: entry.version,
      setup,
      state,
      markets,
    });
  } catch (error) {
    ports.log({ event: "fault", where: "block.object", ...describeError(error) });
    return null;
  }
}

/** Equity, rank and running figures after each round. */
async function equitiesOf(
  ports: Pick<RoundPorts, "query">,
  context: DecisionContext,
  replays: readonly EntryReplay[],
  markets: readonly MarketOfRound[],
): Promise<BlockEquity[]> {
  const asked = replays.map(({ player, steps }) => ({
    entry_id: player.context.id,
    equities: steps.map(({ equity }) => equity),
  }));
  const points = await readBlockPoints(ports.query, context.tournament_id, asked);
  const known = new Map(points.map((point) => [`${point.entry_id} ${point.step}`, point]));
  return markets.flatMap(({ round }, place) => {
    const placed = ranksOf(replays, place);
    return replays.map(({ player, steps }): BlockEquity => {
      const entry = player.context.id;
      const point = known.get(`${entry} ${place + 1}`);
      const equity = steps[place]?.equity;
      if (!point || equity === undefined) throw new Error("a round without its point");
      const { peak, max_drawdown, returns_count, returns_mean, returns_m2 } = point;
      const rank = placed.get(entry) ?? null;
      return { round, entry, equity, rank, peak, max_drawdown, returns_count, returns_mean, returns_m2 };
    });
  });
}

/** By equity, highest first; equal ones share a rank. Baselines have none. */
function ranksOf(replays: readonly EntryReplay[], place: number): Map<string, number> {
  const ranked = replays
    .filter(({ player }) => !player.baseline)
    .map(({ player, steps }) => ({ id: player.context.id, equity: decimal(steps[place]?.equity ?? "0") }))
    .sort((a, b) => b.equity.cmp(a.equity));
  const ranks = new Map<string, number>();
  let rank = 0;
  for (const [at, { id, equity }] of ranked.entries()) {
    if (at === 0 || !ranked[at - 1]?.equity.eq(equity)) rank = at + 1;
    ranks.set(id, rank);
  }
  return ranks;
}
