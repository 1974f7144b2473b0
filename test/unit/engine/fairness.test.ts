/** A tournament of six is not starved by one of thousands: in the sweep, in a batch, and between the rounds of two replays. */
import { uuidv7 } from "uuidv7";
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Query } from "../../../src/db/query.ts";
import { limitQueue, pauseQueue, resumeQueue, roundsToSend } from "../../../src/db/statements/queues/control.ts";
import { claimUnsent } from "../../../src/db/statements/tasks/sweep.ts";
import { consume } from "../../../src/engine/consume.ts";
import { sideBySide } from "../../../src/engine/side-by-side.ts";
import { advance } from "../../../src/rounds/advance.ts";
import { roundHandlers } from "../../../src/rounds/messages/handlers.ts";
import { count, type TestClock, testClock, type World, world } from "../../support/builders.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { withTwin } from "../../support/guards.ts";
import { type InProcess, inProcess } from "../../support/in-process.ts";
import { taskRows } from "../../support/queue-rows.ts";

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

const decidedOf = (cup: World) =>
  count(db.query, `decisions d join rounds r on r.id = d.round_id where r.tournament_id = $1`, [cup.id]);

/** The places of the small tournament's tasks in the order of sending. Its rows are the younger ones. */
const placesOfSmall = async (rowsMax: number, query: Query) => {
  const [large, small] = [await world(db.query, { entries: 1 }), await world(db.query, { entries: 1 })];
  await db.query(
    `insert into tasks (id, name, queue, state, args, max_attempts, tournament_id, due_at)
     select gen_random_uuid(), 'run_agent_decision', 'agents', 'PENDING', '{}', 4, $1, agonus_now() - interval '60 s' from generate_series(1, 200)`,
    [large.id],
  );
  const ids = await taskRows(db.query, 6, { tournamentId: small.id, sentIn: null, sends: 0 });
  const sent = (await claimUnsent(query, rowsMax, [])).map(({ id }) => id);
  return ids.map((id) => sent.indexOf(id)).sort((a, b) => a - b);
};

test.each([1000, 20])("a sweep of %i rows sends tournaments in turns", async (rowsMax) => {
  const places = await placesOfSmall(rowsMax, db.query);
  expect(places[0]).toBeGreaterThanOrEqual(0);
  expect(places.at(-1)).toBeLessThan(12);
});

test.each([{ guard: "sweep-turns" }, { guard: "sweep-others" }])(
  "without $guard the oldest tasks of one tournament fill the sweep",
  async (twin) => {
    expect(await placesOfSmall(20, withTwin(db.query, twin))).toEqual([-1, -1, -1, -1, -1, -1]);
  },
);

/** Which tournament's task gets the queue's one place, each time that it is freed. Tasks without a tournament came first, then a's. */
const turnsOfOnePlace = async (query: Query) => {
  const worlds = [
    await world(db.query, { entries: 1 }),
    await world(db.query, { entries: 1 }),
    await world(db.query, { entries: 1 }),
  ];
  const ids: (string | null)[] = worlds.map(({ id }) => id);
  for (const [n, tournamentId] of [null, ...ids].entries()) {
    await taskRows(db.query, 30, { tournamentId, sentIn: null, sends: 0, dueIn: n - 60 });
  }
  await limitQueue(db.query, "agents", 1);
  const turns: string[] = [];
  let after: { scope: string | null } | null = null;
  for (let n = 0; n < 8; n++) {
    const sent = await claimUnsent(query, 20, [], ["agents"], after);
    expect(sent).toHaveLength(1);
    const rows = await db.query<{ whose: string | null }>(
      `update tasks set state = 'SUCCESS', finished_at = agonus_now() where id = $1 returning tournament_id as whose`,
      [sent[0]?.id ?? ""],
    );
    const tournamentId = rows[0]?.whose ?? null;
    after = { scope: tournamentId };
    turns.push(tournamentId === null ? "none" : (["a", "b", "c"][ids.indexOf(tournamentId)] ?? "?"));
  }
  return turns.join(" ");
};

test("tournaments take turns at the one place of a limited queue, however many tasks each has", async () => {
  expect(await turnsOfOnePlace(db.query)).toBe("none a b c none a b c");
});

test("without the rotation the oldest rows get the one place each time", async () => {
  const broken = withTwin(db.query, { guard: "sweep-rotation" });
  expect(await turnsOfOnePlace(broken)).toBe("none none none none none none none none");
});

const batch = (bodies: readonly unknown[]) => {
  const acked: unknown[] = [];
  const deliveries = bodies.map((body) => ({
    id: uuidv7(),
    body,
    attempts: 1,
    ack: () => void acked.push(body),
    retry: () => {},
  }));
  return { acked, deliveries };
};
const decide = (cup: World) => ({ type: "decide", tournament_id: cup.id, entry_ids: cup.entries.map(({ id }) => id) });

test("in one batch the smallest group is worked on first, and eight side by side", async () => {
  const larges: World[] = [];
  for (let n = 0; n < 9; n++) larges.push(await world(db.query, { market: "replay", entries: 12, rounds: 1 }));
  const small = await world(db.query, { market: "replay", entries: 2, rounds: 1 });
  for (const cup of [...larges, small]) await advance(run.ports, cup.id);
  run.queued.length = 0;
  const { acked, deliveries } = batch([...larges, small].map(decide));
  const asked = new Set<World>();
  const { promise: goOn, resolve: open } = Promise.withResolvers<void>();
  for (const cup of larges) {
    for (const { id } of cup.entries) {
      run.answer(id, async () => {
        asked.add(cup);
        await goOn;
        return { kind: "choice", choice: { orders: [], reasoning: "it holds", confidence: 0.5 }, recovered: false };
      });
    }
  }
  const done = consume(run.ports, roundHandlers, "agonus-agents", deliveries);
  // No large group ends before the small one has ended, and eight of them wait.
  await vi.waitFor(() => expect([acked.length, asked.size]).toEqual([1, 8]), { timeout: 20_000 });
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect([acked, asked.size]).toEqual([[deliveries[9]?.body], 8]);
  open();
  await done;
  expect(acked).toHaveLength(10);
});

test("at most as many run side by side as allowed", async () => {
  let [now, most] = [0, 0];
  const done: number[] = [];
  await sideBySide([1, 2, 3, 4, 5, 6, 7], 3, async (n) => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, n % 3));
    now--;
    done.push(n);
  });
  expect([most, done.sort()]).toEqual([3, [1, 2, 3, 4, 5, 6, 7]]);
});

/** Opens the large round first, then the small one. Returns how much of the large one was decided when the small one was. */
const largeBeforeSmall = async () => {
  const large = await world(db.query, { market: "replay", entries: 4200, rounds: 1 });
  const small = await world(db.query, { market: "replay", entries: 6, rounds: 1 });
  await advance(run.ports, large.id);
  const atOnce = run.queued.length;
  await advance(run.ports, small.id);
  for (let batches = 0; (await decidedOf(small)) < 6; batches++) {
    if (batches > 100) throw new Error("the small one was never decided");
    await run.drain(1);
  }
  return { large, small, atOnce, decided: await decidedOf(large) };
};

test("a small round is decided long before a large one that opened first, and the large one is still decided whole", async () => {
  const { large, atOnce, decided } = await largeBeforeSmall();
  expect(atOnce).toBe(20);
  expect(decided).toBeLessThanOrEqual(2000);
  await run.drain();
  expect(await decidedOf(large)).toBe(4200);
  const sends = await db.query(`select sends, state from rounds where tournament_id = $1`, [large.id]);
  expect(sends).toMatchObject([{ state: "settled" }]);
}, 120_000);

test("lost slices are sent again from the beginning, and no entry is sent twice within one sending", async () => {
  const large = await world(db.query, { market: "replay", entries: 3500, rounds: 1 });
  await advance(run.ports, large.id);
  const first = run.queued.splice(0);
  expect(first).toHaveLength(20);
  expect(await advance(run.ports, large.id)).toMatchObject({ afterMs: 1000 });
  expect(run.queued).toHaveLength(0);
  await clock.add(5000);
  await advance(run.ports, large.id);
  const again = first.map(({ message }) => ({ ...message, again: true }));
  expect(run.queued.map(({ message }) => message)).toEqual(again);
  await run.drain();
  expect(await decidedOf(large)).toBe(3500);
}, 120_000);

test("a paused agents queue lets a replay wait, and its round goes on when it is resumed", async () => {
  const cup = await world(db.query, { market: "replay", entries: 3, rounds: 1 });
  await pauseQueue(db.query, "agents", "operator", "a test");
  await advance(run.ports, cup.id);
  await run.drain();
  expect(await decidedOf(cup)).toBe(0);
  expect(await advance(run.ports, cup.id)).toMatchObject({ afterMs: 5000 });
  await resumeQueue(db.query, "agents");
  expect(await roundsToSend(db.query, "agents")).toEqual([cup.id]);
  await advance(run.ports, cup.id);
  await run.drain();
  expect(await decidedOf(cup)).toBe(3);
});

test("a live round that closes while its queue is paused records misses that say so", async () => {
  const cup = await world(db.query, { entries: 2 });
  await clock.set(cup.due(0));
  await pauseQueue(db.query, "agents", "operator", null);
  await advance(run.ports, cup.id);
  await clock.add(30_000);
  await advance(run.ports, cup.id);
  expect(run.queued).toHaveLength(1);
  await run.drain();
  await clock.set(cup.due(0) + 150_000);
  await advance(run.ports, cup.id);
  await clock.add(1000);
  await resumeQueue(db.query, "agents");
  expect(await db.query(`select distinct reason from missed_decisions`)).toEqual([{ reason: "queue.paused" }]);
  expect(await decidedOf(cup)).toBe(0);
});

test("a live round that is resumed before its deadline is sent at once", async () => {
  const cup = await world(db.query, { entries: 2 });
  await clock.set(cup.due(0));
  await pauseQueue(db.query, "agents", "operator", null);
  await advance(run.ports, cup.id);
  await clock.add(30_000);
  await advance(run.ports, cup.id);
  await run.drain();
  await resumeQueue(db.query, "agents");
  for (const id of await roundsToSend(db.query, "agents")) await advance(run.ports, id);
  await run.drain();
  expect(await decidedOf(cup)).toBe(2);
});

test("fills of a paused trading queue stay owed, and are made once it is resumed", async () => {
  const cup = await world(db.query, { market: "replay", entries: 2, rounds: 1 });
  const buy = { orders: [{ side: "buy", symbol: "BTC-USDT", amount: "100" }], reasoning: "it buys", confidence: 0.5 };
  for (const { id } of cup.entries) run.answer(id, () => ({ kind: "choice", choice: buy, recovered: false }));
  await pauseQueue(db.query, "trading", "operator", null);
  await advance(run.ports, cup.id);
  await run.drain();
  expect(await count(db.query, "trades")).toBe(0);
  await resumeQueue(db.query, "trading");
  for (const id of await roundsToSend(db.query, "trading")) await advance(run.ports, id);
  await run.drain();
  expect(await count(db.query, "trades")).toBe(2);
});

test("a limited queue holds no round back, because its limit counts tasks", async () => {
  const cup = await world(db.query, { market: "replay", entries: 3, rounds: 1 });
  await limitQueue(db.query, "agents", 1);
  await advance(run.ports, cup.id);
  await run.drain();
  expect(await decidedOf(cup)).toBe(3);
});
