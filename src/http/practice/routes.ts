/** POST /agents/{id}/practice and GET /agents/{id}/qualification. */
import { Hono } from "hono";
import { z } from "zod";
import { CodedError } from "../../core/error-codes.ts";
import { limits } from "../../core/limits.ts";
import { WARM_UP_CANDLES } from "../../core/phases.ts";
import { rulesSchema } from "../../core/rules.ts";
import { sha256Hex } from "../../core/text/canonical.ts";
import { lookOf } from "../../core/text/look-alike.ts";
import type { NewAgent } from "../../db/statements/agents/insert.ts";
import { readAgent } from "../../db/statements/agents/read.ts";
import { readAgentsToJoin } from "../../db/statements/entries/agents-to-join.ts";
import { insertPractice, type PracticeStored } from "../../db/statements/practice/insert.ts";
import { readQualification } from "../../db/statements/practice/qualification.ts";
import { deleteUnusedSource } from "../../db/statements/tournaments/delete.ts";
import { createSyntheticSource } from "../../markets/create-source.ts";
import { freezeEntry } from "../../rounds/freeze-entry.ts";
import { strategies } from "../../strategies/registry.ts";
import type { Strategy } from "../../strategies/strategy.ts";
import { startPractice } from "../../tasks/start-practice.ts";
import type { HttpEnv } from "../context.ts";
import type { HttpDeps } from "../deps.ts";
import { Problem } from "../problem.ts";
import { idOf, optionalJsonBody } from "../request/inputs.ts";
import { requireAgentOrOperator, requireAgentOrViewer } from "../session/rights.ts";
import { begin, queuedBody } from "../tasks/begin.ts";
import { frozen } from "../tournaments/frozen.ts";

/** A past span: a replay runs on candles that are there. */
const STARTS_AT = "2025-06-01T00:00:00.000Z";
const INTERVAL_SECONDS = 300;
const SYMBOLS = ["BTC-USDT", "ETH-USDT", "SOL-USDT"];
const RIVALS: readonly Strategy[] = [strategies.momentum, strategies.mean_reversion, strategies.cash];
/** After this time a refused caller may try again: a practice may have ended. */
const RETRY_SECONDS = 30;

const practiceBody = z.strictObject({
  rounds: z.int().min(1).max(limits.practiceRoundsMax).default(limits.qualifyingRoundsMin),
  /** The same seed gives the agent the same market again. Without it each practice has another one. */
  seed: z
    .union([z.string().min(1).max(64), z.int()])
    .transform(String)
    .optional(),
});

export const practiceRoutes = new Hono<HttpEnv>()
  .post(
    "/agents/:id/practice",
    requireAgentOrOperator,
    idOf("agent.not_found"),
    optionalJsonBody(practiceBody),
    async (c) => {
      const deps = c.get("deps");
      const { rounds, seed = deps.newToken() } = c.req.valid("json");
      const agentId = c.req.valid("param").id;
      await refuseKind(deps, agentId);
      const id = deps.newId();
      const stored = await makePractice(deps, { id, agentId, rounds, seed });
      // One that was stored but not begun, by a request that died, begins now.
      const tournamentId = stored.made ? id : waitingOne(stored);
      const task = await begin(deps, startPractice, { tournament_id: tournamentId });
      return c.json({ ...queuedBody(c, task), tournament_id: tournamentId }, 202);
    },
  )
  .get("/agents/:id/qualification", requireAgentOrViewer, idOf("agent.not_found"), async (c) => {
    const { query } = c.get("deps");
    const { id } = c.req.valid("param");
    if (!(await readAgent(query, id))) throw new CodedError("agent.not_found");
    const none = { qualified: false, rounds: 0, answered: 0, late: 0, refused: 0, reasons: [], at: null };
    return c.json((await readQualification(query, id)) ?? none);
  });

async function refuseKind({ query }: HttpDeps, agentId: string): Promise<void> {
  const agent = await readAgent(query, agentId);
  if (!agent) throw new CodedError("agent.not_found");
  if (agent.archived_at !== null) throw new CodedError("agent.archived");
  if (agent.kind === "house") throw new CodedError("agent.wrong_kind", "A house agent needs no practice.");
}

/** The agent's practice that waits for its start. Throws 429 where a limit is reached. */
function waitingOne({ own, own_status, today }: PracticeStored): string {
  if (own !== null) {
    if (own_status === "upcoming") return own;
    throw tooMany("The agent has a practice that runs: let it end.", { tournament_id: own });
  }
  if (today >= limits.practicesPerDayMax) {
    throw tooMany(`The agent has begun ${limits.practicesPerDayMax} practices within a day.`);
  }
  throw tooMany(`${limits.practicesRunningMax} practices run already: try again later.`);
}

function tooMany(detail: string, members: Record<string, unknown> = {}): Problem {
  return new Problem("agent.too_many_practices", detail, {
    members,
    headers: { "retry-after": String(RETRY_SECONDS) },
  });
}

interface Wanted {
  readonly id: string;
  readonly agentId: string;
  readonly rounds: number;
  readonly seed: string;
}

async function makePractice(deps: HttpDeps, { id, agentId, rounds, seed }: Wanted): Promise<PracticeStored> {
  const { query, newId } = deps;
  const [agent] = await readAgentsToJoin(query, [agentId]);
  if (!agent) throw new CodedError("agent.archived");
  // No agent meets the market of another one's practice.
  const mixed = (await sha256Hex(`${agentId} ${seed}`)).slice(0, 32);
  const startsAt = Date.parse(STARTS_AT);
  const source = `synthetic:${id}`;
  await createSyntheticSource(query, {
    id: source,
    seed: mixed,
    symbols: SYMBOLS,
    intervalSeconds: INTERVAL_SECONDS,
    firstOpenAt: startsAt - WARM_UP_CANDLES * INTERVAL_SECONDS * 1000,
  });
  const copies = RIVALS.map((strategy) => copyOf(newId(), strategy, agent.name));
  const settings = await frozen(
    {
      name: "Practice",
      market: "replay",
      symbols: SYMBOLS,
      starts_at: STARTS_AT,
      ends_at: new Date(startsAt + rounds * INTERVAL_SECONDS * 1000).toISOString(),
      interval_seconds: INTERVAL_SECONDS,
      starting_cash: "500",
      prize_pool: "0",
      rules: rulesSchema.parse({ seed: mixed }),
    },
    { id: source, clock: 1, commitment: null },
  );
  const stored = await insertPractice(query, {
    id,
    agentId,
    settings,
    copies,
    entries: [agent, ...copies].map((each) => freezeEntry(each, newId())),
    runningMax: limits.practicesRunningMax,
    dailyMax: limits.practicesPerDayMax,
  });
  if (!stored.made) await deleteUnusedSource(query, source);
  return stored;
}

/** A private copy of a house agent, whose name does not look like the agent's own. */
function copyOf(
  id: string,
  { key, type }: Strategy,
  rival: string,
): NewAgent & { readonly config: Record<string, never> } {
  const plain = `House ${key.replaceAll("_", " ")}`;
  const name = lookOf(plain).skeleton === lookOf(rival).skeleton ? `${plain} of the practice` : plain;
  const of = { strategy_type: type, strategy: key, baseline: type === "baseline", kind: "house" as const };
  return { id, name, personality: "", ...of, avatar_url: null, owner: null, config: {} };
}
