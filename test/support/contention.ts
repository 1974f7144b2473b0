/**
 * The statements of a round under seeded random contention: racing writers with overlapping batches, closers, quoters,
 * settlers and recoveries. All numbers of the report but `seen` must be zero. What is visible after a commit proves the
 * order; the times in the rows never do.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { seededRandom } from "../../src/core/random.ts";
import { rulesSchema } from "../../src/core/rules.ts";
import { sqlState } from "../../src/db/errors.ts";
import type { Query } from "../../src/db/query.ts";
import { readDecisionContext } from "../../src/db/statements/decisions/context.ts";
import type { AnswerRow } from "../../src/db/statements/decisions/write.ts";
import { raiseForRecovery, readRecoveries } from "../../src/db/statements/entries/recover.ts";
import { closeRound } from "../../src/db/statements/rounds/close.ts";
import { readFillContext } from "../../src/db/statements/rounds/fill-context.ts";
import { type Look, lookAtTournament } from "../../src/db/statements/rounds/look.ts";
import { settleRound } from "../../src/db/statements/rounds/settle.ts";
import { writeFills } from "../../src/db/statements/rounds/write-fills.ts";
import { checkLedger } from "../../src/ledger/check-ledger.ts";
import { answerRow } from "../../src/rounds/decide.ts";
import type { Fate } from "../../src/rounds/fate.ts";
import { fillRow } from "../../src/rounds/fill.ts";
import { open } from "../../src/rounds/open.ts";
import { quote } from "../../src/rounds/quote.ts";
import { marketAt } from "../../src/rounds/request.ts";
import { storeAnswers } from "../../src/rounds/store-answers.ts";
import { count, world } from "./builders.ts";
import { inProcess } from "./in-process.ts";
import { slowly } from "./slow-statements.ts";

export interface Report {
  readonly seen: { accepted: number; twice: number; late: number; stale: number; settled: number; again: number };
  readonly decisionsAfterClose: number;
  readonly acceptedStale: number;
  readonly acceptedNotStored: number;
  readonly roundsNotSettled: number;
  readonly wrongOrders: number;
  readonly unfilledOrders: number;
  readonly versionErrors: number;
  readonly pointErrors: number;
  readonly ledgerFailures: number;
  readonly faults: readonly string[];
}

export interface TrialOptions {
  readonly rounds: number;
  readonly entries: number;
  /** Takes a guard out of the statements. */
  readonly twin?: (query: Query) => Query;
}

/** `base` is a migrated database of the trial's own, under the real clock. */
export async function trial(base: Query, seed: string, options: TrialOptions): Promise<Report> {
  const random = seededRandom(seed);
  const query = slowly(options.twin?.(base) ?? base);
  const ports = { ...inProcess(query, seed).ports, query };
  const cup = await world(base, { rounds: options.rounds, entries: options.entries });
  const seen = { accepted: 0, twice: 0, late: 0, stale: 0, settled: 0, again: 0 };
  const faults: string[] = [];
  const lapse = (most: number) => sleep(random.next() * most);
  let decisionsAfterClose = 0;
  let acceptedStale = 0;

  const versions = async (ids: readonly string[]) =>
    new Map(
      (await base<{ id: string; version: number }>(`select id, version from entries where id = any($1)`, [ids])).map(
        (e) => [e.id, e.version],
      ),
    );
  const recover = async () => {
    const entry = cup.entries[random.int(cup.entries.length)];
    if (entry) await raiseForRecovery(base, entry.id, await readRecoveries(base, entry.id));
  };
  const choice = (prices: Readonly<Record<string, string>>) => ({
    orders: Array.from({ length: random.next() < 0.5 ? 0 : 1 + random.int(3) }, () => {
      const symbol = Object.keys(prices)[random.int(2)] ?? "";
      return random.next() < 0.6
        ? { side: "buy", symbol, amount: (1 + random.next() * 80).toFixed(2) }
        : { side: "sell", symbol, amount: (random.next() * 0.5).toFixed(8) };
    }),
    reasoning: `chance ${random.next()}`,
    confidence: random.next(),
  });

  const write = async (roundId: string) => {
    const ids = [
      ...new Set(
        Array.from(
          { length: 3 + random.int(cup.entries.length) },
          () => cup.entries[random.int(cup.entries.length)]?.id ?? "",
        ),
      ),
    ].sort();
    await lapse(110);
    const context = await readDecisionContext(query, cup.id, ids);
    if (!context || context.round_id !== roundId || context.due_ms === null) return;
    const market = await marketAt(ports, context, context.due_ms);
    const rows: AnswerRow[] = [];
    for (const entry of context.entries) {
      const made = await answerRow(
        ports,
        context,
        entry,
        market,
        { kind: "choice", choice: choice(market.prices), recovered: false },
        1,
      );
      if ("row" in made) rows.push(made.row);
    }
    await lapse(20);
    const before = await versions(ids);
    const fates = new Map<string, Fate>();
    await storeAnswers(ports, roundId, rows, fates);
    for (const row of rows) {
      const kind = fates.get(row.entry_id)?.kind;
      if (kind === "accepted") seen.accepted++;
      if (kind === "exists") seen.twice++;
      if (kind === "late") seen.late++;
      if (kind === "stale") seen.stale++;
      if (kind === "failed") faults.push("a row was refused");
      // A recovery had raised the version, and committed, before this statement began.
      if (kind === "accepted" && (before.get(row.entry_id) ?? 0) > row.version) acceptedStale++;
    }
  };

  const settle = async (roundId: string) => {
    for (let turn = 0; turn < 200; turn++) {
      const context = await readFillContext(
        query,
        roundId,
        cup.entries.map((entry) => entry.id),
      );
      if (!context || context.entries.length === 0) break;
      const rules = rulesSchema.parse(context.rules);
      const rows = context.entries.slice(0, 6).map((entry) => fillRow(ports, context, entry, rules));
      if (random.next() < 0.4) await lapse(8);
      if (random.next() < 0.2) await recover();
      const { settled } = await writeFills(query, roundId, rows, "trial", null);
      seen.settled += settled.length;
      if (settled.length < rows.length) seen.again++;
    }
    await settleRound(query, roundId);
  };

  const guarded = async (work: Promise<void>) => {
    await work.catch((error: unknown) =>
      faults.push(`${sqlState(error)} ${error instanceof Error ? error.message : error}`),
    );
  };
  const times = (n: number, work: () => Promise<void>) => Array.from({ length: n }, () => guarded(work()));

  for (let number = 0; number < options.rounds; number++) {
    const look = await lookAtTournament(base, cup.id);
    if (!look) throw new Error("the tournament is gone");
    // The view is read once before. The first read is slow, and would make the round's first writers late.
    await ports.views.at(query, viewOf(look, cup.due(number)));
    const opened = await open({ ...ports, query: withDeadline(query, 150) }, look, number, cup.due(number));
    if (!opened) {
      faults.push(`round ${number} did not open`);
      break;
    }
    const roundId = opened.round_id;
    let atClose: number | null = null;
    const close = async () => {
      await lapse(50);
      for (let turn = 0; turn < 200 && atClose === null; turn++) {
        if (await closeRound(query, roundId)) atClose = await count(base, "decisions where round_id = $1", [roundId]);
        else await sleep(3);
      }
    };
    await Promise.all([
      ...times(8, () => write(roundId)),
      ...times(3, close),
      ...times(8, () => lapse(130).then(recover)),
    ]);
    decisionsAfterClose += (await count(base, "decisions where round_id = $1", [roundId])) - (atClose ?? 0);
    await Promise.all(
      times(3, async () => void (await quote(ports, { ...look, round_id: roundId, due_ms: cup.due(number) }))),
    );
    await Promise.all(times(3, () => settle(roundId)));
  }
  return { seen, decisionsAfterClose, acceptedStale, ...(await totals(base, seen.accepted)), faults };
}

function viewOf(
  { candle_source_id: sourceId, symbols, source_interval_seconds: base, interval_seconds: own }: Look,
  dueMs: number,
) {
  return { sourceId, symbols, baseMs: base * 1000, intervalMs: own * 1000, dueMs };
}

/** Rounds last some ten milliseconds of real time here, whatever their interval is. */
function withDeadline(query: Query, ms: number): Query {
  return (text, params = []) =>
    text.includes("insert into snapshots")
      ? query(text.replaceAll("$5::float8", `(agonus_ms(agonus_now()) + ${ms} + 0 * $5::float8)`), params)
      : query(text, params);
}

async function totals(query: Query, accepted: number) {
  const ledger = await checkLedger(query);
  return {
    acceptedNotStored: Math.abs((await count(query, "decisions")) - accepted),
    roundsNotSettled: await count(query, "rounds where state <> 'settled'"),
    wrongOrders: await count(
      query,
      "decisions d where order_count <> (select count(*) from orders o where o.round_id = d.round_id and o.entry_id = d.entry_id)",
    ),
    unfilledOrders: await count(
      query,
      `orders o where o.state not in ('filled', 'refused') or (o.state = 'filled') <> exists (
         select from trades t where t.round_id = o.round_id and t.entry_id = o.entry_id and t.seq = o.seq)`,
    ),
    versionErrors: await count(
      query,
      `entries e where version <> recoveries + 2 * (select count(*) from decisions d where d.entry_id = e.id and exists (
         select from orders o where o.round_id = d.round_id and o.entry_id = e.id and o.refused_at is distinct from 'decision'))`,
    ),
    pointErrors: Math.abs((await count(query, "equity_points")) - (await count(query, "rounds, entries"))),
    ledgerFailures: ledger.failures,
  };
}

/** The violations in a report, in words. Empty when there are none. */
export function failings(report: Report): string[] {
  const { seen: _, faults, ...counts } = report;
  const wrong = Object.entries(counts).flatMap(([what, n]) => (n === 0 ? [] : [`${what} ${n}`]));
  return [...wrong, ...new Set(faults)];
}
