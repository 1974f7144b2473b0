/** When the models of a round begin: one after another, so that they do not all ask their provider at once. */
import { afterAll, afterEach, expect, test } from "vitest";
import { whyLines } from "../../../../src/core/why/lines.ts";
import { why } from "../../../../src/core/why/why.ts";
import { readWhyFacts } from "../../../../src/db/statements/tasks/why-facts.ts";
import { sweep } from "../../../../src/engine/sweep.ts";
import { advance } from "../../../../src/rounds/advance.ts";
import { count, type WorldOptions } from "../../../support/builders.ts";
import { closeTestServer } from "../../../support/database.ts";
import { type ModelScene, modelScene } from "../../../support/models/model-scene.ts";

let scene: ModelScene;
afterEach(() => scene.close());
afterAll(closeTestServer);

/** Opens a round, without its queue. Answers each model's wait in milliseconds, by the entry's id. */
async function opened(round = 0): Promise<Map<string, number>> {
  await scene.clock.set(scene.cup.due(round));
  await advance(scene.run.ports, scene.cup.id);
  const rows = await scene.db.query<{ entry_id: string; wait: number }>(
    `select t.entry_id, agonus_ms(t.due_at) - agonus_ms(r.opened_at) as wait
     from rounds r join tasks t on agonus_is_decision_of(t.key, r.id) where r.number = $1 order by t.due_at, t.entry_id`,
    [round],
  );
  return new Map(rows.map(({ entry_id, wait }) => [entry_id, wait]));
}

const models = (options: WorldOptions) => modelScene({}, { intervalSeconds: 60, ...options });
const started = () => count(scene.db.query, "tasks where state = 'STARTED'");

test("the models of a round begin one after another, at most twenty in a second, and each round in another order", async () => {
  scene = await models({ entries: 45 });
  const first = await opened();
  const waits = [...first.values()];
  expect(waits).toHaveLength(45);
  for (const wait of waits)
    expect(waits.filter((other) => other >= wait && other < wait + 1000).length).toBeLessThan(21);
  expect([Math.min(...waits), Math.max(...waits)]).toEqual([0, 2200]);
  // Those that begin at once are sent, and no other.
  expect(scene.run.queued.map(({ message }) => message.type === "tasks" && message.task_ids.length)).toEqual([2]);
  expect(await count(scene.db.query, "tasks where sent_at is null and sends = 0")).toBe(43);
  await scene.settle();
  const second = await opened(1);
  expect([...second.values()].sort((a, b) => a - b)).toEqual(waits);
  expect([...second.keys()]).not.toEqual([...first.keys()]);
});

test("each model is sent when its time has come, not before, and none of it is a recovery", async () => {
  scene = await models({ entries: 12 });
  await scene.db.query("update tournaments set started_at = started_at - interval '1 hour'");
  await scene.db.query("update entries set joined_at = joined_at - interval '1 hour'");
  const all = [...(await opened()).keys()];
  await scene.run.drain();
  expect(await started()).toBe(2);
  // A message that comes too early claims nothing.
  const ids = (await scene.db.query<{ id: string }>("select id from tasks")).map(({ id }) => id);
  scene.run.queued.push({ queue: "agents", message: { type: "tasks", task_ids: ids } });
  await scene.run.drain();
  expect(await started()).toBe(2);
  for (let begun = 2; begun < all.length; ) {
    expect(await advance(scene.run.ports, scene.cup.id)).toMatchObject({ afterMs: 100 });
    await scene.clock.add(100);
    await advance(scene.run.ports, scene.cup.id);
    await scene.run.drain();
    begun += 2;
    expect(await started()).toBe(begun);
  }
  expect(await count(scene.db.query, "tasks where sends = 1 and attempt = 1")).toBe(12);
  expect(await count(scene.db.query, "recoveries")).toBe(0);
});

test("if nobody looks at the round, the sweep sends the models whose time has come, as no recovery", async () => {
  scene = await models({ entries: 12 });
  await opened();
  await scene.run.drain();
  await scene.clock.add(250);
  await sweep(scene.run.ports, []);
  await scene.run.drain();
  expect(await started()).toBe(6);
  await scene.clock.add(5000);
  await sweep(scene.run.ports, []);
  await scene.run.drain();
  expect(await started()).toBe(12);
  expect(await count(scene.db.query, "recoveries")).toBe(0);
});

test("why a decision has not begun names the time at which it begins, and the reason", async () => {
  scene = await models({ entries: 12 });
  await opened();
  const [last] = await scene.db.query<{ id: string; due_at: string }>(
    "select id, due_at from tasks order by due_at desc",
  );
  const facts = await readWhyFacts(scene.db.query, last?.id ?? "");
  if (!facts) throw new Error("there is no such task");
  const at = new Date(last?.due_at ?? "").toISOString();
  const cause = `The decision begins at ${at}, so that the models of the round do not all ask at once.`;
  expect(why(facts, true)).toMatchObject({ verdict: "scheduled", cause, next_at: last?.due_at });
  expect(whyLines(facts, true).flow).toMatchObject({ status: "waits", cause });
});

test("nobody waits in short rounds, in replays, and where there are few; a large field is through within the cap", async () => {
  const waitsOf = async (options: WorldOptions) => {
    scene = await models(options);
    const waits = [...(await opened()).values()];
    return { entries: waits.length, longest: Math.max(...waits) };
  };
  expect(await waitsOf({ entries: 30, intervalSeconds: 20 })).toEqual({ entries: 30, longest: 0 });
  await scene.close();
  expect(await waitsOf({ entries: 30, market: "replay" })).toEqual({ entries: 30, longest: 0 });
  await scene.close();
  expect(await waitsOf({ entries: 2 })).toEqual({ entries: 2, longest: 0 });
  await scene.close();
  // A round of a minute is open for thirty seconds, of which a fifth is the most.
  expect(await waitsOf({ entries: 200 })).toEqual({ entries: 200, longest: 5900 });
});

test("a queue that is paused, or that runs only so many at once, gets no model by its turn", async () => {
  scene = await models({ entries: 12 });
  await opened();
  scene.run.queued.length = 0;
  const control = (column: string) =>
    scene.db.query(`insert into queue_controls (queue, ${column}) values ('agents', ${column === "paused_at" ? "agonus_now()" : "5"})
      on conflict (queue) do update set paused_at = excluded.paused_at, max_running = excluded.max_running`);
  await scene.clock.add(300);
  for (const column of ["paused_at", "max_running"]) {
    await control(column);
    await advance(scene.run.ports, scene.cup.id);
    expect(scene.run.queued).toEqual([]);
  }
  // A limited one has its places filled by the sweep.
  await sweep(scene.run.ports, []);
  await scene.run.drain();
  expect(await started()).toBe(5);
});
