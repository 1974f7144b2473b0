/**
 * `npm start -- --market coinbase` against a venue that misbehaves: the cup runs on it, and what it spoils says why. Skipped rounds
 * and longer outages take no real minutes in test/unit/rounds/venues.
 */
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "../support/e2e/command.ts";
import { makeFolder, processesOf, removeFolder } from "../support/e2e/data-folder.ts";
import { ask, eventually, type Live, roundsOf, startLive } from "../support/e2e/live-stack.ts";
import { coinbasePairs } from "../support/venues/coinbase.ts";
import { html, type PlayedAnswer, type PlayedVenue, playVenue } from "../support/venues/server.ts";

const CANDLES = /\/candles\?/;
const BOOK = /\/book\?/;

let folder = "";
let data = "";
let venue: PlayedVenue;
beforeAll(async () => {
  folder = makeFolder();
  data = join(folder, "venue");
  venue = await playVenue("coinbase", () => Date.now(), [...coinbasePairs]);
});
afterAll(async () => {
  await venue.close();
  expect(await removeFolder(folder)).toBe(0);
});

const start = (...args: string[]): Promise<Live> =>
  startLive(data, ["--market", "coinbase", "--venue-url", `coinbase=${venue.url}`, ...args]);
const cupOf = async (live: Live) => (await ask(live, "GET", `/tournaments/${live.tournament_id}`)).body;

/** The round once it is over. */
const over = (live: Live, number: number, seconds: number) =>
  eventually(
    `round ${number} is over`,
    async () => {
      const round = (await roundsOf(live)).find((each) => each.number === number);
      if (round?.state !== "settled" && round?.state !== "skipped") return null;
      return (await ask(live, "GET", `/tournaments/${live.tournament_id}/rounds/${number}`)).body;
    },
    seconds,
  );

/** The right answer, cut in its middle. */
function cut(_: URL, right: () => PlayedAnswer): PlayedAnswer {
  const { body } = right();
  return { body: (typeof body === "string" ? body : JSON.stringify(body)).slice(0, 200) };
}

test("a venue that does not answer is said in a sentence, and the cup runs on the synthetic market", async () => {
  venue.trick(/./, () => html(503));
  const live = await start();
  expect(live.command.said).toContain(
    "Coinbase can't be reached, so the house cup runs on the synthetic market. With a network, start again with --market coinbase --yes.",
  );
  expect(await cupOf(live)).toMatchObject({ market: "synthetic", status: "live" });
  expect(await live.command.interrupt()).toMatchObject({ code: 0 });
});

test("with --yes the cup moves to the venue: a round settles behind its faults, which are listed with their reasons", async () => {
  venue.behave();
  venue.trick(CANDLES, () => html(502), 1);
  venue.trick(CANDLES, cut, 1);
  venue.trick(BOOK, "headers", 1);
  venue.trick(BOOK, (_, right) => ({ ...right(), headers: { age: "40" } }), 1);
  const live = await start("--yes");
  expect(live.command.said).toContain("The house cup runs on synthetic, and not on coinbase.");
  expect(await cupOf(live)).toMatchObject({ market: "coinbase", symbols: ["BTC-USD", "ETH-USD", "SOL-USD"] });

  const first = await over(live, 0, 150);
  expect(first).toMatchObject({ state: "settled", snapshot: { source: "coinbase:60" } });
  const { items } = (await ask(live, "GET", "/markets")).body;
  const reasons = items[0].faults.map(({ reason }: { reason: string }) => reason).join("\n");
  for (const part of ["(502)", "no whole JSON"]) expect(reasons).toContain(part);
  expect(venue.calls.every(({ userAgent }) => userAgent?.startsWith("agonus"))).toBe(true);

  expect(await live.command.interrupt()).toMatchObject({ code: 0 });
  expect(processesOf(data)).toEqual([]);
  expect(await run("ledger", ["--data", data])).toMatchObject({ code: 0 });
});
