/** The agents of these ids that may join a tournament, with what an entry freezes of them. Archived ones are left out. */
import { z } from "zod";
import { agentKinds } from "../../../core/agents/agent-kinds.ts";
import type { Query } from "../../query.ts";

const rowSchema = z.object({
  id: z.string(),
  name: z.string(),
  strategy: z.string(),
  baseline: z.boolean(),
  kind: z.enum(agentKinds),
  config: z.record(z.string(), z.unknown()),
});
export type JoiningAgent = z.infer<typeof rowSchema>;

export async function readAgentsToJoin(query: Query, agentIds: readonly string[]): Promise<JoiningAgent[]> {
  const rows = await query(
    `select id, name, strategy, baseline, kind, config from agents
      where archived_at is null and id in (select jsonb_array_elements_text($1::jsonb)::uuid)`,
    [JSON.stringify(agentIds)],
  );
  return rows.map((row) => rowSchema.parse(row));
}
