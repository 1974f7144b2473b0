/** The data folder's project and the tournament that is broken: house agents, and three that take seconds to decide. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { ApiClient } from "../../src/cli/api-client.ts";
import { movedConfig, PROJECT } from "../../src/local/worker/wrangler.ts";
import { defaultField } from "../../src/strategies/default-field.ts";

const SYMBOLS = ["BTC-USDT", "ETH-USDT", "SOL-USDT"] as const;
const withId = z.looseObject({ id: z.string() });

/** Writes a wrangler.toml beside the data, with this folder's Worker in place of the real one and without the web app's files. */
export function makeProject(folder: string, controlUrl: string): string {
  const assets = join(folder, "assets");
  mkdirSync(assets, { recursive: true });
  writeFileSync(join(assets, "index.html"), "<!doctype html><title>Chaos</title>");
  const toml = movedConfig(readFileSync(join(PROJECT, "wrangler.toml"), "utf8"), PROJECT)
    .replace(/^main = .*$/m, `main = "index.ts"`)
    .replace(/^directory = .*$/gm, `directory = ${JSON.stringify(assets)}`)
    .replace(/^\[vars\]$/m, `[vars]\nCHAOS_URL = ${JSON.stringify(controlUrl)}`);
  writeFileSync(join(folder, "wrangler.toml"), toml);
  const worker = JSON.stringify(join(PROJECT, "test/chaos/worker.ts"));
  writeFileSync(join(folder, "index.ts"), `export * from ${worker};\nexport { default } from ${worker};\n`);
  symlinkSync(join(PROJECT, "migrations"), join(folder, "migrations"));
  return folder;
}

/** How much of the window (half an interval) the outside agents think: 1.5, 2.3 and 3 s in rounds of 15 s. */
const THINKERS = [
  ["Slow momentum", "momentum", 0.2],
  ["Slow dice", "random", 0.3],
  ["Slow swing", "swing", 0.4],
] as const;

/** Agents that trade in every round: see eager.ts. */
const EAGER = ["Restless", "Fidgety", "Eager"];

export interface Scene {
  readonly tournamentId: string;
  /** The house's. Agents from outside are not asked to run, and are recovered by nobody. */
  readonly agentIds: readonly string[];
}

/** Makes a tournament that starts in ten seconds, when the stack has settled, and would last a day. */
export async function makeTournament(
  api: ApiClient,
  intervalSeconds: number,
  seed: string,
  outsiderIds: readonly string[],
): Promise<Scene> {
  const agentIds: string[] = [];
  const slow = THINKERS.map(([name, strategy, share]) => ({
    name,
    strategy_type: strategy === "random" ? "baseline" : strategy,
    strategy,
    config: { thinking_seconds: (share * intervalSeconds) / 2 },
  }));
  const eager = EAGER.map((name) => ({ name, strategy_type: "baseline", strategy: "random" }));
  for (const agent of [...defaultField(SYMBOLS), ...eager, ...slow])
    agentIds.push((await api.post("/agents", agent, withId)).id);
  const startsAt = Math.ceil((Date.now() + 10_000) / 1000) * 1000;
  const { id } = await api.post(
    "/tournaments",
    {
      name: "Chaos",
      market: "synthetic",
      symbols: SYMBOLS,
      starts_at: new Date(startsAt).toISOString(),
      ends_at: new Date(startsAt + 86_400_000).toISOString(),
      interval_seconds: intervalSeconds,
      starting_cash: "500",
      rules: { seed },
      agent_ids: [...agentIds, ...outsiderIds],
    },
    withId,
  );
  await api.post(`/tournaments/${id}/start`, {}, z.unknown());
  return { tournamentId: id, agentIds };
}
