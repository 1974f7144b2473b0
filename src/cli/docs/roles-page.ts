/** The table of routes and roles, from the rules that the routes carry. Pure. */
import type { Role } from "../../core/access/roles.ts";
import { createApp } from "../../http/app.ts";
import { pagePaths } from "../../http/pages/routes.ts";
import { ruleOf } from "../../http/session/rights.ts";

type Cell = "yes" | "no" | "its own";

export interface RightsRow {
  /** "POST /agents/:id/run". */
  readonly route: string;
  /** The path's parameter that names the agent, where a key of the role agent must be that agent's. */
  readonly agentIn: string | null;
  readonly may: Readonly<Record<Role | "anyone", Cell>>;
}

/** Every route of the API, in the order in which the app has them. Pages are left out: they are open. */
export function rightsTable(): RightsRow[] {
  const { routes } = createApp(() => {
    throw new Error("the table of routes answers no request");
  });
  const isPage = (path: string) => pagePaths.some((page) => page === path);
  const shown = routes.filter(({ method, path }) => method !== "ALL" && !(method === "GET" && isPage(path)));
  return [...Map.groupBy(shown, ({ method, path }) => `${method} ${path}`)].map(([route, handlers]) => {
    const rule = handlers.map(({ handler }) => ruleOf(handler)).find((each) => each !== null);
    if (!rule) {
      return {
        route,
        agentIn: null,
        may: { anyone: "yes", viewer: "yes", agent: "yes", operator: "yes", admin: "yes" },
      };
    }
    const cell = (role: Role): Cell => {
      if (!rule.roles.includes(role)) return "no";
      return role === "agent" && rule.agentIn !== null ? "its own" : "yes";
    };
    const may = {
      anyone: "no" as const,
      viewer: cell("viewer"),
      agent: cell("agent"),
      operator: cell("operator"),
      admin: cell("admin"),
    };
    return { route, agentIn: rule.agentIn, may };
  });
}

/** docs/roles.md. */
export function rolesPage(): string {
  const closed = rightsTable().filter(({ may }) => may.anyone === "no");
  return [
    "<!-- Made by `npm run docs` from the routes' own rules: change them in src/http. -->",
    "# Routes and roles",
    "",
    "Which role may use which route; [doors.md](doors.md) says what a role is.",
    "Every route that is not listed is open to all.",
    "A key of the role agent uses a route with **its own** agent in the path, and no other.",
    "`/keys/:id` is for the key itself, and for whoever may make a key like it.",
    "",
    "| route | viewer | agent | operator | admin |",
    "|---|---|---|---|---|",
    ...closed.map(
      ({ route, may }) => `| \`${route}\` | ${may.viewer} | ${may.agent} | ${may.operator} | ${may.admin} |`,
    ),
    "",
  ].join("\n");
}
