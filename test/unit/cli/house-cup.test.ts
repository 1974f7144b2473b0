/** The tournament that npm start keeps under way, made and found again by the API. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ApiClient } from "../../../src/cli/api-client.ts";
import { ensureHouseCup, Unconfirmed } from "../../../src/cli/start/house-cup.ts";
import { closeTestServer } from "../../support/database.ts";
import { type Api, openApi } from "../../support/http-app.ts";

let api: Api;
beforeAll(async () => {
  api = await openApi();
});
afterAll(async () => {
  await api.db.close();
  await closeTestServer();
});

test("another interval cancels the tournament under way only when that is confirmed", async () => {
  const client: ApiClient = {
    get: async (path, shape) => shape.parse((await api.get(path)).body),
    post: async (path, body, shape) => shape.parse((await api.post(path, body)).body),
  };
  const lines: string[] = [];
  const cup = (intervalSeconds: number | null, mayCancel = false) =>
    ensureHouseCup(client, {
      intervalSeconds,
      mayCancel,
      defaultIntervalSeconds: 5,
      seed: "1",
      now: Date.now,
      onLine: (line) => lines.push(line),
    });
  const state = async (id: string) => (await api.see(`/tournaments/${id}`)).body.status;

  const first = await cup(null);
  expect(first).toMatchObject({ status: "live", interval_seconds: 5, entries: 12 });
  expect((await cup(5)).id).toBe(first.id);
  const before = await api.rowCounts();
  await expect(cup(60)).rejects.toThrow(Unconfirmed);
  await expect(cup(60)).rejects.toThrow(/rounds every 5 s, and not every 60 s\. Its rules are frozen.*--yes/);
  expect(await api.rowCounts()).toEqual(before);
  expect(await state(first.id)).toBe("live");

  const second = await cup(60, true);
  expect(second).toMatchObject({ status: "live", interval_seconds: 60, entries: 12 });
  expect([await state(first.id), await state(second.id)]).toEqual(["cancelled", "live"]);
});
