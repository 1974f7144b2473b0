/**
 * A door: a way in for the decisions of agents that are not ours. A new door is named here, and these places have to know it:
 *
 * - its own files: http/doors (REST), http/mcp (MCP), rounds/doors/webhook. Routes also go into http/app.ts.
 * - reading: the open round comes from current-round.ts and round-page.ts, so that all doors show the contract of api/round.ts.
 * - writing: decisions go to takeSubmissions of submissions.ts with `door`. A door of HTTP asks the routes of REST (http/forward.ts).
 * - an agent that takes part in another way is also a kind: core/agents/agent-kinds.ts, the checks of db/schema/agents.ts and
 *   entries.ts, the bodies of http/agents and http/invites, seat.ts, tasks/run-agent-decision.ts, and the pages under
 *   dashboard/arena/agents and dashboard/arena/join.
 * - words: http/doors/skill.ts, docs/doors.md, SECURITY.md.
 * - tests: test/support/doors.ts, test/e2e/outside.test.ts.
 */
export type Door = "rest" | "mcp" | "webhook";
