/** Runs a plan on a stack that is up: candles, agents, tournament, until its last round is settled. */
import { z } from "zod";
import { canonicalJson } from "../../core/text/canonical.ts";
import type { Query } from "../../db/query.ts";
import type { AgentBody } from "../../http/agents/bodies.ts";
import { createSyntheticSource, importCandles } from "../../markets/create-source.ts";
import { marketKey } from "../../markets/market-key.ts";
import { fillSynthetic } from "../../markets/synthetic-source.ts";
import { type ApiClient, ApiRefusal } from "../api-client.ts";
import type { TournamentPlan } from "./plan.ts";

const created = z.looseObject({ id: z.string() });

/** Stores what the plan needs of candles; those of an earlier run are there already. Returns the source's id. */
export async function storeCandles(
  query: Query,
  { source, symbols, options, intervalSeconds }: TournamentPlan,
  onProgress: (stored: number, total: number) => void,
): Promise<string> {
  if (source.kind === "files") return importCandles(query, source.candles, onProgress);
  const { id, firstOpenAt, lastOpenAt, secret } = source;
  const key = secret ? marketKey((bytes) => crypto.getRandomValues(bytes)) : null;
  const stepMs = intervalSeconds * 1_000;
  await createSyntheticSource(query, { id, seed: options.seed, symbols, intervalSeconds, firstOpenAt, key });
  const total = (lastOpenAt - firstOpenAt) / stepMs + 1;
  const filled = await fillSynthetic(query, id, lastOpenAt, {
    onProgress: (at) => onProgress((at - firstOpenAt) / stepMs + 1, total),
  });
  if (filled !== "ready") throw new Error(`The synthetic market ${id} could not be filled: ${filled}.`);
  return id;
}

export interface Unfinished {
  readonly id: string;
  readonly status: "upcoming" | "live" | "paused";
}
const unfinishedRow = z.object({ id: z.string(), status: z.enum(["upcoming", "live", "paused"]) });

/** The newest unfinished tournament of the same plan. Its name holds the plan's hash. Candles that are drawn under a key belong to one tournament. */
export async function findUnfinished(query: Query, plan: TournamentPlan): Promise<Unfinished | null> {
  const rows = await query(
    `select id, status from tournaments
      where name = $1 and market = 'replay' and ($2::text is null or candle_source_id = $2) and status in ('upcoming', 'live', 'paused')
      order by created_at desc limit 1`,
    [plan.name, plan.source.kind === "synthetic" && plan.source.secret ? null : plan.source.id],
  );
  return rows.length === 0 ? null : unfinishedRow.parse(rows[0]);
}

/** Makes the plan's tournament with its agents, not yet started. Returns its id. */
export async function createTournament(api: ApiClient, query: Query, plan: TournamentPlan): Promise<string> {
  const agentIds: string[] = [];
  for (const agent of plan.agents) agentIds.push((await sameAgent(query, agent)) ?? (await createAgent(api, agent)));
  const { id } = await api.post(
    "/tournaments",
    {
      name: plan.name,
      market: "replay",
      symbols: plan.symbols,
      starts_at: new Date(plan.startsAt).toISOString(),
      ends_at: new Date(plan.endsAt).toISOString(),
      interval_seconds: plan.intervalSeconds,
      starting_cash: "500",
      rules: { seed: plan.options.seed, candle_source: plan.source.id },
      agent_ids: agentIds,
    },
    created,
  );
  return id;
}

/** Starts or resumes it. One that is under way already is left alone. */
export async function startTournament(api: ApiClient, id: string, status: Unfinished["status"]): Promise<void> {
  if (status === "live") return;
  try {
    await api.post(`/tournaments/${id}/${status === "paused" ? "resume" : "start"}`, {}, z.unknown());
  } catch (error) {
    // The task check_tournament_transitions has started it already.
    if (!(error instanceof ApiRefusal && error.status === 409)) throw error;
  }
}

async function createAgent(api: ApiClient, agent: AgentBody): Promise<string> {
  return (await api.post("/agents", agent, created)).id;
}

const agentRow = z.object({
  id: z.string(),
  personality: z.string(),
  strategy_type: z.string(),
  config: z.record(z.string(), z.unknown()),
});

/**
 * An agent of an earlier run with the same values, so that a data folder doesn't gather new agents with every run. A body that
 * leaves a value to its default makes a new agent.
 */
async function sameAgent(query: Query, agent: AgentBody): Promise<string | null> {
  const { name, personality, strategy_type, strategy, config, ...others } = agent;
  if (personality === undefined || strategy_type === undefined || strategy === undefined || config === undefined)
    return null;
  if (Object.values(others).some((value) => value !== undefined)) return null;
  const rows = await query(
    `select id, personality, strategy_type, config from agents
      where name = $1 and strategy = $2 and avatar_url is null and owner is null and archived_at is null
      order by created_at desc limit 20`,
    [name, strategy],
  );
  const wanted = canonicalJson([personality, strategy_type, config]);
  const found = rows
    .map((row) => agentRow.parse(row))
    .find((row) => canonicalJson([row.personality, row.strategy_type, row.config]) === wanted);
  return found?.id ?? null;
}
