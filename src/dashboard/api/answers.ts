/** The types of the API's answers. They come from the routes, by the API's client. */
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
/** `hidden`: the round is open, and only an operator gets its decisions. */
export type RoundDetail = Got<OfTournament["rounds"][":number"]>;
/** How a model came to its decision. */
export type ModelSteps = Got<OfTournament["rounds"][":number"]["steps"]>;
export type RoundDecision = RoundDetail["decisions"][number];
/** As lists and the feed have it: its door is in the round's own answer. */
export type DecisionItem = Omit<RoundDecision, "door">;
export type OrderItem = DecisionItem["orders"][number];
/** What POST /tournaments?dry_run=true answers with. */
export type PreflightAnswer = InferResponseType<Api["tournaments"]["$post"], 200>;
export type CandleSource = Listed<Api["candle-sources"]>;
export type TradeItem = Listed<Api["trades"]>;

type OfAgent = Api["agents"][":id"];
export type Agent = Got<OfAgent>;
/** `results` is there where the list was asked for it. */
export type ListedAgent = Listed<Api["agents"]>;
export type StrategyItem = Listed<Api["strategies"]>;
export type AgentEntryItem = Listed<OfAgent["entries"]>;
export type AgentStats = Got<OfAgent["stats"]>;
export type AgentMemory = Got<OfAgent["memory"]>;
/** The stored state, and the state that the entry's object holds, which may be of another version. */
export type AgentState = Got<OfAgent["state"]>;

export type Task = Got<Api["tasks"][":id"]>;
export type TaskHistory = Got<Api["tasks"][":id"]["history"]>;
export type TaskVerdict = Got<Api["tasks"][":id"]["why"]>;
export type TaskError = Listed<Api["errors"]>;
export type BulkJob = Listed<Api["bulk"]>;
/** With what became of its tasks. */
export type BulkJobDetail = Got<Api["bulk"][":id"]>;
export type Queue = Listed<Api["queues"]>;
export type DeadLetter = Listed<Api["dead-letters"]>;
export type Consumer = Listed<Api["consumers"]>;
export type Schedule = Listed<Api["schedules"]>;
export type Tick = Listed<Api["schedules"][":name"]["ticks"]>;
export type LiveEntry = Listed<Api["inspect"]["entries"]>;
export type RegisteredTask = Listed<Api["inspect"]["registered"]>;
export type TaskStats = Got<Api["inspect"]["stats"]>;
export type Attention = Got<Api["inspect"]["attention"]>;
export type AttentionItem = Listed<Api["inspect"]["attention"]>;
export type ListedTask = Listed<Api["tasks"]>;
/** The agent, the tournament and the round that a task is about. */
export type TaskAbout = ListedTask["about"];
export type Recovery = Listed<Api["recoveries"]>;
export type RecoverySummary = Got<Api["recoveries"]>["summary"];
export type AuditRecord = Listed<Api["audit"]>;
/** What the ids in a page of the audit stand for. */
export type AuditNames = Got<Api["audit"]>["names"];
export type AccessKey = Listed<Api["keys"]>;
export type Invite = Listed<OfTournament["invites"]>;
/** A round of an agent from outside: what was sent, answered, stored and filled. */
export type LogItem = Listed<OfAgent["log"]>;
export type Qualification = Got<OfAgent["qualification"]>;
export type WebhookCall = Got<OfAgent["webhook"]>["calls"][number];
/** What an agent's endpoint answered to a sample round. */
export type WebhookTest = InferResponseType<OfAgent["webhook"]["test"]["$post"], 200>;
/** With the key, which is shown once. */
export type MadeKey = InferResponseType<Api["keys"]["$post"], 201>;
export type Health = Got<Api["health"]>;
export type Session = Got<Api["session"]>;
