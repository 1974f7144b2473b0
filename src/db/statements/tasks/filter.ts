/**
 * The condition of a list of tasks, as SQL with parameters. A search by text has several branches, whose union answers
 * it: each can be read by an index of its own, which an OR of them could not.
 */
import type { Query } from "../../query.ts";
import { partOf } from "../../text-search.ts";

export interface TaskFilter {
  readonly states: readonly string[] | null;
  readonly name: string | null;
  readonly queue: string | null;
  /** Any of them. Names were turned into ids before: several agents or tournaments may have one name. */
  readonly agentIds: readonly string[] | null;
  readonly entryId: string | null;
  readonly tournamentIds: readonly string[] | null;
  /** Tasks that a bulk job has done something with, or was to. */
  readonly bulkId: string | null;
  readonly signature: string | null;
  /** Created at or after, and before. ISO times. */
  readonly since: string | null;
  readonly until: string | null;
  /** Ended at or after, as GET /errors counts. */
  readonly finishedSince: string | null;
  /** An id, or a part of the name of a task, an agent or a tournament, or of an error's code or message. */
  readonly q: string | null;
  /** Paths into the arguments and the values there, in the text form of strings, numbers and booleans. */
  readonly args: readonly { readonly path: readonly string[]; readonly value: string }[];
}

export interface Branch {
  readonly where: string;
  /** A column, and the parameter that holds its values: each value's newest rows are read by index. */
  readonly each?: { readonly column: "entry_id" | "tournament_id"; readonly values: string };
  /** More than one condition, or one without an order by id: its matches are gathered by index before they are sorted. */
  readonly gathered: boolean;
}

export interface Condition {
  readonly params: readonly unknown[];
  readonly branches: readonly Branch[];
  /** The parameter that holds a bulk job's id: its items are read in order, and each one's task is looked up. */
  readonly bulk?: string;
}

const MOST = "run_agent_decision";
const ERROR_TEXT = `((error->>'code') || ' ' || (error->>'message'))`;
/** So many entries and tournaments of one searched name are looked at, the newest first. */
const NAMED_MAX = 1000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** `firstParam`: how many parameters the statement has before those of the condition. */
export async function conditionOf(query: Query, filter: TaskFilter, firstParam: number): Promise<Condition> {
  const params: unknown[] = [];
  const bind = (value: unknown) => `$${firstParam + params.push(value)}`;
  const all: string[] = [];
  let gathers = false;

  if (filter.states) {
    const [only, ...others] = filter.states;
    all.push(others.length === 0 ? `state = ${bind(only)}` : `state = any(${bind(filter.states)}::text[])`);
    // Said in words for the partial index, which a parameter can't imply.
    if (!filter.states.includes("SUCCESS")) all.push(`state <> 'SUCCESS'`);
    gathers ||= others.length > 0;
  }
  if (filter.name) all.push(nameIs(filter.name, bind));
  if (filter.queue) {
    const dense = filter.queue === "agents";
    all.push(`queue = ${bind(filter.queue)}${dense ? "" : ` and name <> '${MOST}'`}`);
  }
  if (filter.tournamentIds) {
    const [only, ...others] = filter.tournamentIds;
    all.push(
      others.length === 0
        ? `tournament_id = ${bind(only ?? null)}::uuid`
        : `tournament_id = any(${bind(filter.tournamentIds)}::uuid[])`,
    );
    gathers ||= others.length > 0;
  }
  if (filter.entryId) all.push(`entry_id = ${bind(filter.entryId)}::uuid`);
  if (filter.agentIds) {
    const ids = await entriesOf(query, filter.agentIds);
    // A task whose row has no arguments always has an entry, so the first condition finds it.
    const named = filter.agentIds.map((agent_id) => `args @> ${bind(JSON.stringify({ agent_id }))}::jsonb`);
    all.push(`(${[`entry_id = any(${bind(ids)}::uuid[])`, ...named].join(" or ")})`);
    gathers = true;
  }
  if (filter.signature) {
    all.push(`state = 'FAILURE' and coalesce(signature, error->>'code') = ${bind(filter.signature)}`);
  }
  for (const { path, value } of filter.args) {
    const forms = argForms(path, value).map((form) => `args @> ${bind(JSON.stringify(form))}::jsonb`);
    const composed = await composedArg(query, path, value, bind);
    all.push(`(${[...forms, ...composed].join(" or ")})`);
    gathers = true;
  }
  const conditions = all.length;
  if (filter.since) {
    all.push(`created_at >= ${bind(filter.since)}::timestamptz`);
    all.push(`id >= agonus_uuid_at(${bind(filter.since)}::timestamptz - interval '1 hour')`);
  }
  if (filter.until) {
    all.push(`created_at < ${bind(filter.until)}::timestamptz`);
    all.push(`id < agonus_uuid_at(${bind(filter.until)}::timestamptz + interval '1 hour')`);
  }
  if (filter.finishedSince) all.push(`finished_at >= ${bind(filter.finishedSince)}::timestamptz`);
  const base = all.length === 0 ? "true" : all.join(" and ");
  const bulk = filter.bulkId === null ? {} : { bulk: bind(filter.bulkId) };
  if (filter.q === null) return { params, branches: [{ where: base, gathered: gathers || conditions > 1 }], ...bulk };
  const found = await searches(query, filter.q, bind);
  const branches = found.map(({ where, ordered, ...rest }) => ({
    where: `${base} and ${where}`,
    gathered: gathers || conditions > 0 || !ordered,
    ...rest,
  }));
  return { params, branches, ...bulk };
}

function nameIs(name: string, bind: (value: unknown) => string): string {
  return name === MOST ? `name = '${MOST}'` : `name = ${bind(name)} and name <> '${MOST}'`;
}

interface Search extends Pick<Branch, "where" | "each"> {
  readonly ordered: boolean;
}

const NAMED = `
select array(select distinct name from task_counts where name ilike $1) as names,
  array(select e.id from agents a join entries e on e.agent_id = a.id where (a.name || ' ' || a.id::text) ilike $1 and a.name ilike $1
    order by e.id desc limit ${NAMED_MAX}) as entries,
  array(select id from tournaments where name ilike $1 order by id desc limit ${NAMED_MAX}) as tournaments`;

/** What a searched text may stand for. Task names are read from the roll-up, so no search reads the names of all rows. */
async function searches(query: Query, q: string, bind: (value: unknown) => string): Promise<Search[]> {
  const each = (column: "entry_id" | "tournament_id", ids: readonly string[]): Search[] => {
    if (ids.length === 0) return [];
    const values = bind(ids);
    return [{ where: `${column} = any(${values}::uuid[])`, each: { column, values }, ordered: true }];
  };
  if (UUID.test(q)) {
    const id = bind(q);
    return [
      ...each("entry_id", await entriesOf(query, [q])),
      { where: `id = ${id}::uuid`, ordered: true },
      { where: `entry_id = ${id}::uuid`, ordered: true },
      { where: `tournament_id = ${id}::uuid`, ordered: true },
      { where: `args @> ${bind(JSON.stringify({ agent_id: q.toLowerCase() }))}::jsonb`, ordered: false },
    ];
  }
  const pattern = partOf(q);
  const [named] = await query<{ names: string[]; entries: string[]; tournaments: string[] }>(NAMED, [pattern]);
  return [
    ...(named?.names ?? []).map((name) => ({ where: nameIs(name, bind), ordered: true })),
    ...each("entry_id", named?.entries ?? []),
    ...each("tournament_id", named?.tournaments ?? []),
    { where: `error is not null and ${ERROR_TEXT} ilike ${bind(pattern)}`, ordered: false },
  ];
}

/**
 * A condition on an argument, for tasks whose row has none. The SQL function agonus_decision_args gives those tasks three arguments,
 * so a search can match them by these three alone.
 */
async function composedArg(
  query: Query,
  path: readonly string[],
  value: string,
  bind: (value: unknown) => string,
): Promise<string[]> {
  const [name, ...deeper] = path;
  if (deeper.length > 0) return [];
  if (name === "recover_from_crash" && value === "true") return ["args is null"];
  if (!UUID.test(value) || value !== value.toLowerCase()) return [];
  if (name === "tournament_id") return [`args is null and tournament_id = ${bind(value)}::uuid`];
  if (name === "agent_id") return [`args is null and entry_id = any(${bind(await entriesOf(query, [value]))}::uuid[])`];
  return [];
}

async function entriesOf(query: Query, agentIds: readonly string[]): Promise<string[]> {
  const rows = await query<{ id: string }>("select id from entries where agent_id = any($1::uuid[])", [agentIds]);
  return rows.map((row) => row.id);
}

/** A value in a query is text; in the arguments it may be a string, a number or a boolean, alone or in a list. */
function argForms(path: readonly string[], value: string): unknown[] {
  const plain = /^(true|false|-?(0|[1-9]\d{0,14})(\.\d{1,15})?)$/.test(value) ? [value, JSON.parse(value)] : [value];
  const forms = plain.flatMap((form) => [form, [form]]);
  return forms.map((form) => path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), form));
}

export type Order = "newest" | "oldest";
const direction = { newest: "desc", oldest: "asc" } as const;

/** The ids that match, in order, at most `limit` (a parameter's name); `bound` is one more condition on id. */
export function matchingIds(condition: Condition, bound: string, limit: string, order: Order = "newest"): string {
  const sorted = `order by id ${direction[order]} limit ${limit}`;
  if (condition.bulk) {
    const where = condition.branches.map((branch) => `(${branch.where})`).join(" or ");
    return `select id from bulk_items i cross join lateral (
      select id from tasks where tasks.id = i.task_id and (${where}) and ${bound}) t
      where i.job_id = ${condition.bulk}::uuid order by i.task_id ${direction[order]} limit ${limit}`;
  }
  const parts = condition.branches.map(({ where, gathered, each }) => {
    if (gathered) {
      return `(with hits as materialized (select id from tasks where ${where} and ${bound}) select id from hits ${sorted})`;
    }
    if (!each) return `(select id from tasks where ${where} and ${bound} ${sorted})`;
    return `(select x.id from unnest(${each.values}::uuid[]) v(value) cross join lateral (
      select id from tasks where tasks.${each.column} = v.value and ${bound} ${sorted}) x)`;
  });
  return `select id from (${parts.join(" union ")}) matches ${sorted}`;
}
