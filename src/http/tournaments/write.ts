/** Makes and changes tournaments. All checks come before the first write, so a refusal leaves nothing behind. */
import type { PreflightAnswer } from "../../api/arena-answers.ts";
import { overCapacity } from "../../core/capacity.ts";
import { CodedError } from "../../core/error-codes.ts";
import { marketClock } from "../../core/market-clock.ts";
import { rulesSchema } from "../../core/rules.ts";
import { canonicalJson } from "../../core/text/canonical.ts";
import { Lookalikes } from "../../core/text/look-alike.ts";
import { isVenueName } from "../../core/venue-names.ts";
import { readAgentsToJoin } from "../../db/statements/entries/agents-to-join.ts";
import type { NewEntry } from "../../db/statements/entries/join.ts";
import { readPriceRanges } from "../../db/statements/markets/price-ranges.ts";
import { readUnqualified } from "../../db/statements/practice/qualification.ts";
import { readTournamentBasis } from "../../db/statements/tournaments/basis.ts";
import type { TournamentRow } from "../../db/statements/tournaments/columns.ts";
import { deleteUnusedSource } from "../../db/statements/tournaments/delete.ts";
import { insertTournament } from "../../db/statements/tournaments/insert.ts";
import { relabelTournament, updateTournament } from "../../db/statements/tournaments/update.ts";
import { createSyntheticSource, ensureVenueSource } from "../../markets/create-source.ts";
import { drawsInSecret } from "../../markets/market-key.ts";
import { freezeEntry } from "../../rounds/freeze-entry.ts";
import type { HttpDeps } from "../deps.ts";
import { invalid, parseAt } from "../request/validation.ts";
import type { TournamentBody, TournamentPatchBody } from "./bodies.ts";
import { checkSettings, firstOpenAt, refuseTooLarge } from "./check-settings.ts";
import { onVenues } from "./check-venues.ts";
import { withFirstPrices } from "./first-prices.ts";
import { frozen, type Market, type Settings } from "./frozen.ts";
import { preflight } from "./preflight.ts";

/** Everything that is checked before a tournament is made. */
async function planned(deps: HttpDeps, { agent_ids, ...settings }: TournamentBody) {
  const entries = await entriesOf(deps, agent_ids);
  if (settings.rules.qualified_only && (await readUnqualified(deps.query, agent_ids)).length > 0) {
    throw new CodedError("agent.not_qualified");
  }
  const asked = await checked(deps, settings, settings.rules.candle_source ?? null, entries.length);
  return { ...asked, entries };
}

/** Describes the tournament that the body would make, but makes nothing. It refuses what `createTournament` refuses. */
export async function planTournament(deps: HttpDeps, body: TournamentBody): Promise<PreflightAnswer> {
  const { settings, entries, fileSource, now } = await planned(deps, body);
  return preflight(settings, entries, now, fileSource?.market_clock ?? marketClock(settings.interval_seconds));
}

/** Returns the new tournament's id. */
export async function createTournament(deps: HttpDeps, body: TournamentBody): Promise<string> {
  const { settings, entries, fileSource } = await planned(deps, body);
  const id = deps.newId();
  const source = await sourceOf(deps, settings, fileSource, `synthetic:${id}`);
  try {
    if (!(await insertTournament(deps.query, id, settings.market, await frozen(settings, source), entries)))
      throw new CodedError("request.conflict", "The candles changed meanwhile: ask again.");
  } catch (error) {
    if (settings.market === "synthetic") await deleteUnusedSource(deps.query, source.id);
    throw error;
  }
  if (!fileSource) await withFirstPrices(deps, source.id);
  return id;
}

/** Makes the whole change, or throws when the tournament's state forbids a part of it. */
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
  const wanted = {
    ...before,
    ...present(patch),
    rules: parseAt(rulesSchema, { ...row.rules, ...patch.rules }, "rules"),
  };
  const currentFiles = row.market === "replay" ? row.candle_source_id : null;
  const named = wanted.rules.candle_source ?? currentFiles;
  const { settings, fileSource } = await checked(deps, wanted, named, row.entries);
  // A market that was made before market keys existed has no commitment. It is made again, with a key.
  const isOwn = settings.market === "synthetic";
  const remade = isOwn && (row.market_commitment === null || marketOf(settings) !== marketOf(before));
  const source =
    isOwn && !remade
      ? marketIn({ ...row, id: row.candle_source_id })
      : await sourceOf(deps, settings, fileSource, `synthetic:${deps.newId()}`);
  const changed = await updateTournament(deps.query, row.id, row.rules_hash, await frozen(settings, source));
  if (remade) {
    await deleteUnusedSource(deps.query, changed ? row.candle_source_id : source.id);
  }
  if (!changed) throw new CodedError("request.conflict", "The tournament changed meanwhile: read it again.");
}

/**
 * Throws where something is wrong. `fileSource` is the source of a replay's stored candles; null for live markets. The settings
 * come back with a venue's names for the symbols.
 */
async function checked(deps: HttpDeps, asked: Settings, named: string | null, entries: number) {
  const settings = await onVenues(deps, asked);
  const { now, source } = await readTournamentBasis(deps.query, named, settings.symbols);
  checkSettings(settings, now, source);
  const tooMany = overCapacity(settings.market, settings.interval_seconds, entries);
  if (tooMany)
    throw invalid(
      [{ path: "interval_seconds", message: `is too short: ${tooMany.slice(0, -1)}` }],
      "tournament.over_capacity",
    );
  const fileSource = settings.market === "replay" ? source : null;
  if (fileSource) {
    const { symbols, interval_seconds, starts_at, ends_at, starting_cash } = settings;
    const from = Date.parse(starts_at) - interval_seconds * 1000;
    const ranges = await readPriceRanges(deps.query, fileSource.id, symbols, from, Date.parse(ends_at) - 1);
    refuseTooLarge(starting_cash, ranges);
  }
  return { settings, now, fileSource };
}

function marketIn(source: { id: string; market_clock: number; market_commitment: string | null }): Market {
  return { id: source.id, clock: source.market_clock, commitment: source.market_commitment };
}

/** The candles of a tournament: imported ones, a venue's, or a synthetic market's of its own, which is made here. */
async function sourceOf(
  deps: HttpDeps,
  settings: Settings,
  files: Parameters<typeof marketIn>[0] | null,
  syntheticId: string,
): Promise<Market> {
  if (files) return marketIn(files);
  if (!isVenueName(settings.market)) return makeSynthetic(deps, settings, syntheticId);
  const id = await ensureVenueSource(deps.query, settings.market, settings.interval_seconds);
  for (const venue of settings.rules.venues ?? [])
    await ensureVenueSource(deps.query, venue, settings.interval_seconds);
  return { id, clock: 1, commitment: null };
}

/**
 * Makes a synthetic market for one tournament alone. So two tournaments with the same seed have different prices, and each
 * market key is published when its own tournament ends.
 */
async function makeSynthetic(deps: HttpDeps, settings: Settings, id: string): Promise<Market> {
  const commitment = await createSyntheticSource(deps.query, {
    id,
    seed: settings.rules.seed,
    symbols: settings.symbols,
    intervalSeconds: settings.interval_seconds,
    firstOpenAt: firstOpenAt(settings),
    // A live market always draws with a key: outside agents may join later.
    key: drawsInSecret("synthetic", []) ? deps.newMarketKey() : null,
  });
  return { id, clock: marketClock(settings.interval_seconds), commitment };
}

/** What the synthetic candles depend on. */
function marketOf({ symbols, starts_at, interval_seconds, rules }: Settings): string {
  return canonicalJson({ symbols, starts_at, interval_seconds, seed: rules.seed });
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

/** The entries in the order of the ids. Throws when an id is not an agent's, and when two names are equal or look alike. */
async function entriesOf(deps: HttpDeps, agentIds: readonly string[]): Promise<NewEntry[]> {
  if (agentIds.length === 0) return [];
  const agents = new Map((await readAgentsToJoin(deps.query, agentIds)).map((agent) => [agent.id, agent]));
  refuseUnknown(agentIds, new Set(agents.keys()));
  const entries = agentIds.flatMap((id) => {
    const agent = agents.get(id);
    return agent ? [freezeEntry(agent, deps.newId())] : [];
  });
  const seen = new Lookalikes<{ readonly place: number; readonly name: string }>();
  for (const [place, { agent_name: name, ...look }] of entries.entries()) {
    const rival = seen.add(look, { place, name });
    if (rival) refuseLookalike(place, name, rival);
  }
  return entries;
}

function refuseLookalike(place: number, name: string, rival: { readonly place: number; readonly name: string }): never {
  const other = `agent_ids.${rival.place}`;
  const [message, detail] =
    name === rival.name
      ? [`has the same name as ${other}`, `Two of the agents are named ${name}.`]
      : [`has a name that looks like that of ${other}`, `The names ${name} and ${rival.name} look alike.`];
  throw new CodedError("agent.name_taken", detail, [{ path: `agent_ids.${place}`, message }]);
}

/** Throws when an id is not an agent's. The error names the place of every such id. */
export function refuseUnknown(agentIds: readonly string[], known: ReadonlySet<string>): void {
  const errors = agentIds.flatMap((id, i) =>
    known.has(id) ? [] : [{ path: `agent_ids.${i}`, message: "is not the id of an agent" }],
  );
  if (errors.length > 0) throw invalid(errors);
}
