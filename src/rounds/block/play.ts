/**
 * Plays rounds forward for one entry: what it sees, what it answers, and what its orders become. Pure. The entry's object and
 * the block's own recomputation both run this code.
 */
import { checkOrders } from "../../core/checks.ts";
import type { Settlement } from "../../core/fills.ts";
import { limits as caps } from "../../core/limits.ts";
import { decimal, text } from "../../core/money.ts";
import { asStored } from "../../core/text/stored-json.ts";
import type { AnswerRow } from "../../db/statements/decisions/write.ts";
import type { Choice, OrderFate, View } from "../../strategies/strategy.ts";
import { orderRows, type ParsedChoice, parseChoice } from "../choice.ts";
import { settle } from "../fill.ts";
import { seedOf } from "../request.ts";
import {
  type BlockMarket,
  type BlockReply,
  type BlockRequest,
  blockMarkets,
  type EntryState,
  type Setup,
} from "./asked.ts";

export interface PlayedRound {
  readonly orders: AnswerRow["orders"];
  /** Null where no order was accepted. */
  readonly settlement: Settlement | null;
  readonly next: EntryState;
}

/** One round of one entry, from its answer on. */
export function playRound(setup: Setup, state: EntryState, market: BlockMarket, choice: ParsedChoice): PlayedRound {
  const { rules, limits, symbols } = setup;
  const { account } = state;
  const checked = checkOrders({ account, orders: choice.orders, prices: market.prices, rules, limits, symbols });
  const orders = orderRows(checked);
  const accepted = orders.filter(({ state }) => state === "open");
  const memory = choice.memory === null ? state.memory : asStored(choice.memory);
  if (accepted.length === 0) {
    return { orders, settlement: null, next: { ...state, memory, fills: fatesOf(market.round, orders, null) } };
  }
  const settlement = settle(
    { number: market.round, quote: market.quote, market: "replay" },
    {
      ...account,
      fees: state.fees,
      realized_profit: state.realizedProfit,
      lots: [...state.lots],
      orders: accepted.map(({ seq, side, symbol, amount }) => ({
        seq,
        side: side === "sell" ? "sell" : "buy",
        symbol,
        amount,
      })),
    },
    rules,
  );
  let fees = decimal(state.fees);
  let profit = decimal(state.realizedProfit);
  for (const result of settlement.results) {
    if (result.kind !== "filled") continue;
    fees = fees.plus(decimal(result.fee));
    if (result.realizedProfit !== null) profit = profit.plus(decimal(result.realizedProfit));
  }
  return {
    orders,
    settlement,
    next: {
      account: { cash: settlement.cash, positions: asStored(settlement.positions) },
      lots: settlement.lots,
      fees: text(fees),
      realizedProfit: text(profit),
      memory,
      fills: fatesOf(market.round, orders, settlement),
    },
  };
}

/** What the next round shows of these orders. */
function fatesOf(round: number, orders: AnswerRow["orders"], settlement: Settlement | null): OrderFate[] {
  const results = new Map(settlement?.results.map((result) => [result.seq, result]));
  return orders.slice(0, caps.ordersMax).map(({ seq, side, symbol, amount, state, code }): OrderFate => {
    const result = results.get(seq);
    const filled = result?.kind === "filled" ? result : null;
    return {
      round,
      seq,
      side: side === "sell" ? "sell" : "buy",
      symbol,
      amount: text(decimal(amount)),
      state: state === "refused" || !filled ? "refused" : "filled",
      code: state === "refused" ? code : result?.kind === "refused" ? result.code : null,
      quantity: filled ? filled.quantity : null,
      price: filled ? filled.price : null,
      fee: filled ? filled.fee : null,
      cash_change: filled ? filled.cashChange : null,
    };
  });
}

/** What the entry sees of a round. */
function viewFrom(setup: Setup, state: EntryState, market: BlockMarket): View {
  const { rules, agentName, symbols, limits, params } = setup;
  const { account, fills, memory } = state;
  const { round } = market;
  return {
    round,
    symbols,
    prices: market.prices,
    indicators: market.indicators,
    account,
    fills,
    min_order: rules.min_order,
    memory,
    limits,
    params,
    seed: seedOf(rules.seed, agentName, round),
  };
}

/** Plays an entry's rounds with its strategy. It ends before the round in which the strategy throws or answers nonsense. */
export function playEntry({ setup, state, markets }: BlockRequest, decide: (view: View) => Choice): BlockReply {
  const choices: unknown[] = [];
  const cash: string[] = [];
  let now = state;
  for (const market of blockMarkets.read(markets)) {
    const answer = answerTo(viewFrom(setup, now, market), decide);
    if (answer === null) break;
    now = playRound(setup, now, market, answer.parsed).next;
    choices.push(answer.choice);
    cash.push(now.account.cash);
  }
  return { choices, cash };
}

/** Null where the strategy throws or answers nonsense. The round, played singly, meets the same fault and records it under the agent's name. */
function answerTo(view: View, decide: (view: View) => Choice): { choice: Choice; parsed: ParsedChoice } | null {
  try {
    const choice = decide(view);
    return { choice, parsed: parseChoice(choice) };
  } catch {
    return null;
  }
}
