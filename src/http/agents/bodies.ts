/** Bodies and queries of the agents' routes. */
import { z } from "zod";
import { limits } from "../../core/limits.ts";
import { limitsSchema } from "../../core/rules.ts";
import { agentConfigSchema } from "../../rounds/freeze-entry.ts";
import { strategyTypes } from "../../strategies/strategy.ts";
import { booleanQuery, nameField, proseField, searchField } from "../request/fields.ts";
import { pageFields } from "../request/paging.ts";

const strategyTypeField = z.enum([...strategyTypes, "baseline"]);

const config = agentConfigSchema.refine(
  (value) => JSON.stringify(value).length <= limits.configBytesMax,
  `must be at most ${limits.configBytesMax} characters of JSON`,
);
const avatarUrl = z
  .string()
  .max(limits.urlCharsMax)
  .refine((text) => URL.parse(text)?.protocol === "https:", "must be an https URL");

const fields = {
  name: nameField,
  personality: proseField.max(limits.personalityCharsMax),
  /** Chooses the house strategy of that type. */
  strategy_type: strategyTypeField,
  /** A key of the strategies' registry. */
  strategy: z.string().max(limits.nameCharsMax),
  /** Short for config.limits.risk_score. */
  risk_score: limitsSchema.shape.risk_score,
  avatar_url: avatarUrl.nullable(),
  owner: nameField.nullable(),
  config,
};

/** Kinds that an operator makes. Without one it is a house agent. */
const kind = z.enum(["house", "outside", "webhook", "llm"]);
/** Where an agent of the kind webhook is called: core/agents/webhook-address.ts says which URLs are allowed. */
const webhookUrlField = z.string().max(limits.urlCharsMax);

export const agentBody = z
  .strictObject({ ...fields, kind, webhook_url: webhookUrlField })
  .partial()
  .required({ name: true });
export const agentPatchBody = z.strictObject(fields).partial();
export type AgentBody = z.infer<typeof agentBody>;
export type AgentPatchBody = z.infer<typeof agentPatchBody>;

export const agentListQuery = z.strictObject({
  ...pageFields,
  q: searchField.optional(),
  strategy_type: strategyTypeField.optional(),
  /** Only baselines, or only those that compete. */
  baseline: booleanQuery.optional(),
  /** Adds what came of each agent. */
  results: booleanQuery.default(false),
});
