/** Runs the faults in the order and at the moments that plan.ts deals, most of them in the middle of rounds. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../../src/core/random.ts";
import type { Query } from "../../src/db/query.ts";
import { faultKinds } from "./faults.ts";
import { deck, untilStrike } from "./plan.ts";
import { postgresProcesses, runtimes } from "./processes.ts";
import type { Struck } from "./recovery.ts";
import { type FaultKind, type Field, untilBack } from "./strikes.ts";

export interface Breaking {
  readonly kinds: readonly string[] | null;
  readonly intervalSeconds: number;
  readonly random: Random;
  readonly untilMs: number;
  readonly print: (line: string) => void;
  /** How many faults that excuse are under way. The watch for stuck tasks measures available time by it. */
  readonly under: { way: number };
}

export interface Broken {
  readonly faults: readonly Struck[];
  /** "round entry" of each decision that was owed and undone when a fault struck. */
  readonly interrupted: ReadonlySet<string>;
  /** The processes that did not come back, a sentence each. */
  readonly away: readonly string[];
}

const OWED = `
select r.number || ' ' || e.id as key from rounds r
join entries e on e.tournament_id = r.tournament_id and e.first_round <= r.number
where r.tournament_id = $1 and r.state = 'open' and not exists (
  select from decisions d where d.round_id = r.id and d.entry_id = e.id)`;

export async function breakThings(field: Field, breaking: Breaking): Promise<Broken> {
  const { random, print, untilMs } = breaking;
  const faults: Struck[] = [];
  const interrupted = new Set<string>();
  const away: string[] = [];
  const beside: Promise<void>[] = [];
  const pause = async (ms: number) => {
    await sleep(Math.max(0, Math.min(ms, untilMs - Date.now())), undefined, { signal: field.signal }).catch(() => {});
  };
  const over = () => field.signal.aborted || Date.now() >= untilMs;
  const [cup] = await field.query<{ ms: number }>(
    "select (extract(epoch from starts_at) * 1000)::float8 as ms from tournaments where id = $1",
    [field.scene.tournamentId],
  );
  const startsAt = cup?.ms ?? Date.now();

  const strike = async (name: string, kind: FaultKind) => {
    const owed = await field.query<{ key: string }>(OWED, [field.scene.tournamentId]).catch(() => []);
    if (kind.excuses) for (const { key } of owed) interrupted.add(key);
    const before = [...runtimes(field.dataDir), ...postgresProcesses(field.dataDir).slice(0, 1)];
    const startMs = Date.now();
    print(`${name}${owed.length > 0 ? `, with ${owed.length} decisions owed` : ""}`);
    const weight = kind.excuses ? 1 : 0;
    breaking.under.way += weight;
    try {
      await kind.strike(field, random);
    } catch (error) {
      // A strike that throws counts as a fault too, by what it did until then.
      print(`${name} was not done to its end: ${error instanceof Error ? error.message : error}`);
    }
    const harmedMs = Date.now();
    if (kind.restarts && !(await untilBack(field, before))) away.push(`after ${name} the stack did not come back`);
    breaking.under.way -= weight;
    const endMs = Date.now();
    if (endMs - startMs > 1000) print(`${name} is over after ${((endMs - startMs) / 1000).toFixed(1)} s`);
    faults.push({ kind: name, excuses: kind.excuses, startMs, harmedMs, endMs });
  };

  const chosen = Object.fromEntries(
    Object.entries(faultKinds).filter(([name]) => breaking.kinds?.includes(name) ?? true),
  );
  const deal = deck(chosen, random);
  // The first round runs undisturbed: faults in a stack that never ran prove nothing.
  await pause(startsAt - Date.now() + breaking.intervalSeconds * 1000);
  for (const name of deal) {
    const kind = faultKinds[name];
    if (kind === undefined) throw new Error(`no such fault: ${name}`);
    await pause(untilStrike(kind.at, random, Date.now() - startsAt, breaking.intervalSeconds * 1000));
    if (over()) break;
    const struck = strike(name, kind);
    if (kind.beside) beside.push(struck);
    else await struck;
    await pause(kind.excuses ? 5000 + random.next() * 9000 : 2000);
  }
  await pause(untilMs - Date.now());
  await Promise.all(beside);
  return { faults: faults.sort((a, b) => a.startMs - b.startMs), interrupted, away };
}

/** A task is stuck when it stands in STARTED without a live lease for longer than this of available time. */
const STUCK_MS = 30_000;
const LOOK_MS = 2000;

/** `stop` answers a line for each stuck task. Time is available while no fault is under way and the database answers. */
export function watchTasks(query: Query, under: { readonly way: number }): { stop(): Promise<string[]> } {
  const without = new Map<string, number>();
  const stuck = new Map<string, string>();
  const ending = new AbortController();
  const look = async () => {
    if (under.way > 0) return;
    const rows = await query<{ id: string; told: string }>(
      `select id, concat_ws(' ', name, id, 'attempt', attempt, 'lost', lost_leases, 'lease until', lease_until, history) as told
       from tasks where state = 'STARTED' and lease_until < agonus_now()`,
    ).catch(() => null);
    if (rows === null) return;
    const now = new Set(rows.map(({ id }) => id));
    for (const id of without.keys()) if (!now.has(id)) without.delete(id);
    for (const { id, told } of rows) {
      without.set(id, (without.get(id) ?? 0) + LOOK_MS);
      if ((without.get(id) ?? 0) > STUCK_MS) stuck.set(id, told);
    }
  };
  const watch = async () => {
    while (!ending.signal.aborted) {
      await sleep(LOOK_MS, undefined, { signal: ending.signal }).catch(() => {});
      await look();
    }
  };
  const watching = watch();
  return {
    stop: async () => {
      ending.abort();
      await watching;
      return [...stuck.values()];
    },
  };
}
