/** The slices in which an Arena sends to a large live field: nobody waits for those who are slow, and nothing sent once is a recovery. */
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { advance } from "../../../src/rounds/advance.ts";
import { count, type TestClock, testClock, world } from "../../support/builders.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { type InProcess, inProcess } from "../../support/in-process.ts";

let db: TestDatabase;
let clock: TestClock;
let run: InProcess;
beforeEach(async () => {
  db = await openTestDatabase();
  clock = await testClock(db.query);
  run = inProcess(db.query);
});
afterEach(() => db.close());
afterAll(closeTestServer);

test("outside agents who think keep nobody from being asked", async () => {
  const cup = await world(db.query, { entries: 320, thinkingSeconds: 20 });
  await clock.set(cup.due(0));
  await advance(run.ports, cup.id);
  expect(run.queued.map(({ message }) => message.type)).toEqual(["tasks", "tasks", "tasks", "tasks"]);
  await run.drain();
  expect(await count(db.query, "tasks where state = 'STARTED'")).toBe(320);
  expect(await count(db.query, "recoveries")).toBe(0);
});

test("agents that fail, and wait to be asked once more, hold nobody up", async () => {
  const cup = await world(db.query, { entries: 320 });
  for (const { id } of cup.entries.slice(0, 120)) {
    run.answer(id, () => ({ kind: "failed", code: "agent.failed", message: "it threw" }));
  }
  await clock.set(cup.due(0));
  await advance(run.ports, cup.id);
  await run.drain();
  expect(await count(db.query, "decisions")).toBe(200);
  expect(await count(db.query, "tasks where state = 'RETRY'")).toBe(120);
  expect(await count(db.query, "recoveries")).toBe(0);
});

test("a sending that takes longer than the first resend goes on, and recovers nobody", async () => {
  const cup = await world(db.query, { entries: 320 });
  const sent: string[] = [];
  await clock.set(cup.due(0));
  await advance(run.ports, cup.id);
  while (run.queued.length > 0) {
    const [next] = run.queued;
    if (next?.message.type === "decide") sent.push(...next.message.entry_ids);
    await clock.add(7000);
    await advance(run.ports, cup.id);
    await run.drain(1);
  }
  expect(clock.now()).toBe(cup.due(0) + 49_000);
  expect(sent).toEqual(cup.entries.map(({ id }) => id));
  expect(await count(db.query, "decisions")).toBe(320);
  expect(await count(db.query, "recoveries")).toBe(0);
});

test("slices that are lost are sent again a step after the last one went out", async () => {
  const cup = await world(db.query, { entries: 320 });
  await clock.set(cup.due(0));
  await advance(run.ports, cup.id);
  await clock.set(cup.due(0) + 20_000);
  await run.drain(1);
  expect(run.queued).toHaveLength(2);
  run.queued.length = 0;
  await clock.set(cup.due(0) + 34_999);
  await advance(run.ports, cup.id);
  expect(run.queued).toHaveLength(0);
  await clock.set(cup.due(0) + 35_000);
  await advance(run.ports, cup.id);
  await run.drain();
  expect(await count(db.query, "decisions")).toBe(320);
});

test("outside agents whose tasks wait to be claimed keep nobody waiting behind them", async () => {
  const cup = await world(db.query, { entries: 320 });
  const outside = cup.entries.slice(0, 120).map(({ id }) => id);
  await db.query("update entries set thinking_seconds = 20 where id = any($1::uuid[])", [outside]);
  await clock.set(cup.due(0));
  await advance(run.ports, cup.id);
  expect(await count(db.query, "tasks where state = 'PENDING'")).toBe(120);
  run.queued.length = 0;
  await clock.set(cup.due(0) + 25_000);
  await advance(run.ports, cup.id);
  await run.drain();
  expect(await count(db.query, "tasks where state = 'PENDING'")).toBe(120);
  expect(await count(db.query, "decisions")).toBe(200);
});

test("without a hint from those who answered, the next slice goes out within a second", async () => {
  const cup = await world(db.query, { entries: 320 });
  Object.assign(run.ports, { wakeArena: () => Promise.reject(new Error("no object")) });
  await clock.set(cup.due(0));
  let afterMs: number | null = 0;
  for (let alarm = 0; alarm < 10 && (await count(db.query, "decisions")) < 320; alarm++) {
    await clock.add(afterMs ?? 0);
    ({ afterMs } = await advance(run.ports, cup.id));
    await run.drain();
  }
  expect(await count(db.query, "decisions")).toBe(320);
  expect(clock.now()).toBeLessThanOrEqual(cup.due(0) + 3000);
  expect(await count(db.query, "recoveries")).toBe(0);
});
