/** GET /inspect/attention: what an operator should look at now, the worst first, and the counts of the navigation. Operators only. */
import { Hono } from "hono";
import { limits } from "../../core/limits.ts";
import type { Mending } from "../../core/tasks/mending.ts";
import { queueNames } from "../../core/tasks/queues.ts";
import { ATTENTION_MINUTES, type AttentionRow, readAttention } from "../../db/statements/attention/read.ts";
import { listShortOfMoney, type ShortOfMoney } from "../../db/statements/models/short-of-money.ts";
import { listStuckRounds, type StuckRound } from "../../db/statements/rounds/stuck.ts";
import { nowMs } from "../../db/statements/schedules/list-ticks.ts";
import { readClocks } from "../../db/statements/schedules/read-clocks.ts";
import { type ErrorGroup, errorGroups } from "../../db/statements/tasks/errors.ts";
import { schedules } from "../../tasks/schedules.ts";
import type { HttpEnv } from "../context.ts";
import { mendingOfGroup } from "../errors/group-mending.ts";
import { requireViewer } from "../session/rights.ts";

/** A task that waits for longer than this needs a look. */
const WAIT_SECONDS = 30;
const STUCK_MAX = 5;
const SHORT_MAX = 10;
const GROUPS_MAX = 100;
const GROUPS_SHOWN = 5;

/** One line of the list. `bad`: something is broken now. `wait`: something was, or an operator holds something back. */
export type AttentionItem = { readonly tone: "bad" | "wait" } & (
  | { readonly kind: "clock_silent"; readonly clock: "cron" | "beat"; readonly age_seconds: number }
  | {
      readonly kind: "round_stuck";
      readonly tournament_id: string;
      readonly tournament: string;
      readonly round: number;
      readonly since: string;
    }
  /** budget_spent: it only holds, since its money does not last for a step. budget_low: four fifths are spent. */
  | ({ readonly kind: "budget_spent" | "budget_low" } & ShortOfMoney)
  | { readonly kind: "queue_waits"; readonly queue: string; readonly seconds: number; readonly is_consumed: boolean }
  | { readonly kind: "consumers_silent"; readonly consumers: number; readonly tasks: number }
  | { readonly kind: "recoveries"; readonly mended: number; readonly lost: number }
  | ({
      readonly kind: "errors";
      readonly signature: string;
      readonly code: string | null;
      readonly count: number;
      readonly last_seen: string;
    } & Mending)
  | {
      readonly kind: "late_ticks";
      readonly schedule: string;
      readonly ticks: number;
      readonly outcome: string;
      readonly last_due_at: string;
    }
  | { readonly kind: "dead_letters"; readonly letters: number }
  | {
      readonly kind: "queue_paused";
      readonly queue: string;
      readonly since: string;
      readonly by: string | null;
      readonly reason: string | null;
    }
  | {
      readonly kind: "schedule_paused";
      readonly schedule: string;
      readonly since: string;
      readonly by: string | null;
      readonly reason: string | null;
    }
  | {
      readonly kind: "tournament_paused";
      readonly tournament_id: string;
      readonly tournament: string;
      readonly since: string;
    }
);

export const inspectAttentionRoutes = new Hono<HttpEnv>().get("/inspect/attention", requireViewer, async (c) => {
  const { query } = c.get("deps");
  const names = schedules.map(({ name }) => name);
  const since = new Date((await nowMs(query)) - ATTENTION_MINUTES * 60_000).toISOString();
  const [row, groups, stuck, clocks, short] = await Promise.all([
    readAttention(query, names, queueNames, WAIT_SECONDS),
    errorGroups(query, { name: null, since, before: null, limit: GROUPS_MAX }),
    listStuckRounds(query, STUCK_MAX),
    readClocks(query),
    listShortOfMoney(query, SHORT_MAX),
  ]);
  return c.json({
    minutes: ATTENTION_MINUTES,
    items: attention(row, groups, stuck, clocks, short),
    counts: {
      tasks: row.open_tasks,
      /** Groups of the last hour. */
      errors: groups.length,
      bulk: row.bulk_running,
      queues: row.paused_queues.length + row.waiting.length,
      dead_letters: row.dead_letters,
      consumers: row.consumers_alive,
      schedules: row.paused_schedules.length + row.late_ticks.length,
      recoveries: row.recoveries.mended + row.recoveries.lost,
    },
  });
});

/** Pure. */
function attention(
  row: AttentionRow,
  groups: readonly ErrorGroup[],
  stuck: readonly StuckRound[],
  clocks: Readonly<Record<"cron" | "beat", number | null>>,
  short: readonly ShortOfMoney[],
): AttentionItem[] {
  const silentAfter = { cron: limits.cronSilentSeconds, beat: limits.beatSilentSeconds } as const;
  const { mended, lost } = row.recoveries;
  const { consumers, tasks } = row.silent;
  const items: AttentionItem[] = [
    ...(["cron", "beat"] as const).flatMap((clock) => {
      const age_seconds = clocks[clock];
      const silent = age_seconds !== null && age_seconds > silentAfter[clock];
      return silent ? [{ kind: "clock_silent", tone: "bad", clock, age_seconds } as const] : [];
    }),
    ...stuck.map(
      ({ tournament_id, tournament, round, since }) =>
        ({ kind: "round_stuck", tone: "bad", tournament_id, tournament, round, since }) as const,
    ),
    ...short.map((each) =>
      each.holds > 0
        ? ({ kind: "budget_spent", tone: "bad", ...each } as const)
        : ({ kind: "budget_low", tone: "wait", ...each } as const),
    ),
    ...row.waiting.map((each) => ({ kind: "queue_waits", tone: "bad", ...each }) as const),
    ...(consumers > 0 ? [{ kind: "consumers_silent", tone: "bad", consumers, tasks } as const] : []),
    ...(mended + lost > 0 ? [{ kind: "recoveries", tone: lost > 0 ? "bad" : "wait", mended, lost } as const] : []),
    ...groups.slice(0, GROUPS_SHOWN).map(
      ({ signature, code, count, last_seen, rounds_of }) =>
        ({
          ...({ kind: "errors", tone: "bad", signature, code, count, last_seen } as const),
          ...mendingOfGroup({ code, rounds_of }),
        }) as const,
    ),
    ...row.late_ticks.map((each) => ({ kind: "late_ticks", tone: "wait", ...each }) as const),
    ...(row.dead_letters > 0 ? [{ kind: "dead_letters", tone: "bad", letters: row.dead_letters } as const] : []),
    ...row.paused_queues.map((each) => ({ kind: "queue_paused", tone: "wait", ...each }) as const),
    ...row.paused_schedules.map((each) => ({ kind: "schedule_paused", tone: "wait", ...each }) as const),
    ...row.paused_tournaments.map((each) => ({ kind: "tournament_paused", tone: "wait", ...each }) as const),
  ];
  return [...items.filter(({ tone }) => tone === "bad"), ...items.filter(({ tone }) => tone === "wait")];
}
