/** Who acts for an agent: docs/doors.md. */
export const agentKinds = ["house", "outside", "webhook", "llm"] as const;
export type AgentKind = (typeof agentKinds)[number];
