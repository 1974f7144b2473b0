import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { processFacts, signal } from "../../src/local/process.ts";
import { run } from "../support/e2e/command.ts";
import { makeFolder, processesOf, removeFolder, withDatabase } from "../support/e2e/data-folder.ts";
import { ask, eventually, type Live, roundsOf, startLive, wholeRounds } from "../support/e2e/live-stack.ts";
import { takePort } from "../support/e2e/take-port.ts";

const INTERVAL_MS = 5_000;
const rhythm = ["--interval", "5s"];

let folder = "";
let data = "";
let live: Live;
beforeAll(() => {
  folder = makeFolder();
  data = join(folder, "live");
});
afterAll(async () => {
  expect(await removeFolder(folder)).toBe(0);
});

const named = (part: RegExp) => processesOf(data).filter((pid) => part.test(processFacts(pid)?.command ?? ""));

test("one command, and a live tournament settles its rounds, seen over HTTP", async () => {
  live = await startLive(data, rhythm);
  await wholeRounds(live, 2);
  const { body } = await ask(live, "GET", `/tournaments/${live.tournament_id}/leaderboard`, { key: null });
  expect(body.items).toHaveLength(12);
  expect(body.items.filter(({ baseline }: { baseline: boolean }) => !baseline)).toHaveLength(6);
  const health = await eventually("health is ok", async () => {
    const answer = await ask(live, "GET", "/health", { key: null });
    return answer.body.status === "ok" && answer.body;
  });
  expect(health).toMatchObject({ database: "ok", clocks: { cron: {}, beat: {} } });
});

test("the operator key is its owner's alone, and without it every write is closed", async () => {
  const file = join(data, "operator-key");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, "utf8").trim()).toBe(live.operator_key);
  const cup = `/tournaments/${live.tournament_id}`;
  for (const key of [null, "guessed", ""]) {
    for (const path of ["/agents", "/tournaments", `${cup}/pause`, `${cup}/cancel`, "/tasks"]) {
      expect(await ask(live, "POST", path, { key, body: {} })).toMatchObject({ status: 401 });
    }
    expect(await ask(live, "DELETE", cup, { key })).toMatchObject({ status: 401 });
    expect(await ask(live, "GET", "/tasks", { key })).toMatchObject({ status: 401 });
  }
  expect((await ask(live, "GET", cup)).body.status).toBe("live");
});

test("a second start on the same data, and one on a taken port, say so and leave the first one alone", async () => {
  const second = await run("start", ["--data", data, "--port", String(await takePort())]);
  expect(second).toMatchObject({ code: 1 });
  expect(second.out).toMatch(/is in use by `npm start` \(pid \d+, at http.*--data DIR/);
  const { port } = new URL(live.url);
  const taken = await run("start", ["--data", join(folder, "other"), "--port", port]);
  expect(taken).toMatchObject({ code: 1 });
  expect(taken.out).toMatch(
    new RegExp(`Port ${port} is taken by .[\\w.-]+. \\(pid \\d+\\)\\. .*--port ${Number(port) + 1}`),
  );
  await wholeRounds(live, 1);
});

test("workerd, its runtime and PostgreSQL, each killed alone, are started again; nothing is missed outside the outages", async () => {
  const outages: { from: number; to: number }[] = [];
  for (const [part, line] of [
    [/workerd\S* serve/, /\(workerd ended[\s\S]*The Worker runs again/],
    [/local\/worker\/runtime\.ts/, /\(its runtime ended[\s\S]*The Worker runs again/],
    [/\/postgres -D/, /PostgreSQL runs again/],
  ] as const) {
    const from = Date.now();
    const pids = named(part);
    expect(pids.length).toBeGreaterThan(0);
    for (const pid of pids) signal(pid, "SIGKILL");
    await live.command.says(line, 180);
    await wholeRounds(live, 1);
    outages.push({ from, to: Date.now() });
  }
  await wholeRounds(live, 1);

  const lost = await withDatabase(data, (query) =>
    query<{ due_at: string; what: string; count: number }>(
      `select r.due_at, 'skipped ' || r.skip_reason as what, 1 as count from rounds r where r.state = 'skipped'
       union all select r.due_at, 'missed ' || m.reason, count(*)::int
         from missed_decisions m join rounds r on r.id = m.round_id group by 1, 2 order by 1`,
    ),
  );
  const apart = (due: number) => outages.every(({ from, to }) => due < from - INTERVAL_MS || due > to);
  const times = outages.map(({ from, to }) => `${new Date(from).toISOString()} to ${new Date(to).toISOString()}`);
  expect(
    lost.filter(({ due_at }) => apart(Date.parse(due_at))),
    `Outages: ${times.join(", ")}`,
  ).toEqual([]);
});

test("Ctrl-C leaves no process and an exact ledger, and the next start goes on with the same tournament", async () => {
  const newest = (await roundsOf(live))[0]?.number ?? 0;
  const ended = await live.command.interrupt();
  expect(ended).toMatchObject({ code: 0, signal: null });
  expect(processesOf(data)).toEqual([]);
  const ledger = await run("ledger", ["--data", data]);
  expect(ledger.code, ledger.out).toBe(0);

  const before = live;
  live = await startLive(data, rhythm);
  expect(live).toMatchObject({ tournament_id: before.tournament_id, operator_key: before.operator_key });
  await wholeRounds(live, 1);
  expect((await roundsOf(live))[0]?.number).toBeGreaterThan(newest);
});

test("a start after the command was killed hard cleans up what it left, and goes on", async () => {
  const before = live.tournament_id;
  for (const pid of named(/src\/cli\/start\.ts/)) signal(pid, "SIGKILL");
  await live.command.ended;
  // The Worker may have ended by itself by now: nobody reads its log any more.
  expect(named(/\/postgres -D/).length).toBeGreaterThan(0);
  const left = named(/workerd\S* serve|local\/worker\/runtime\.ts|\/postgres -D/);

  live = await startLive(data, rhythm);
  expect(left.filter((pid) => processFacts(pid) !== null)).toEqual([]);
  expect(live.command.said).toMatch(/Stopping the PostgreSQL that an earlier run left behind/);
  expect(live.tournament_id).toBe(before);
  await wholeRounds(live, 1);
  expect(named(/\/postgres -D/)).toHaveLength(1);
  expect((await live.command.interrupt()).code).toBe(0);
  const ledger = await run("ledger", ["--data", data]);
  expect(ledger.code, ledger.out).toBe(0);
});

test("--reset begins anew, under the same operator key", async () => {
  const before = live;
  live = await startLive(data, ["--reset", ...rhythm]);
  expect(live.tournament_id).not.toBe(before.tournament_id);
  expect(live.operator_key).toBe(before.operator_key);
  expect((await ask(live, "GET", `/tournaments/${before.tournament_id}`)).status).toBe(404);
  expect((await live.command.interrupt()).code).toBe(0);
  expect(processesOf(folder)).toEqual([]);
});
