/** The default field of a tournament: the six contestants of the Celery system, and the baselines to measure them by. */
import type { Limits } from "../core/rules.ts";
import type { StrategyKey } from "./registry.ts";
import type { StrategyType } from "./strategy.ts";

/** A body of POST /agents. */
export interface AgentBody {
  readonly name: string;
  readonly personality: string;
  readonly strategy_type: StrategyType | "baseline";
  readonly strategy: StrategyKey;
  readonly config: { readonly limits?: Limits; readonly params?: Readonly<Record<string, unknown>> };
}

const contestants: readonly AgentBody[] = [
  contestant(
    "AlphaBot",
    "momentum",
    ["0.8", "0.8", "0.05", 3],
    "Bold and impatient: goes where the speed is, in size, and never mourns a loss.",
  ),
  contestant(
    "TrendRider",
    "trend_following",
    ["0.7", "0.7", "0.1", 2],
    "Calm in the saddle: waits for a clear trend and rides it until it ends.",
  ),
  contestant(
    "SafeHaven",
    "conservative",
    ["0.2", "0.15", "0.4", 1],
    "Cautious to the bone: small, calm positions, and plenty of cash.",
  ),
  contestant(
    "SwingKing",
    "swing",
    ["0.5", "0.35", "0.25", 2],
    "Patient at the low, gone at the high: lives off the swings in between.",
  ),
  contestant(
    "DipBuyer",
    "mean_reversion",
    ["0.6", "0.5", "0.2", 2],
    "An optimist: what fell too fast comes back, and is bought until it does.",
  ),
  contestant(
    "SentimentBot",
    "sentiment",
    ["0.5", "0.25", "0.2", 2],
    "Listens to the crowd and believes it, as long as the crowd puts volume behind it.",
  ),
];

/** The field for a tournament's symbols ("BTC-USDT"): one buy and hold a symbol. */
export function defaultField(symbols: readonly string[]): AgentBody[] {
  return [
    ...contestants,
    baseline("Cash", "cash", "Does nothing."),
    ...symbols.map((symbol) =>
      baseline(`Buy and hold ${base(symbol, symbols)}`, "buy_and_hold", `Buys ${symbol} once, and holds.`, { symbol }),
    ),
    baseline("Equal weight", "equal_weight", "Buys every symbol in equal parts once, and holds."),
    baseline("Random", "random", "Throws dice."),
  ];
}

/** "BTC" of "BTC-USDT"; the whole symbol where another one has the same base, since names of agents are unique. */
function base(symbol: string, symbols: readonly string[]): string {
  const name = symbol.split("-")[0] ?? symbol;
  return symbols.some((other) => other !== symbol && other.split("-")[0] === name) ? symbol : name;
}

function contestant(
  name: string,
  type: StrategyType,
  [risk_score, max_position_share, cash_reserve_share, max_trades_per_round]: readonly [string, string, string, number],
  personality: string,
): AgentBody {
  const limits = { risk_score, max_position_share, cash_reserve_share, max_trades_per_round };
  return { name, personality, strategy_type: type, strategy: type, config: { limits } };
}

function baseline(
  name: string,
  strategy: StrategyKey,
  personality: string,
  params?: Readonly<Record<string, unknown>>,
): AgentBody {
  return { name, personality, strategy_type: "baseline", strategy, config: params === undefined ? {} : { params } };
}
