/** Bodies and queries of the agents' routes. */
import { z } from "zod";
import { limits } from "../core/limits.ts";
import { limitsSchema } from "../core/rules.ts";
import { agentConfigSchema } from "../rounds/freeze-entry.ts";
import { strategyTypes } from "../strategies/strategy.ts";
import { nameField, searchField } from "./fields.ts";
import { pageFields } from "./paging.ts";

export const strategyTypeField = z.enum([...strategyTypes, "baseline"]);

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
  personality: z.string().max(limits.personalityCharsMax),
  /** Stands for the house strategy of that type. */
  strategy_type: strategyTypeField,
  /** A key of the strategies' registry. */
  strategy: z.string().max(limits.nameCharsMax),
  /** Short for config.limits.risk_score. */
  risk_score: limitsSchema.shape.risk_score,
  avatar_url: avatarUrl.nullable(),
  owner: nameField.nullable(),
  config,
};

export const agentBody = z.strictObject(fields).partial().required({ name: true });
export const agentPatchBody = z.strictObject(fields).partial();
export type AgentBody = z.infer<typeof agentBody>;
export type AgentPatchBody = z.infer<typeof agentPatchBody>;

export const agentListQuery = z.strictObject({
  ...pageFields,
  q: searchField.optional(),
  strategy_type: strategyTypeField.optional(),
});
