/** The two agents that `npm start -- --llm-url` enters into the house cup. */
import { z } from "zod";
import type { ModelVariables } from "../../local/stack.ts";
import type { ChangingApiClient } from "../api-client.ts";
import type { StartModel } from "./args.ts";

const agentPage = z.object({ items: z.array(z.looseObject({ id: z.string(), name: z.string(), kind: z.string() })) });
const made = z.looseObject({ id: z.string() });

const THINKERS: readonly { readonly name: string; readonly instructions: string }[] = [
  { name: "Thinker", instructions: "Look for one clear reason to trade. Without one, hold." },
  { name: "Doubter", instructions: "Ask what speaks against each trade. Keep at least half of your equity in cash." },
];

/** The key may be sent to the model's own host alone. */
export function modelVariables({ host, loopback, key }: StartModel): ModelVariables {
  return {
    variables: { LLM_HOSTS_START: host, ...(loopback ? { LLM_LOOPBACK: "true" } : {}) },
    keys: key === null ? {} : { LLM_KEY_START: key },
  };
}

/** An agent that is there keeps its name and gets the model that the flags name. Their price is unknown, so they have no dollar budget. */
export async function enterModels(
  api: ChangingApiClient,
  cupId: string,
  model: StartModel,
  onLine: (line: string) => void,
): Promise<void> {
  const ids: string[] = [];
  for (const { name, instructions } of THINKERS) {
    const key = model.key === null ? {} : { key_secret: "LLM_KEY_START" };
    const config = { llm: { base_url: model.url, model: model.name, instructions, ...key } };
    const { items } = await api.get(`/agents?limit=100&q=${encodeURIComponent(name)}`, agentPage);
    const known = items.find((agent) => agent.name === name && agent.kind === "llm");
    if (known) await api.patch(`/agents/${known.id}`, { config }, made);
    ids.push(known?.id ?? (await api.post("/agents", { name, kind: "llm", config }, made)).id);
  }
  await api.post(`/tournaments/${cupId}/initialize`, { agent_ids: ids }, z.unknown());
  onLine(`${THINKERS.map(({ name }) => name).join(" and ")} think by ${model.name} and play from the next round on.`);
}
