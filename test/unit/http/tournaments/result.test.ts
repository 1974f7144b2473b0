/** What a spectator can take away: lists as CSV, the lines of the result's hash, and the verdict of the server's own check. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { sha256Hex } from "../../../../src/core/text/canonical.ts";
import { LOG_ROUNDS_MAX } from "../../../../src/db/statements/decisions/log.ts";
import { closeTestServer } from "../../../support/database.ts";
import { type Api, NOWHERE, openApi } from "../../../support/http-app.ts";
import { type InProcess, inProcess } from "../../../support/in-process.ts";
import { buildFixture, type Fixture, storeFixture } from "../../../support/ledger/fixture.ts";

let api: Api;
const done: Fixture = buildFixture({ index: 0 });
const open: Fixture = buildFixture({ index: 1, last: "open" });
const path = (fixture: Fixture, rest = "") => `/tournaments/${fixture.tournamentId}${rest}`;
beforeAll(async () => {
  api = await openApi();
  for (const fixture of [done, open]) await storeFixture(api.db.query, fixture);
  await api.db.query("update tournaments set status = 'completed', ended_at = agonus_now() where id = $1", [
    done.tournamentId,
  ]);
});
afterAll(async () => {
  await api.db.close();
  await closeTestServer();
});

const lines = async (rest: string) => {
  const { status, headers, body } = await api.see(path(done, rest));
  expect([rest, status, headers.get("content-type")]).toEqual([rest, 200, "text/csv; charset=utf-8"]);
  expect(headers.get("content-disposition")).toMatch(/^attachment; filename="[\w-]+\.csv"$/);
  const all = String(body).split("\r\n");
  expect(all.pop(), "the last line has its end").toBe("");
  return all.map((line) => line.split(","));
};

/** The fixture's rounds stay as they are stored: nothing advances them. */
function still(run: InProcess): InProcess {
  Object.assign(run.ports, { wakeArena: async () => {} });
  return run;
}

test("leaderboard, trades and equity are whole lists of CSV, with the API's own figures", async () => {
  const [head = [], ...board] = await lines("/leaderboard.csv");
  const { items } = (await api.see(path(done, "/leaderboard?limit=100"))).body;
  expect(board.map((cells) => cells[head.indexOf("equity")])).toEqual(
    items.map((item: { equity: string }) => item.equity),
  );
  const [columns = [], ...trades] = await lines("/trades.csv");
  expect(trades).toHaveLength((done.tables.get("trades") ?? []).length);
  expect(trades[0]?.[columns.indexOf("fee")]).toBe((await api.see(path(done, "/trades?limit=1"))).body.items[0].fee);
  const [names = [], ...rounds] = await lines("/equity.csv");
  expect(names.slice(2).sort()).toEqual(done.members.map(({ name }) => name).sort());
  const points = done.tables.get("equity_points") ?? [];
  expect(rounds.flatMap((cells) => cells.slice(2)).filter(Boolean)).toHaveLength(points.length);
  const timeOf = new Map(rounds.map(([round, time]) => [round, time]));
  expect(trades.map((cells) => cells[columns.indexOf("time")])).toEqual(
    trades.map((cells) => timeOf.get(cells[columns.indexOf("round")])),
  );
  expect(await api.see(`/tournaments/${NOWHERE}/trades.csv`)).toMatchObject({
    status: 404,
    body: { code: "tournament.not_found" },
  });
});

test("the log is filtered by the server: orders, refusals, misses, agents alone, up to a round", async () => {
  const log = async (query: string) => (await api.see(path(done, `/decisions?limit=100&${query}`))).body.items;
  const all = await log("");
  // biome-ignore lint/suspicious/noExplicitAny: items of several kinds
  const of = (keep: (item: any) => boolean) => all.filter(keep);
  expect(await log("only=orders")).toEqual(of(({ outcome }) => outcome === "made"));
  expect(await log("only=refused")).toEqual(
    of(({ orders = [] }) => orders.some(({ state }: { state: string }) => state === "refused")),
  );
  expect(await log("only=missed")).toEqual(of(({ outcome }) => outcome === "missed"));
  expect(await log("to_round=3")).toEqual(of(({ round }) => round <= 3));
  const baselines = new Set(done.members.filter(({ baseline }) => baseline).map(({ name }) => name));
  expect(baselines.size).toBeGreaterThan(0);
  expect(await log("baselines=false")).toEqual(of(({ agent }) => !baselines.has(agent)));
  expect(await api.see(path(done, "/decisions?only=sold"))).toMatchObject({ status: 422 });
});

test("the log is searched by what was said, whatever its case, and a wildcard is a sign like any other", async () => {
  const log = async (q: string) =>
    (await api.see(path(done, `/decisions?limit=100&q=${encodeURIComponent(q)}`))).body.items;
  const [{ round_id, entry_id } = {}] = await api.db.query<{ round_id: string; entry_id: string }>(
    `update decision_details x set reasoning = 'It is 100 % TOO dear.' from rounds r, entries e
     where r.id = x.round_id and e.id = x.entry_id and r.tournament_id = $1 and r.number = 2
       and e.id = (select max(d.entry_id::text)::uuid from decision_details d where d.round_id = r.id)
     returning x.round_id, x.entry_id`,
    [done.tournamentId],
  );
  for (const q of ["too DEAR", "100 %", "%"]) expect(await log(q)).toMatchObject([{ round: 2, entry_id }]);
  for (const q of ["too_dear", "100%", "missed"]) expect(await log(q)).toEqual([]);
  const others = await log("BECAUSE");
  expect(others.length).toBeGreaterThan(10);
  expect(others.every(({ outcome }: { outcome: string }) => outcome !== "missed")).toBe(true);
  await api.db.query("update decision_details set reasoning = 'because' where round_id = $1 and entry_id = $2", [
    round_id,
    entry_id,
  ]);
});

test("a rare outcome is looked for in steps: a page that is not full has a cursor until the first round", async () => {
  const far = await api.tournament({ agent_ids: [await api.agent()] });
  await api.db.query(
    `insert into rounds (id, tournament_id, number, state, due_at, deadline_at, skip_reason)
     select gen_random_uuid(), $1, n, 'skipped', agonus_now(), agonus_now(), 'late' from generate_series(0, $2::int) n`,
    [far.id, LOG_ROUNDS_MAX + 5],
  );
  const first = (await api.see(`/tournaments/${far.id}/decisions?only=orders`)).body;
  expect(first).toMatchObject({ items: [], next_cursor: expect.any(String) });
  const next = await api.see(`/tournaments/${far.id}/decisions?only=orders&cursor=${first.next_cursor}`);
  expect(next.body).toEqual({ items: [], next_cursor: null });
});

test("a finished tournament is checked once by a task, and only then its answer has a verdict and the hash", async () => {
  const result = async (fixture: Fixture) => (await api.see(path(fixture))).body.result;
  expect(await result(done)).toBe(null);
  const run = still(inProcess(api.db.query));
  // Twice, as the cron would: the second finds nothing to do.
  for (let i = 0; i < 2; i++) {
    await run.ports.enqueue("check_tournament_transitions", {});
    await run.drain();
  }
  const checks = await api.db.query("select state from tasks where name = 'check_tournament_result'");
  expect(checks).toEqual([{ state: "SUCCESS" }]);
  const { verdict, hash, checked, failures, checked_at } = await result(done);
  expect({ verdict, failures }).toEqual({ verdict: "exact", failures: 0 });
  expect(checked).toBeGreaterThan(100);
  expect(Date.parse(checked_at)).toBeGreaterThan(0);
  // The file's SHA-256 is the hash: `curl -s … | sha256sum`.
  const file = await api.see(path(done, "/result.jsonl"));
  expect(file.headers.get("content-type")).toBe("text/plain; charset=utf-8");
  expect(await sha256Hex(String(file.body))).toBe(hash);
  // A tournament under way has neither.
  expect(await result(open)).toBe(null);
  expect(await api.see(path(open, "/result.jsonl"))).toMatchObject({
    status: 409,
    body: { code: "tournament.wrong_state" },
  });
});

test("a stored figure that is wrong makes the verdict wrong, and a tournament under way is not checked", async () => {
  const forged = buildFixture({ index: 2 });
  await storeFixture(api.db.query, forged);
  await api.db.query("update tournaments set status = 'completed', ended_at = agonus_now() where id = $1", [
    forged.tournamentId,
  ]);
  await api.db.query("update entries set fees = fees + 1 where tournament_id = $1", [forged.tournamentId]);
  const run = still(inProcess(api.db.query));
  await run.ports.enqueue("check_tournament_result", { tournament_id: forged.tournamentId });
  const early = await run.ports.enqueue("check_tournament_result", { tournament_id: open.tournamentId });
  await run.drain();
  expect((await api.see(path(forged))).body.result).toMatchObject({ verdict: "wrong" });
  expect((await api.see(path(forged))).body.result.failures).toBeGreaterThan(0);
  const [task] = await api.db.query<{ state: string; code: string }>(
    "select state, error->>'code' as code from tasks where id = $1",
    [early.taskId],
  );
  expect(task).toEqual({ state: "FAILURE", code: "tournament.wrong_state" });
});
