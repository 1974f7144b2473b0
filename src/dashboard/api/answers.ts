/** The types of the API's answers, as its client has them from the routes: nothing here is written by hand twice. */
import type { InferResponseType } from "hono/client";
import type { api } from "./client.ts";

type Api = typeof api;

/** What GET answers with. */
type Got<E extends { readonly $get: unknown }> = InferResponseType<E["$get"]>;
/** An item of the list that GET answers with. */
type Listed<E extends { readonly $get: unknown }> =
  Got<E> extends { readonly items: readonly (infer Item)[] } ? Item : never;

type OfTournament = Api["tournaments"][":id"];
export type Tournament = Got<OfTournament>;
export type Entry = Listed<OfTournament["agents"]>;
export type LeaderboardItem = Listed<OfTournament["leaderboard"]>;
export type PositionItem = Listed<OfTournament["positions"]>;
export type EquityAnswer = Got<OfTournament["equity"]>;
export type Round = Listed<OfTournament["rounds"]>;
/** While it is open and `hidden`, its decisions are nobody's business but the operator's. */
export type RoundDetail = Got<OfTournament["rounds"][":number"]>;
export type DecisionItem = RoundDetail["decisions"][number];
export type OrderItem = DecisionItem["orders"][number];
/** What POST /tournaments?dry_run=true answers with. */
export type PreflightAnswer = InferResponseType<Api["tournaments"]["$post"], 200>;
export type CandleSource = Listed<Api["candle-sources"]>;
export type TradeItem = Listed<Api["trades"]>;

type OfAgent = Api["agents"][":id"];
export type Agent = Got<OfAgent>;
export type AgentEntryItem = Listed<OfAgent["entries"]>;
export type AgentStats = Got<OfAgent["stats"]>;
export type AgentMemory = Got<OfAgent["memory"]>;
/** What is stored, and what the entry's object says of itself (it may be of another version). */
export type AgentState = Got<OfAgent["state"]>;

export type Task = Got<Api["tasks"][":id"]>;
export type TaskHistory = Got<Api["tasks"][":id"]["history"]>;
export type TaskVerdict = Got<Api["tasks"][":id"]["why"]>;
export type TaskError = Listed<Api["errors"]>;
export type BulkJob = Listed<Api["bulk"]>;
export type Queue = Listed<Api["queues"]>;
export type DeadLetter = Listed<Api["dead-letters"]>;
export type Consumer = Listed<Api["consumers"]>;
export type Schedule = Listed<Api["schedules"]>;
export type Tick = Listed<Api["schedules"][":name"]["ticks"]>;
export type LiveEntry = Listed<Api["inspect"]["entries"]>;
export type RegisteredTask = Listed<Api["inspect"]["registered"]>;
export type TaskStats = Got<Api["inspect"]["stats"]>;
export type Recovery = Listed<Api["recoveries"]>;
export type RecoverySummary = Got<Api["recoveries"]>["summary"];
export type AuditRecord = Listed<Api["audit"]>;
export type Health = Got<Api["health"]>;
export type Session = Got<Api["session"]>;
