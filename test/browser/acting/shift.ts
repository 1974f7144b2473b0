/** The control room's pages that change by themselves: nothing on them moves while nobody acts. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { chunk } from "../../../src/core/chunk.ts";
import { missing, open, query, settled, useBrowser } from "../../support/browser/pages.ts";
import { movedTooFar, watchShifts } from "../../support/browser/shift.ts";

/** Some rounds of the live tournament, and some answers of each poll. */
const WATCHED_MS = 15_000;
/** All pages at once leave the Worker no processor. */
const PAGES_AT_ONCE = 4;

const PATHS = [
  "/ops",
  "/ops/tasks",
  "/ops/errors",
  "/ops/queues",
  "/ops/schedules",
  "/ops/schedules/update_tournament_rankings",
  "/ops/agents",
  "/ops/recoveries",
  "/ops/consumers",
  "/ops/audit",
];

describe.skipIf(missing)("the control room at rest", () => {
  useBrowser();

  const sizes = [
    ["a desktop", false],
    ["a phone", true],
  ] as const;

  /** Calls back for a few pages at a time, when they have loaded and are watched. */
  async function watched(where: string, phone: boolean, meanwhile: (pages: readonly Page[]) => Promise<void>) {
    const [task] = await query<{ id: string }>(
      "select id from tasks where name = 'run_agent_decision' and state = 'SUCCESS' order by id desc limit 1",
    );
    for (const some of chunk([...PATHS, `/ops/tasks/${task?.id}`], PAGES_AT_ONCE)) {
      const pages: (readonly [string, Page])[] = [];
      for (const path of some) {
        const { page } = await open(path, { operator: true, phone });
        await settled(page);
        pages.push([`${path}, ${where}`, page]);
      }
      for (const [, page] of pages) await watchShifts(page);
      await meanwhile(pages.map(([, page]) => page));
      for (const [name, page] of pages) expect.soft(await movedTooFar(page), name).toEqual([]);
      for (const [, page] of pages) await page.close();
    }
  }

  test.each(sizes)("nothing moves on a page that changes all the time, on %s", { timeout: 600_000 }, (where, phone) =>
    watched(where, phone, () => sleep(WATCHED_MS)),
  );
});
