/** Answers of a bad minute: what a page of the control room shows comes all at once, and goes again. */
import type { Page } from "playwright-core";
import { z } from "zod";

const LONG = "a reason that is so long that it does not stand beside what it belongs to on any page";
const AT = "2026-01-01T00:00:00.000Z";
const MANY = 123_456;
const listed = z.looseObject({ items: z.array(z.looseObject({})) });
const paused = { by: "operator", since: AT, reason: LONG };

type Row = Readonly<Record<string, unknown>>;
/** What changes of each row, and a new first row where the list has rows. */
const rows = (each: (row: Row) => Row, fresh?: Row) => (answer: unknown) => {
  const { items, ...more } = listed.parse(answer);
  const [first] = items;
  return { ...more, items: [...(fresh && first ? [{ ...first, ...fresh }] : []), ...items.map(each)] };
};
const same = (row: Row) => row;

const grown: readonly (readonly [path: RegExp, grow: (answer: unknown) => unknown])[] = [
  [
    /^\/inspect\/attention$/,
    (answer) => ({
      ...z.looseObject({}).parse(answer),
      items: [
        { kind: "queue_paused", tone: "bad", queue: "agents", ...paused },
        { kind: "errors", tone: "bad", signature: LONG, count: MANY, mend: LONG, last_seen: AT },
        { kind: "schedule_paused", tone: "wait", schedule: "cleanup_old_results", ...paused },
      ],
    }),
  ],
  [/^\/queues$/, rows((row) => ({ ...row, paused, warning: LONG, waiting: MANY, oldest_waiting_seconds: MANY }))],
  [/^\/errors$/, rows((row) => ({ ...row, count: MANY, mend: LONG }), { signature: LONG })],
  [/^\/schedules$/, rows((row) => ({ ...row, paused, last_by_hand: { at: AT, task_id: null, task_state: null } }))],
  [/^\/schedules\/[^/]+\/ticks$/, rows(same, { due_at: AT })],
  [
    /^\/consumers$/,
    rows((row) => ({ ...row, tasks: MANY, batches: { agents: MANY, trading: MANY, recovery: MANY } }), {
      id: "another",
    }),
  ],
  [
    /^\/inspect\/entries$/,
    rows((row) => ({
      ...row,
      verdict: "lost",
      owed_round: MANY,
      task_id: null,
      lease_seconds: -MANY,
      recoveries: MANY,
    })),
  ],
  [/^\/recoveries$/, rows(same, { id: "another" })],
  [/^\/audit$/, rows(same, { id: "another" })],
  [
    /^\/tasks$/,
    rows((row) => ({ ...row, state: "RETRY", attempt: 3, started_at: null, finished_at: null }), {
      task_id: "another",
    }),
  ],
  [
    /^\/tasks\/[^/]+$/,
    (answer) => ({
      ...z.looseObject({}).parse(answer),
      progress: 0.5,
      finished_at: null,
      result: null,
      error: { class: "Error", code: "task.failed", message: LONG, attempts: [] },
    }),
  ],
  [/^\/tasks\/[^/]+\/history$/, rows(same, { why: LONG, by: LONG, state: "RETRY" })],
];

/** From now on. */
export async function growAnswers(page: Page): Promise<void> {
  await page.route(
    ({ pathname }) => grown.some(([path]) => path.test(pathname)),
    async (route) => {
      const { pathname } = new URL(route.request().url());
      const grow = grown.find(([path]) => path.test(pathname))?.[1];
      const response = await route.fetch();
      await route.fulfill({ response, json: grow?.(await response.json()) });
    },
  );
  const clocks = { cron: { age_seconds: 900 }, beat: { age_seconds: 900 } };
  const health = { status: "failing", database: "ok", queues: "failing", clocks, stuck_rounds: [], version: "another" };
  await page.route(/\/health$/, (route) => route.fulfill({ status: 503, json: health }));
}
