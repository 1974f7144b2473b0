/** The control room's pages that change by themselves: nothing on them moves while nobody acts. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { chunk } from "../../../src/core/chunk.ts";
import { missing, open, overflow, query, settled, useBrowser } from "../../support/browser/pages.ts";
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

  test.each(sizes)("newer rows, however many, move nothing, on %s", async (_, phone) => {
    let newer = 0;
    const list = z.looseObject({ items: z.array(z.looseObject({ task_id: z.string() })) });
    const { page } = await open("/ops/tasks", { operator: true, phone });
    await page.route(
      (url) => url.pathname === "/tasks",
      async (route) => {
        const response = await route.fetch();
        const { items, ...rest } = list.parse(await response.json());
        const more = Array.from({ length: newer }, (_, n) => ({
          ...items[0],
          task_id: `ffffffff-0000-7000-8000-${String(n).padStart(12, "0")}`,
        }));
        await route.fulfill({ response, json: { ...rest, items: [...more, ...items].slice(0, 100) } });
      },
    );
    await settled(page);
    await watchShifts(page);
    for (newer of [3, 40, 100]) {
      const shown = newer === 100 ? "Show 100+ newer" : /^Show \d+ newer$/;
      await page.getByRole("button", { name: shown }).waitFor();
    }
    expect(await movedTooFar(page)).toEqual([]);
    await page.close();
  });

  test.each(sizes)("a recovery that ends moves nothing, on %s", async (_, phone) => {
    // The entry has decided in that round and owes nothing, so no recovery of the stack itself touches this row.
    const [entry] = await query<{ tournament_id: string; id: string; round_id: string }>(
      `select r.tournament_id, d.entry_id as id, r.id as round_id from rounds r join decisions d on d.round_id = r.id
        where r.state = 'settled' order by r.id limit 1`,
    );
    const key = `shift:${phone}`;
    await query(
      `insert into recoveries (id, key, tournament_id, entry_id, cause, round_id, interrupted_at)
       select agonus_uuid_of(agonus_now(), $1), $1, $2, $3, 'alarm', $4, agonus_now() - interval '3 s'`,
      [key, entry?.tournament_id, entry?.id, entry?.round_id],
    );
    const { page } = await open("/ops/recoveries", { operator: true, phone });
    await settled(page);
    const row = page.locator("tbody tr").first();
    await row.getByText("no longer owed").waitFor();
    await watchShifts(page);
    await query("update recoveries set restored_at = agonus_now(), resumed_at = agonus_now() where key = $1", [key]);
    await row.getByText("mended").waitFor();
    expect(await movedTooFar(page)).toEqual([]);
    // The widths that hold the columns in their places leave them all in view.
    if (!phone) expect(await overflow(page)).toEqual([]);
    await page.close();
  });
});
