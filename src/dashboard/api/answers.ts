/** The types of the API's answers, all of them taken from its own code: nothing here is written by hand twice. */
import type { AgentEntry } from "../../db/statements/api-entries-of-agent.ts";
import type { LastDecision, Notes, RememberedTrade } from "../../db/statements/api-entry-memory.ts";
import type { StoredState } from "../../db/statements/api-entry-state.ts";
import type { WholeRoundRow } from "../../db/statements/api-read-round.ts";
import type { DecisionRow, MissRow, OutcomeCounts } from "../../db/statements/api-round-decisions.ts";
import type { wireAgent } from "../../http/agents.ts";
import type { wireEntry } from "../../http/leaderboard.ts";
import type { Stats } from "../../http/standing.ts";
import type { wireRound } from "../../http/tournament-rounds.ts";
import type { wireTournament } from "../../http/tournament-wire.ts";

export type {
  DecisionItem,
  EquityAnswer,
  LeaderboardItem,
  OrderItem,
  PositionItem,
  PreflightAnswer,
} from "../../core/arena-answers.ts";
export type { PriceRow as PriceItem } from "../../db/statements/api-list-prices.ts";
export type { TradeRow as TradeItem } from "../../db/statements/api-list-trades.ts";

export type Tournament = ReturnType<typeof wireTournament>;
export type Agent = ReturnType<typeof wireAgent>;
export type Entry = ReturnType<typeof wireEntry>;
export type Round = ReturnType<typeof wireRound>;
export type AgentStats = Stats & { readonly agent: string; readonly tournament_id: string };

/** GET /tournaments/{id}/rounds/{n}. */
export type RoundDetail = Round &
  Pick<WholeRoundRow, "snapshot" | "quote"> & {
    readonly counts: { readonly decided: number } & Partial<OutcomeCounts>;
    /** While it is open, its decisions are nobody's business but the operator's. */
    readonly hidden: boolean;
    readonly decisions: readonly DecisionRow[];
    readonly missed: readonly MissRow[];
  };

type Names = Pick<AgentEntry, "entry_id" | "agent_id" | "agent" | "tournament_id">;
export type AgentEntryItem = Omit<AgentEntry, "round_open">;

/** GET /agents/{id}/memory. */
export type AgentMemory = Names & {
  readonly last_trades: readonly RememberedTrade[];
  readonly last_decision: LastDecision | null;
  readonly notes: Notes | null;
  readonly cap: { readonly trades: number; readonly notes_bytes: number };
};

/** GET /agents/{id}/state: what is stored, and what the entry's object says of itself (it may be of another version). */
export type AgentState = Names &
  StoredState & {
    readonly last_decision: LastDecision | null;
    readonly live: Readonly<Record<string, unknown>> | null;
    readonly live_hidden: boolean;
  };
