/** What a replay's stack is told of the language models that play in it: their keys and hosts, or the cassette that answers for them. */
import type { AgentBody } from "../../http/agents/bodies.ts";
import type { ModelVariables } from "../../local/stack.ts";
import { type Cassette, readCassette } from "../cassette/file.ts";
import { isLoopback } from "../flag-values.ts";
import type { Environment } from "../read-command.ts";
import type { TournamentPlan } from "./plan.ts";

export type PlannedModels =
  | { readonly kind: "ok"; readonly cassette: Cassette | null; readonly models: ModelVariables }
  | { readonly kind: "bad"; readonly errors: readonly string[] };

export async function planModels(plan: TournamentPlan, environment: Environment): Promise<PlannedModels> {
  const { record, cassette: path } = plan.options;
  const configs = plan.agents.flatMap(({ config }) => config?.llm ?? []);
  if (configs.length === 0 && (record ?? path) !== null)
    return bad("No language model plays, so there is no cassette.");
  if (path === null) return variablesOf(configs, environment);
  const cassette = await readCassette(path);
  if (typeof cassette === "string") return bad(cassette);
  if (cassette.tournament === plan.name) return { kind: "ok", cassette, models: { variables: {}, keys: {} } };
  return bad(
    `${path} was recorded in "${cassette.tournament}", and this would be "${plan.name}": candles, rounds, seed, interval, start and agents must be the same.`,
  );
}

type Config = NonNullable<NonNullable<AgentBody["config"]>["llm"]>;

/** Whoever writes the agents' file has the keys, so each key may be sent to the hosts that the file names for it. */
function variablesOf(configs: readonly Config[], environment: Environment): PlannedModels {
  const keys: Record<string, string> = {};
  const variables: Record<string, string> = {};
  const errors: string[] = [];
  for (const { provider, model, base_url = "", key_secret } of configs) {
    if (provider === "workers-ai")
      errors.push(
        `${model} runs on Workers AI, which only a deployment has: name an address as base_url, or play a cassette.`,
      );
    const url = URL.parse(base_url);
    if (url && isLoopback(url.hostname)) variables.LLM_LOOPBACK = "true";
    if (key_secret === undefined) continue;
    const key = environment[key_secret];
    if (!key) errors.push(`The variable ${key_secret}, which an agent names as key_secret, is not set.`);
    else keys[key_secret] = key;
    const hosts = key_secret.replace(/^LLM_KEY_/, "LLM_HOSTS_");
    variables[hosts] = [...new Set([...(variables[hosts]?.split(",") ?? []), url?.host ?? ""])].join(",");
  }
  return errors.length > 0 ? { kind: "bad", errors } : { kind: "ok", cassette: null, models: { variables, keys } };
}

function bad(error: string): PlannedModels {
  return { kind: "bad", errors: [error] };
}
