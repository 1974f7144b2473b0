/** The rows of a block, from what each entry answered. The objects' own reckoning is compared and never stored. */
import type { Quote } from "../../core/account.ts";
import { AMOUNT_BOUND } from "../../core/column-bounds.ts";
import { CodedError } from "../../core/error-codes.ts";
import { type Decimal, decimal, floor8, text, ZERO } from "../../core/money.ts";
import type { BlockDecision, BlockEntry, BlockFill, BlockOrder } from "../../db/statements/blocks/write-block.ts";
import type { DecisionContext, EntryContext } from "../../db/statements/decisions/context.ts";
import type { FillRow } from "../../db/statements/rounds/write-fills.ts";
import { type ParsedChoice, parseChoice } from "../choice.ts";
import { decisionRow } from "../decide.ts";
import { changedLots, changedPositions, rowOfFills } from "../fill.ts";
import type { RoundPorts } from "../ports.ts";
import type { BlockReply, EntryState, Setup } from "./asked.ts";
import type { MarketOfRound } from "./markets.ts";
import { type PlayedRound, playRound } from "./play.ts";

/** An entry that takes part, with what it has before the block. */
export interface Player {
  readonly context: EntryContext;
  readonly baseline: boolean;
  readonly setup: Setup;
  readonly state: EntryState;
}

interface Step {
  readonly before: EntryState;
  readonly choice: ParsedChoice;
  readonly played: PlayedRound;
  /** Quote currency, after the fills. */
  readonly equity: string;
}

/** Its rounds, played anew from its answers. */
export interface EntryReplay {
  readonly player: Player;
  readonly steps: readonly Step[];
  /** The object came to another account. */
  readonly differs: boolean;
}

/** Cash and holdings at the mid. */
function worth({ account }: EntryState, quote: Quote): Decimal {
  let sum = decimal(account.cash);
  for (const [symbol, quantity] of Object.entries(account.positions)) {
    sum = sum.plus(decimal(quantity).times(decimal(quote[symbol]?.mid ?? "0")));
  }
  return sum;
}

/** Ends before a round that only a single one can play: an answer that can't be read, or a worth that can't be stored. */
export function replayEntry(player: Player, markets: readonly MarketOfRound[], reply: BlockReply): EntryReplay {
  const steps: Step[] = [];
  let state = player.state;
  for (const [n, market] of markets.entries()) {
    if (n >= reply.choices.length) break;
    let choice: ParsedChoice;
    try {
      choice = parseChoice(reply.choices[n]);
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      break;
    }
    if (worth(state, market.quote).gte(decimal(AMOUNT_BOUND))) break;
    const played = playRound(player.setup, state, market, choice);
    if (played.next.account.cash !== reply.cash[n]) return { player, steps, differs: true };
    const equity = text(floor8(worth(played.next, market.quote)));
    steps.push({ before: state, choice, played, equity });
    state = played.next;
  }
  return { player, steps, differs: false };
}

/** The points of one entry, by the place of the round in the block. */
export type PointOf = (entryId: string, place: number) => NonNullable<EntryContext["point"]>;

export interface EntryRows {
  readonly entry: BlockEntry;
  readonly decisions: BlockDecision[];
  readonly orders: BlockOrder[];
  readonly fills: BlockFill[];
}

/** The rows of one entry's rounds. */
export async function rowsOf(
  ports: Pick<RoundPorts, "newId">,
  context: DecisionContext,
  replay: EntryReplay,
  markets: readonly MarketOfRound[],
  pointOf: PointOf,
): Promise<EntryRows> {
  const { player, steps } = replay;
  const decisions: BlockDecision[] = [];
  const orders: BlockOrder[] = [];
  const fills: BlockFill[] = [];
  let entry = player.context;
  let memory: BlockEntry["memory"] = null;
  let memoryRound: number | null = null;
  const sum = { trades: 0, closed: 0, winning: 0, fees: ZERO, profit: ZERO };
  for (const [n, { before, choice, played }] of steps.entries()) {
    const market = markets[n];
    if (!market) throw new Error("a step without its round");
    const round = { round_id: market.row.id, entry: entry.id };
    const point = n === 0 ? entry.point : pointOf(entry.id, n - 1);
    const at = { ...entry, cash: before.account.cash, fees: before.fees, point };
    const decision = await decisionRow(
      ports,
      { ...context, number: market.round },
      at,
      choice,
      played.orders,
      false,
      0,
    );
    const { outcome, details_hash, reasoning, confidence, task_id, figures, version } = decision;
    decisions.push({
      ...round,
      outcome,
      version,
      details_hash,
      reasoning,
      confidence,
      order_count: played.orders.length,
      task_id,
      figures,
    });
    if (choice.memory !== null) [memory, memoryRound] = [played.next.memory, market.round];
    const { settlement } = played;
    const made = new Map<number, FillRow["fills"][number]>();
    if (settlement) {
      const of = {
        id: entry.id,
        agent_id: entry.agent_id,
        version: entry.version + 1,
        cash: before.account.cash,
        fees: before.fees,
        realized_profit: before.realizedProfit,
        positions: { ...before.account.positions },
        lots: [...before.lots],
        orders: played.orders
          .filter(({ state }) => state === "open")
          .map(
            ({ seq, side, symbol, amount }) =>
              ({ seq, side: side === "sell" ? "sell" : "buy", symbol, amount }) as const,
          ),
      };
      const row = rowOfFills(ports, { tournament_id: context.tournament_id, number: market.round }, of, settlement);
      for (const fill of row.fills) made.set(fill.seq, fill);
      fills.push({ ...round, task_id: row.task_id, round: market.round, result: row.result });
      sum.trades += row.trades;
      sum.closed += row.closed;
      sum.winning += row.winning;
      sum.fees = sum.fees.plus(decimal(row.fees));
      sum.profit = sum.profit.plus(decimal(row.profit));
      entry = {
        ...entry,
        version: entry.version + 2,
        trades_count: entry.trades_count + row.trades,
        closed_trades: entry.closed_trades + row.closed,
        winning_trades: entry.winning_trades + row.winning,
      };
    }
    for (const order of played.orders) orders.push(orderOf(round, order, made.get(order.seq)));
  }
  const { state } = player;
  const after = steps.at(-1)?.played.next ?? state;
  return {
    decisions,
    orders,
    fills,
    entry: {
      entry: entry.id,
      version: player.context.version,
      raises: entry.version - player.context.version,
      cash: after.account.cash,
      trades: sum.trades,
      closed: sum.closed,
      winning: sum.winning,
      fees: text(sum.fees),
      profit: text(sum.profit),
      positions: changedPositions(state.account.positions, after.account.positions),
      lots: changedLots(state.lots, after.lots),
      memory,
      memory_round: memoryRound,
    },
  };
}

function orderOf(
  round: { readonly round_id: string; readonly entry: string },
  order: PlayedRound["orders"][number],
  fill: FillRow["fills"][number] | undefined,
): BlockOrder {
  const { seq, side, symbol, amount, confidence } = order;
  const same = { ...round, seq, side, symbol, amount, confidence };
  if (!fill) {
    if (order.state !== "refused") throw new Error("an accepted order without a fill");
    const none = { trade_id: null, quantity: null, price: null, fee: null, cash_change: null, realized_profit: null };
    return { ...same, state: "refused", code: order.code, refused_at: "decision", ...none };
  }
  const { state, code, trade_id, quantity, price, fee, cash_change, realized_profit } = fill;
  const refused_at = state === "refused" ? "fill" : null;
  const traded = { quantity, price, fee, cash_change, realized_profit };
  return { ...same, state, code, refused_at, trade_id: state === "refused" ? null : trade_id, ...traded };
}
