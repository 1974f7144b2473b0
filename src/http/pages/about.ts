/** What a link to a page says where it is shared: title and description in the page's head, which readers of links don't run scripts for. */
import type { Query } from "../../db/query.ts";
import { readAgent } from "../../db/statements/agents/read.ts";
import { readEntriesOfAgent } from "../../db/statements/entries/of-agent.ts";
import type { TournamentRow } from "../../db/statements/tournaments/columns.ts";
import { readTournament } from "../../db/statements/tournaments/read.ts";
import { uuidField } from "../request/fields.ts";

export interface About {
  readonly title: string;
  readonly description: string;
}

/** Null for pages that have nothing of their own to say, and for ids that name nothing. */
export async function aboutPage(query: Query, path: string): Promise<About | null> {
  const [, kind, first, second] = path.split("/");
  const id = uuidField.safeParse(first);
  if (!id.success) return null;
  if (kind === "a") return aboutAgent(query, id.data);
  if (kind !== "t") return null;
  const tournament = await readTournament(query, id.data);
  if (!tournament || tournament.practice_of !== null) return null;
  const about = aboutTournament(tournament);
  const agent = uuidField.safeParse(second);
  if (!agent.success) return about;
  const [entry] = await readEntriesOfAgent(query, agent.data, tournament.id);
  return entry ? { title: `${entry.agent} in ${tournament.name}`, description: about.description } : about;
}

async function aboutAgent(query: Query, id: string): Promise<About | null> {
  const agent = await readAgent(query, id);
  if (!agent || agent.practice) return null;
  return {
    title: agent.name,
    description: `An agent with the strategy ${agent.strategy.replaceAll("_", " ")}: its tournaments, decisions and results.`,
  };
}

function aboutTournament({
  name,
  status,
  entries,
  baselines,
  symbols,
  round_number,
  winner_agent,
}: TournamentRow): About {
  const agents = entries - baselines;
  const field = `${agents} ${agents === 1 ? "agent" : "agents"} and ${baselines} ${baselines === 1 ? "baseline" : "baselines"}`;
  const assets = symbols.map((symbol) => symbol.split("-")[0]).join(", ");
  const round = round_number === null ? "" : `, round ${round_number}`;
  const winner = winner_agent === null ? "" : ` Won by ${winner_agent}.`;
  return { title: name, description: `A trading tournament of ${field} on ${assets}: ${status}${round}.${winner}` };
}

/** The page with the words in its head, and the picture's address in full: readers of links want it so. */
export function withAbout(html: string, origin: string, about: About | null): string {
  const whole = html.replace('content="/og.png"', () => `content="${escaped(origin)}/og.png"`);
  if (about === null) return whole;
  const [title, description] = [escaped(about.title), escaped(about.description)];
  return whole
    .replace(/<title>[^<]*<\/title>/, () => `<title>${title} · Agonus</title>`)
    .replace(/(<meta property="og:title" content=")[^"]*/, (_, start: string) => start + title)
    .replace(
      /(<meta (?:name="description"|property="og:description") content=")[^"]*/g,
      (_, start: string) => start + description,
    );
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}
