/** A replay on the candles of a folder, as a body of POST /tournaments. */
import { parseTournamentArgs } from "../../../src/cli/tournament/args.ts";
import { planTournament } from "../../../src/cli/tournament/plan.ts";
import { storeCandles } from "../../../src/cli/tournament/run.ts";
import type { Query } from "../../../src/db/query.ts";

/** Stores the candles as the command does, and answers the body. */
export async function candleReplay(
  query: Query,
  folder: string,
  rounds: number,
  agentIds: readonly string[],
  rules: Record<string, unknown> = {},
): Promise<object> {
  const parsed = parseTournamentArgs(["--candles", folder, "--rounds", String(rounds)], {});
  const planned = parsed.kind === "stop" ? parsed : await planTournament(parsed.options);
  if (planned.kind !== "ok") throw new Error(JSON.stringify(planned));
  const { plan } = planned;
  try {
    await storeCandles(query, plan, () => {});
  } finally {
    await plan.close();
  }
  return {
    name: plan.name,
    market: "replay",
    symbols: plan.symbols,
    starts_at: new Date(plan.startsAt).toISOString(),
    ends_at: new Date(plan.endsAt).toISOString(),
    interval_seconds: plan.intervalSeconds,
    rules: { candle_source: plan.source.id, seed: "replay", ...rules },
    agent_ids: agentIds,
  };
}
