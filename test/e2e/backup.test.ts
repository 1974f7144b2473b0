/** A backup of a live tournament, the loss of everything, and the way back: all by the commands. */
import { cpSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lastLine, run } from "../support/e2e/command.ts";
import { killAll, makeFolder, processesOf, removeFolder, withDatabase } from "../support/e2e/data-folder.ts";
import { ask, eventually, type Live, roundsOf, startLive } from "../support/e2e/live-stack.ts";

const rhythm = ["--interval", "5s"];
let folder = "";
let data = "";
let file = "";
let live: Live;
beforeAll(() => {
  folder = makeFolder();
  data = join(folder, "live");
  file = join(folder, "one.backup.gz");
});
afterAll(async () => {
  expect(await removeFolder(folder)).toBe(0);
});

/** Waits for a round that is due from now on, was decided in, and is settled. */
async function playedRound(): Promise<void> {
  const from = Date.now();
  await eventually("a played round", async () => {
    for (const { number, state, due_at } of await roundsOf(live)) {
      if (state !== "settled" || Date.parse(due_at) < from) continue;
      const { body } = await ask(live, "GET", `/tournaments/${live.tournament_id}/rounds/${number}`);
      if (body.counts.decided > 0) return true;
    }
    return false;
  });
}
const newest = async () => (await roundsOf(live))[0]?.number ?? -1;
const settled = async () => (await roundsOf(live)).find(({ state }) => state === "settled")?.number ?? -1;
/** What the last round said that was settled before the backup. */
const digest = () =>
  withDatabase(data, (query) =>
    query(
      `select r.number, d.entry_id, d.outcome, d.details_hash from decisions d join rounds r on r.id = d.round_id
       where r.state = 'settled' and r.number <= $1 order by 1, 2`,
      [backedUp],
    ),
  );
let backedUp = 0;
let before: unknown = null;

test("a backup is written while rounds are played", async () => {
  live = await startLive(data, rhythm);
  await playedRound();
  const { code, out, err } = await run("backup", ["--data", data, "--out", file, "--json"]);
  expect(code, err).toBe(0);
  const report = JSON.parse(lastLine(out));
  expect(report).toMatchObject({ file, bytes: statSync(file).size, taken_at: expect.stringMatching(/Z$/) });
  expect(report.rows).toBeGreaterThan(100);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  backedUp =
    (
      await withDatabase(data, (query) =>
        query<{ n: number }>(`select max(number)::int as n from rounds where state = 'settled' and settled_at < $1`, [
          report.taken_at,
        ]),
      )
    )[0]?.n ?? 0;
  before = await digest();
  await playedRound();
});

test("a backup never replaces a file, and a folder in use is not restored into", async () => {
  const again = await run("backup", ["--data", data, "--out", file]);
  expect(again).toMatchObject({ code: 1, err: expect.stringContaining("is there already") });
  const busy = await run("restore", [file, "--data", data, "--yes"]);
  expect(busy).toMatchObject({ code: 1, err: expect.stringMatching(/is in use by `npm start` \(pid \d+/) });
});

test("a database that is there is replaced only by --yes, and by no file that is cut short", async () => {
  const path = await ask(live, "POST", "/tasks", { body: { name: "update_tournament_rankings", args: {} } });
  expect(path.status).toBe(202);
  lostTask = path.body.task_id;
  lostRound = await eventually("a round that the backup doesn't know", async () => {
    const number = await settled();
    return number > backedUp + 1 ? number : null;
  });
  await live.command.interrupt();
  // The objects as they are by now: ahead of what is restored.
  cpSync(join(data, "workerd"), join(folder, "objects"), { recursive: true });

  const refused = await run("restore", [file, "--data", data]);
  expect(refused).toMatchObject({ code: 2, err: expect.stringContaining("--yes if that is meant") });
  const whole = readFileSync(file);
  writeFileSync(join(folder, "cut"), whole.subarray(0, whole.length - 4000));
  const damaged = await run("restore", [join(folder, "cut"), "--data", data, "--yes"]);
  expect(damaged, damaged.err).toMatchObject({ code: 2, err: expect.stringContaining("Nothing was touched.") });
  expect(await withDatabase(data, (query) => query(`select id from tasks where id = $1`, [lostTask]))).toHaveLength(1);
});
let lostTask = "";
let lostRound = 0;

test("after the loss of everything the restored tournament goes on, though its objects are ahead of it", async () => {
  const key = readFileSync(join(data, "operator-key"), "utf8");
  rmSync(data, { recursive: true, force: true });
  const restored = await run("restore", [file, "--data", data, "--json"]);
  expect(restored.code, restored.err).toBe(0);
  expect(JSON.parse(lastLine(restored.out))).toMatchObject({ migrated: 0 });
  expect(await digest()).toEqual(before);
  const ledger = await run("ledger", ["--data", data]);
  expect(ledger.code, ledger.out).toBe(0);
  // Their storage survived, as Cloudflare's would: plans and alarms of rounds that never happened.
  cpSync(join(folder, "objects"), join(data, "workerd"), { recursive: true });
  writeFileSync(join(data, "operator-key"), key, { mode: 0o600 });

  const known = live.tournament_id;
  live = await startLive(data, rhythm);
  expect(live.tournament_id).toBe(known);
  await playedRound();
  expect(await newest()).toBeGreaterThan(lostRound);
  // What was told after the backup is not known any more, and nothing was decided twice.
  expect((await ask(live, "GET", `/tasks/${lostTask}`)).status).toBe(404);
  expect(await digest()).toEqual(before);
  await live.command.interrupt();
  expect(processesOf(folder)).toEqual([]);
});

test("every owed decision is accounted for and the ledger is exact to the end", async () => {
  const owed = await withDatabase(data, (query) =>
    query<{ owed: number; decided: number; missed: number }>(
      `select coalesce(sum(r.participants), 0)::int as owed,
         (select count(*) from decisions d join rounds x on x.id = d.round_id where x.state = 'settled')::int as decided,
         (select count(*) from missed_decisions m join rounds x on x.id = m.round_id where x.state = 'settled')::int as missed
       from rounds r where r.state = 'settled'`,
    ),
  );
  expect(owed[0]?.owed).toBe((owed[0]?.decided ?? 0) + (owed[0]?.missed ?? 0));
  const gap = await withDatabase(data, (query) =>
    query<{ reason: string }>(`select distinct skip_reason as reason from rounds where state = 'skipped'`),
  );
  expect(gap.map(({ reason }) => reason).filter((reason) => reason !== "outage" && reason !== "late")).toEqual([]);
  const ledger = await run("ledger", ["--data", data]);
  expect(ledger.code, ledger.out).toBe(0);
});

test("a restore that is killed leaves the database that was there, and the next one does it all", async () => {
  const restore = run("restore", [file, "--data", data, "--yes"]);
  await eventually("it builds", async () => existsSync(join(data, "pg.restore", "PG_VERSION")));
  expect(await killAll(data)).toBeGreaterThan(0);
  await restore;
  const ledger = await run("ledger", ["--data", data]);
  expect(ledger.code, ledger.out).toBe(0);
  const rounds = () => withDatabase(data, (query) => query<{ n: number }>(`select max(number)::int as n from rounds`));
  const reached = (await rounds())[0]?.n ?? 0;
  expect(reached).toBeGreaterThan(lostRound);
  expect((await run("restore", [file, "--data", data, "--yes"])).code).toBe(0);
  expect((await rounds())[0]?.n ?? 0).toBeLessThan(reached);
  expect(existsSync(join(data, "pg.restore"))).toBe(false);
});
