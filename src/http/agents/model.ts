/** The checks of an agent's language model: its address, its key, and whether its budget can be kept. */
import { countsDollars } from "../../core/agents/model-config.ts";
import { CodedError } from "../../core/error-codes.ts";
import type { AgentRow } from "../../db/statements/agents/columns.ts";
import { findEndpoint, type ModelSettings } from "../../rounds/models/endpoint.ts";
import { isPriceKnown } from "../../rounds/models/prices.ts";
import { invalid } from "../request/validation.ts";
import type { AgentPatchBody } from "./bodies.ts";
import { refuseUnfitModel } from "./strategy.ts";

type Config = AgentPatchBody["config"];

/** Throws agent.bad_model or agent.price_unknown. The same is checked again before each decision. A cassette needs no provider. */
export async function refuseUnusableModel(config: Config, models: ModelSettings): Promise<void> {
  const model = config?.llm;
  if (!model || models.cassette !== null) return;
  const endpoint = await findEndpoint(model, models);
  if (endpoint.kind === "wrong")
    throw invalid([{ path: `config.llm.${endpoint.path}`, message: endpoint.message }], "agent.bad_model");
  if (countsDollars(model.budget) && !(await isPriceKnown(model))) throw new CodedError("agent.price_unknown");
}

/** An agent that thinks by a model keeps one: a changed configuration names it again. */
export async function refuseOtherModel(
  { kind }: AgentRow,
  { config }: AgentPatchBody,
  models: ModelSettings,
): Promise<void> {
  refuseUnfitModel(kind, config);
  if (kind === "llm" && config && !config.llm)
    throw invalid([{ path: "config.llm", message: "is needed for the kind llm" }]);
  await refuseUnusableModel(config, models);
}
