/** Makes and changes tournaments. The checks come first, so that what is refused leaves nothing behind. */

import type { PreflightAnswer } from "../core/arena-answers.ts";
import { canonicalJson, plainDecimal, sha256Hex } from "../core/canonical.ts";
import { overCapacity } from "../core/capacity.ts";
import { CodedError } from "../core/error-codes.ts";
import { rulesSchema } from "../core/rules.ts";
import { readAgentsToJoin } from "../db/statements/agents-to-join.ts";
import { deleteUnusedSource } from "../db/statements/api-delete-tournament.ts";
import { insertTournament, type TournamentSettings } from "../db/statements/api-insert-tournament.ts";
import { readTournamentBasis } from "../db/statements/api-tournament-basis.ts";
import type { TournamentRow } from "../db/statements/api-tournaments.ts";
import { relabelTournament, updateTournament } from "../db/statements/api-update-tournament.ts";
import type { NewEntry } from "../db/statements/join-entries.ts";
import { createSyntheticSource } from "../markets/create-source.ts";
import { freezeEntry } from "../rounds/freeze-entry.ts";
import type { HttpDeps } from "./deps.ts";
import type { TournamentBody, TournamentPatchBody } from "./tournament-bodies.ts";
import { checkSettings, firstOpenAt } from "./tournament-plan.ts";
import { preflight } from "./tournament-preflight.ts";
import { invalid, parseAt } from "./validation.ts";

type Settings = Omit<TournamentBody, "agent_ids">;

/** Everything that is checked before a tournament is made. */
async function planned(deps: HttpDeps, { agent_ids, ...settings }: TournamentBody) {
  const entries = await entriesOf(deps, agent_ids);
  const { fileSource, now } = await checked(deps, settings, settings.rules.candle_source ?? null, entries.length);
  return { settings, entries, fileSource, now };
}

/** What would be made; refuses what the creation refuses, and makes nothing. */
export async function planTournament(deps: HttpDeps, body: TournamentBody): Promise<PreflightAnswer> {
  const { settings, entries, now } = await planned(deps, body);
  return preflight(settings, entries, now);
}

/** Returns the new tournament's id. */
export async function createTournament(deps: HttpDeps, body: TournamentBody): Promise<string> {
  const { settings, entries, fileSource } = await planned(deps, body);
  const id = deps.newId();
  const sourceId = fileSource ?? `synthetic:${id}`;
  if (!fileSource) await makeSynthetic(deps, settings, sourceId);
  try {
    await insertTournament(deps.query, id, settings.market, await frozen(settings, sourceId), entries);
  } catch (error) {
    if (!fileSource) await deleteUnusedSource(deps.query, sourceId);
    throw error;
  }
  return id;
}

/** Changes what may change in the tournament's state, or nothing. */
export async function changeTournament(deps: HttpDeps, row: TournamentRow, patch: TournamentPatchBody): Promise<void> {
  const { name, prize_pool, ...rules } = patch;
  const frozenFields = Object.entries(rules).flatMap(([key, value]) => (value === undefined ? [] : [key]));
  if (frozenFields.length === 0) {
    return relabelTournament(deps.query, row.id, name ?? null, prize_pool ?? null);
  }
  if (row.status !== "upcoming") {
    throw new CodedError(
      "tournament.rules_frozen",
      `The tournament is ${row.status}: only its name and prize_pool can change.`,
      frozenFields.map((path) => ({ path, message: "is frozen" })),
    );
  }
  const before = settingsOf(row);
  const settings = {
    ...before,
    ...present(patch),
    rules: parseAt(rulesSchema, { ...row.rules, ...patch.rules }, "rules"),
  };
  const currentFiles = row.market === "replay" ? row.candle_source_id : null;
  const named = settings.rules.candle_source ?? currentFiles;
  const { fileSource } = await checked(deps, settings, named, row.entries);
  const remade = !fileSource && marketOf(settings) !== marketOf(before);
  const sourceId = fileSource ?? (remade ? `synthetic:${deps.newId()}` : row.candle_source_id);
  if (remade) await makeSynthetic(deps, settings, sourceId);
  const changed = await updateTournament(deps.query, row.id, row.rules_hash, await frozen(settings, sourceId));
  if (remade) {
    await deleteUnusedSource(deps.query, changed ? row.candle_source_id : sourceId);
  }
  if (!changed) throw new CodedError("request.conflict", "The tournament changed meanwhile: read it again.");
}

/** `fileSource`: the imported candles' id for a replay, null for the synthetic market. */
async function checked(deps: HttpDeps, settings: Settings, named: string | null, entries: number) {
  const { now, source } = await readTournamentBasis(deps.query, named, settings.symbols);
  checkSettings(settings, now, source);
  const tooMany = overCapacity(settings.market, settings.interval_seconds, entries);
  if (tooMany)
    throw invalid(
      [{ path: "interval_seconds", message: `is too short: ${tooMany.slice(0, -1)}` }],
      "tournament.over_capacity",
    );
  return { now, fileSource: settings.market === "replay" && source ? source.id : null };
}

async function makeSynthetic(deps: HttpDeps, settings: Settings, id: string): Promise<void> {
  await createSyntheticSource(deps.query, {
    id,
    seed: settings.rules.seed,
    symbols: settings.symbols,
    intervalSeconds: settings.interval_seconds,
    firstOpenAt: firstOpenAt(settings),
  });
}

/** What the synthetic candles depend on. */
function marketOf({ symbols, starts_at, interval_seconds, rules }: Settings): string {
  return canonicalJson({ symbols, starts_at, interval_seconds, seed: rules.seed });
}

/** The hash covers everything that is frozen, and nothing that two equal tournaments differ in. */
async function frozen(settings: Settings, candleSourceId: string): Promise<TournamentSettings> {
  const { market, symbols, starts_at, ends_at, interval_seconds, rules } = settings;
  const starting_cash = plainDecimal(settings.starting_cash);
  const candle_source = market === "replay" ? candleSourceId : null;
  const rulesHash = await sha256Hex(
    canonicalJson({ market, candle_source, symbols, starts_at, ends_at, interval_seconds, starting_cash, rules }),
  );
  return {
    name: settings.name,
    candleSourceId,
    symbols,
    intervalSeconds: interval_seconds,
    startsAt: starts_at,
    endsAt: ends_at,
    startingCash: starting_cash,
    rules,
    rulesHash,
    prizePool: settings.prize_pool,
  };
}

function settingsOf(row: TournamentRow): Settings {
  return { ...row, rules: rulesSchema.parse(row.rules) };
}

function present(patch: TournamentPatchBody) {
  const { name, symbols, starts_at, ends_at, interval_seconds, starting_cash, prize_pool } = patch;
  return {
    ...(name === undefined ? {} : { name }),
    ...(symbols === undefined ? {} : { symbols }),
    ...(starts_at === undefined ? {} : { starts_at }),
    ...(ends_at === undefined ? {} : { ends_at }),
    ...(interval_seconds === undefined ? {} : { interval_seconds }),
    ...(starting_cash === undefined ? {} : { starting_cash }),
    ...(prize_pool === undefined ? {} : { prize_pool }),
  };
}

/** In the order of the ids. Throws at the ids that are no agents, and where two have one name. */
async function entriesOf(deps: HttpDeps, agentIds: readonly string[]): Promise<NewEntry[]> {
  if (agentIds.length === 0) return [];
  const agents = new Map((await readAgentsToJoin(deps.query, agentIds)).map((agent) => [agent.id, agent]));
  refuseUnknown(agentIds, new Set(agents.keys()));
  const entries = agentIds.flatMap((id) => {
    const agent = agents.get(id);
    return agent ? [freezeEntry(agent, deps.newId())] : [];
  });
  const names = new Map<string, number>();
  for (const [i, { agent_name }] of entries.entries()) {
    const first = names.get(agent_name);
    if (first !== undefined) {
      const error = { path: `agent_ids.${i}`, message: `has the same name as agent_ids.${first}` };
      throw new CodedError("agent.name_taken", `Two of the agents are named ${agent_name}.`, [error]);
    }
    names.set(agent_name, i);
  }
  return entries;
}

/** Throws at each place whose id isn't known. */
export function refuseUnknown(agentIds: readonly string[], known: ReadonlySet<string>): void {
  const errors = agentIds.flatMap((id, i) =>
    known.has(id) ? [] : [{ path: `agent_ids.${i}`, message: "is not the id of an agent" }],
  );
  if (errors.length > 0) throw invalid(errors);
}
