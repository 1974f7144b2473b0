/**
 * The condition of a list of tasks, as SQL with parameters. A search by text has several branches, whose union answers
 * it: each can be read by an index of its own, which an OR of them could not.
 */
import type { Query } from "../query.ts";
import { partOf } from "./text-search.ts";

export interface TaskFilter {
  readonly states: readonly string[] | null;
  readonly name: string | null;
  readonly queue: string | null;
  readonly agentId: string | null;
  readonly entryId: string | null;
  readonly tournamentId: string | null;
  readonly signature: string | null;
  /** Created at or after, and before. ISO times. */
  readonly since: string | null;
  readonly until: string | null;
  /** Ended at or after, as GET /errors counts. */
  readonly finishedSince: string | null;
  /** An id, or a part of a name or of an error's code or message. */
  readonly q: string | null;
  /** Paths into the arguments and the values there, in the text form of strings, numbers and booleans. */
  readonly args: readonly { readonly path: readonly string[]; readonly value: string }[];
}

export interface Branch {
  readonly where: string;
  /** More than one condition, or one without an order by id: its matches are gathered by index before they are sorted. */
  readonly gathered: boolean;
}

export interface Condition {
  readonly params: readonly unknown[];
  readonly branches: readonly Branch[];
}

const MOST = "run_agent_decision";
const ERROR_TEXT = `((error->>'code') || ' ' || (error->>'message'))`;
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
  if (filter.tournamentId) all.push(`tournament_id = ${bind(filter.tournamentId)}::uuid`);
  if (filter.entryId) all.push(`entry_id = ${bind(filter.entryId)}::uuid`);
  if (filter.agentId) {
    const ids = await query<{ id: string }>(`select id from entries where agent_id = $1`, [filter.agentId]);
    const named = bind(JSON.stringify({ agent_id: filter.agentId }));
    all.push(`(entry_id = any(${bind(ids.map((entry) => entry.id))}::uuid[]) or args @> ${named}::jsonb)`);
    gathers = true;
  }
  if (filter.signature) {
    all.push(`state = 'FAILURE' and coalesce(signature, error->>'code') = ${bind(filter.signature)}`);
  }
  for (const { path, value } of filter.args) {
    const forms = argForms(path, value).map((form) => `args @> ${bind(JSON.stringify(form))}::jsonb`);
    all.push(`(${forms.join(" or ")})`);
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
  if (filter.q === null) return { params, branches: [{ where: base, gathered: gathers || conditions > 1 }] };
  const found = await searches(query, filter.q, bind);
  const branches = found.map(({ where, ordered }) => ({
    where: `${base} and ${where}`,
    gathered: gathers || conditions > 0 || !ordered,
  }));
  return { params, branches };
}

function nameIs(name: string, bind: (value: unknown) => string): string {
  return name === MOST ? `name = '${MOST}'` : `name = ${bind(name)} and name <> '${MOST}'`;
}

/** What a text may mean. Names are few and stand in the roll-up; nothing is searched letter by letter in every row. */
async function searches(query: Query, q: string, bind: (value: unknown) => string) {
  if (UUID.test(q)) {
    const id = bind(q);
    return [
      { where: `id = ${id}::uuid`, ordered: true },
      { where: `entry_id = ${id}::uuid`, ordered: true },
      { where: `tournament_id = ${id}::uuid`, ordered: true },
      { where: `args @> ${bind(JSON.stringify({ agent_id: q.toLowerCase() }))}::jsonb`, ordered: false },
    ];
  }
  const pattern = partOf(q);
  const names = await query<{ name: string }>(`select distinct name from task_counts where name ilike $1`, [pattern]);
  return [
    ...names.map(({ name }) => ({ where: nameIs(name, bind), ordered: true })),
    { where: `error is not null and ${ERROR_TEXT} ilike ${bind(pattern)}`, ordered: false },
  ];
}

/** A value in a query is text; in the arguments it may be a string, a number or a boolean, alone or in a list. */
function argForms(path: readonly string[], value: string): unknown[] {
  const plain = /^(true|false|-?(0|[1-9]\d{0,14})(\.\d{1,15})?)$/.test(value) ? [value, JSON.parse(value)] : [value];
  const forms = plain.flatMap((form) => [form, [form]]);
  return forms.map((form) => path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), form));
}

/** The ids that match, newest first, at most `limit` (a parameter's name); `bound` is one more condition on id. */
export function matchingIds(condition: Condition, bound: string, limit: string): string {
  const parts = condition.branches.map(({ where, gathered }) =>
    gathered
      ? `(with hits as materialized (select id from tasks where ${where} and ${bound}) select id from hits order by id desc limit ${limit})`
      : `(select id from tasks where ${where} and ${bound} order by id desc limit ${limit})`,
  );
  return `select id from (${parts.join(" union ")}) matches order by id desc limit ${limit}`;
}
