/** The worked example of docs/rules.md, computed by the code that settles rounds. Pure. */
import type { Account, Lot, OrderIntent, Quote } from "../../core/account.ts";
import { checkOrders } from "../../core/checks.ts";
import { equityOf } from "../../core/equity.ts";
import { type FillResult, fillOrders } from "../../core/fills.ts";
import { rankByEquity } from "../../core/ranking.ts";
import { type Limits, rulesSchema } from "../../core/rules.ts";

const SYMBOL = "BTC-USDT";
const rules = rulesSchema.parse({});
const limits: Limits = {
  risk_score: "0.8",
  max_position_share: "0.8",
  cash_reserve_share: "0.05",
  max_trades_per_round: 3,
};

interface Round {
  /** The last close before the round: what the check sees. */
  readonly close: string;
  /** The next candle's open: what the fill happens at. */
  readonly mid: string;
  readonly orders: readonly OrderIntent[];
}

const rounds: readonly Round[] = [
  {
    close: "99980",
    mid: "100000",
    orders: [
      { side: "buy", symbol: SYMBOL, amount: "300" },
      { side: "buy", symbol: SYMBOL, amount: "190" },
    ],
  },
  { close: "100900", mid: "101000", orders: [{ side: "buy", symbol: SYMBOL, amount: "90" }] },
  { close: "102100", mid: "102000", orders: [{ side: "sell", symbol: SYMBOL, amount: "0.0035" }] },
];

/** Markdown, without a heading. */
export function workedExample(): string {
  let account: Account = { cash: "500", positions: {} };
  let lots: readonly Lot[] = [];
  const lines: string[] = [];
  for (const [number, { close, mid, orders }] of rounds.entries()) {
    const checked = checkOrders({ account, orders, prices: { [SYMBOL]: close }, rules, limits, symbols: [SYMBOL] });
    lines.push(`**Round ${number}.** Last close ${close}; the next candle opens at ${mid}.`, "");
    for (const { order, state, code } of checked) {
      lines.push(`- ${order.side} ${order.amount}: ${state === "open" ? "accepted" : `refused, \`${code}\``}`);
    }
    const accepted = checked.flatMap(({ seq, order, state }) => (state === "open" ? [{ seq, ...order }] : []));
    const quote: Quote = { [SYMBOL]: { bid: mid, ask: mid, mid } };
    const settled = fillOrders({ account, lots, orders: accepted, round: number, quote, rules });
    lines.push("", ...fillTable(settled.results));
    account = { cash: settled.cash, positions: settled.positions };
    lots = settled.lots;
    const held = account.positions[SYMBOL] ?? "0";
    lines.push(
      "",
      `Cash ${account.cash}, holding ${held}, equity ${account.cash} + ${held} × ${mid} = **${equityOf(account, { [SYMBOL]: mid })}**.`,
      `Lots: ${lots.map((lot) => `${lot.quantity} of round ${lot.round} at a cost of ${lot.cost}`).join("; ")}.`,
      "",
    );
  }
  const equity = equityOf(account, { [SYMBOL]: rounds.at(-1)?.mid ?? "0" });
  return [...lines, ...ranking(equity), "", ...allOfTheCash()].join("\n");
}

/** A coin so cheap that its quantity leaves nothing over: the fee's rounding alone decides what a buy costs. */
function allOfTheCash(): string[] {
  const prices = { "A-USDT": "0.003", "B-USDT": "0.003" };
  const symbols = Object.keys(prices);
  const account: Account = { cash: "500", positions: {} };
  const orders = symbols.map((symbol): OrderIntent => ({ side: "buy", symbol, amount: "250" }));
  const checked = checkOrders({ account, orders, prices, rules, limits: null, symbols });
  const quote: Quote = Object.fromEntries(Object.entries(prices).map(([of, mid]) => [of, { bid: mid, ask: mid, mid }]));
  const open = checked.flatMap(({ seq, order, state }) => (state === "open" ? [{ seq, ...order }] : []));
  const settled = fillOrders({ account, lots: [], orders: open, round: 0, quote, rules });
  return [
    "**All of the cash.** A baseline with 500 buys two coins at 0.003 for 250 each.",
    "Both orders pass, and neither takes more than its amount:",
    "",
    ...fillTable(settled.results),
    "",
    `Cash ${settled.cash}.`,
  ];
}

function fillTable(results: readonly FillResult[]): string[] {
  return [
    "| quantity | price P′ | fee | cash changes by | realised profit |",
    "|---|---|---|---|---|",
    ...results.map((fill) =>
      fill.kind === "filled"
        ? `| ${fill.quantity} | ${fill.price} | ${fill.fee} | ${fill.cashChange} | ${fill.realizedProfit ?? "–"} |`
        : `| refused: \`${fill.code}\` | | | | |`,
    ),
  ];
}

function ranking(equity: string): string[] {
  const board = rankByEquity([
    { name: "Other", equity: "498.2", baseline: false },
    { name: "Twin", equity, baseline: false },
    { name: "Cash", equity: "500", baseline: true },
    { name: "Ours", equity, baseline: false },
    { name: "Best", equity: "510", baseline: false },
  ]);
  return [
    "**Ranks**, if another agent (Twin) did exactly the same:",
    "",
    "| rank | agent | equity |",
    "|---|---|---|",
    ...board.map(({ rank, name, equity: worth }) => `| ${rank ?? "–"} | ${name} | ${worth} |`),
  ];
}
