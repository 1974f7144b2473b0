/** POST /agents/{id}/decisions: each row of the table in docs/doors.md. */
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { decisionAnswer, decisionBody, decisionReply } from "../../../../src/api/decision.ts";
import { errorCodes } from "../../../../src/core/error-codes.ts";
import type { Query } from "../../../../src/db/query.ts";
import { KnownSeats } from "../../../../src/rounds/doors/seat.ts";
import { takeSubmissions } from "../../../../src/rounds/doors/submissions.ts";
import { count } from "../../../support/builders.ts";
import { closeTestServer } from "../../../support/database.ts";
import { buys, type DoorScene, doorScene, holds, type Player } from "../../../support/doors.ts";

let scene: DoorScene;
let bot: Player;
let other: Player;
beforeEach(async () => {
  scene = await doorScene();
  [bot, other] = scene.players as [Player, Player];
  await scene.open(0);
});
afterEach(() => scene.close());
afterAll(closeTestServer);

const decisions = () => count(scene.api.db.query, "decisions");

test("a decision is stored, its task succeeds, and its answer says what became of each order", async () => {
  const body = {
    ...buys(0),
    orders: [
      { side: "buy", symbol: "BTC-USDT", amount: "50", confidence: 0.7 },
      { side: "buy", symbol: "DOGE-USDT", amount: 1 },
      { side: "sell", symbol: "BTC-USDT", amount: "0" },
    ],
    confidence: "0.7",
    memory: { notes: { plan: ["wait"] } },
  };
  const { status, body: answer } = await bot.decide(body);
  expect(status).toBe(200);
  const refused = (code: keyof typeof errorCodes) => ({ state: "refused", code, detail: errorCodes[code].sentence });
  expect(decisionAnswer.strict().parse(answer)).toEqual({
    round: 0,
    outcome: "made",
    orders: [
      { side: "buy", symbol: "BTC-USDT", amount: "50", confidence: 0.7, state: "accepted", code: null, detail: null },
      { side: "buy", symbol: "DOGE-USDT", amount: "1", confidence: null, ...refused("trading.unknown_symbol") },
      { side: "sell", symbol: "BTC-USDT", amount: "0", confidence: null, ...refused("trading.bad_amount") },
    ],
    stored_at: new Date(scene.clock.now()).toISOString(),
    replayed: false,
  });
  expect((await scene.api.get(`/tasks?entry_id=${bot.entryId}`)).body.items).toMatchObject([
    { state: "SUCCESS", result: { outcome: "made" } },
  ]);
  expect(await scene.api.db.query("select notes from memories")).toEqual([{ notes: { plan: ["wait"] } }]);
});

test("the same body again gets the same answer, however its numbers are written and whatever the round's state", async () => {
  const first = await bot.decide({ ...buys(0), confidence: 0.5 });
  const again = [
    { ...buys("0" as never, 50), confidence: "0.50" },
    { ...buys(0, "50.00"), confidence: 0.5 },
  ];
  for (const body of again) {
    expect(await bot.decide(body)).toMatchObject({ status: 200, body: { ...first.body, replayed: true } });
  }
  await scene.open(1);
  const later = await bot.decide({ ...buys(0), confidence: 0.5 });
  expect([later.status, later.body]).toEqual([200, { ...first.body, replayed: true }]);
  expect(await decisions()).toBe(1);
});

test("another body is refused with what is stored, also after the close", async () => {
  const first = (await bot.decide(holds(0))).body;
  for (const next of [async () => {}, () => scene.open(1)]) {
    await next();
    const answer = await bot.decide(buys(0));
    expect(answer).toMatchObject({ status: 409, body: { code: "decision.exists", stored: first } });
  }
});

test("a round that has closed is late, and one that is not open is not_open with the open one", async () => {
  expect(await bot.decide(holds(1))).toMatchObject({ status: 409, body: { code: "round.not_open", round: 0 } });
  await scene.clock.set(scene.cup.due(0) + 150_000);
  expect((await bot.decide(holds(0))).body.code).toBe("round.late");
  expect(await bot.decide(holds(1))).toMatchObject({ status: 409, body: { code: "round.not_open", round: null } });
  await scene.open(1);
  expect((await bot.decide(holds(0))).body.code).toBe("round.late");
  expect((await bot.decide(holds(1))).status).toBe(200);
});

test.each([
  ["an unknown member", { price: "1" }, "price"],
  ["a price in an order", { orders: [{ side: "buy", symbol: "BTC-USDT", amount: "1", price: "2" }] }, "orders.0.price"],
  ["a side that is none", { orders: [{ side: "hold", symbol: "BTC-USDT", amount: "1" }] }, "orders.0.side"],
  ["an amount that is no number", { orders: [{ side: "buy", symbol: "BTC-USDT", amount: true }] }, "orders.0.amount"],
  ["no reasoning", { reasoning: undefined }, "reasoning"],
  ["an empty reasoning", { reasoning: "" }, "reasoning"],
  ["a long reasoning", { reasoning: "x".repeat(4001) }, "reasoning"],
  ["a confidence above 1", { confidence: 1.1 }, "confidence"],
  ["a round that is no number", { round: "first" }, "round"],
  ["orders that are no list", { orders: {} }, "orders"],
  ["notes over 8 KB", { memory: { notes: { text: "x".repeat(8190) } } }, "memory.notes"],
  ["a memory with more than notes", { memory: { notes: {}, more: 1 } }, "memory.more"],
])("%s is 422 with its path, and nothing is stored", async (_, fault, path) => {
  const { status, body } = await bot.decide({ ...holds(0), ...fault });
  expect([status, body.errors?.[0]?.path]).toEqual([422, path]);
  expect(await decisions()).toBe(0);
});

test("a JSON number that a float does not keep is refused with a sentence, and one that it keeps is taken", async () => {
  const text = (amount: string) => JSON.stringify(buys(0, "N")).replace('"N"', amount);
  const send = (raw: string) =>
    scene.api.call("POST", `/agents/${bot.id}/decisions?tournament_id=${scene.cup.id}&dry_run=true`, {
      raw,
      key: bot.key,
    });
  for (const amount of ["0.1000000000000000055", "9007199254740993"]) {
    const { status, body } = await send(text(amount));
    expect([status, body.errors[0]]).toEqual([
      422,
      { path: "orders.0.amount", message: "loses digits as a JSON number: write it as a string, or with fewer digits" },
    ]);
  }
  for (const amount of ["0.7", "1e-7", "1.0", '"1"'])
    expect([amount, (await send(text(amount))).status]).toEqual([amount, 200]);
});

test("a body over 64 KB is 413, and a broken one is 400", async () => {
  const { status, body } = await bot.decide({ ...holds(0), reasoning: "x".repeat(64 * 1024) });
  expect([status, body.code, body.detail]).toEqual([413, "request.too_large", "The body is larger than 65536 bytes."]);
  const broken = await scene.api.call("POST", `/agents/${bot.id}/decisions`, { raw: '{"round": 0', key: bot.key });
  expect(broken.status).toBe(400);
});

test("a dry run answers as the decision would and stores nothing", async () => {
  const dry = await bot.decide(buys(0), "dry_run=true");
  expect(dry).toMatchObject({ status: 200, body: { outcome: "made", stored_at: null, replayed: false } });
  expect(await decisions()).toBe(0);
  const real = await bot.decide(buys(0));
  expect(real.body).toEqual({ ...dry.body, stored_at: expect.any(String) });
  expect((await bot.decide(holds(1), "dry_run=true")).body.code).toBe("round.not_open");
});

test("with wait the answer brings the round that opens next, and what ends the wait is no error", async () => {
  const waiting = bot.decide(holds(0), "wait=60");
  await expect.poll(async () => (await bot.current()).status).toBe(204);
  await scene.clock.add(scene.cup.intervalMs / 2);
  for (let step = 0; step < 4; step++) await scene.step();
  await scene.open(1);
  const { status, body } = await waiting;
  expect([status, body]).toEqual([
    200,
    {
      ...{ round: 0, outcome: "held", orders: [], stored_at: expect.any(String), replayed: false },
      ...{ next: expect.objectContaining({ contract: "agonus.round/1" }), over: false },
    },
  ]);
  const { body: page } = await bot.current();
  const still = (round: typeof page) => ({ ...round, round: { ...round.round, seconds_left: 0 } });
  expect(still(body.next)).toEqual(still(page));
  expect(decisionReply.strict().parse(body)).toEqual(body);

  expect((await bot.decide(holds(1), "dry_run=true&wait=5")).body).toMatchObject({
    code: "request.invalid",
    errors: [{ path: "wait" }],
  });
  expect((await bot.decide(holds(1), "wait=0.05")).body).toMatchObject({ round: 1, next: null, over: false });
  // A refused decision waits for nothing.
  expect((await other.decide(holds(5), "wait=60")).body.code).toBe("round.not_open");
  await scene.api.db.query("update tournaments set status = 'completed' where id = $1", [scene.cup.id]);
  // The same body again.
  expect((await bot.decide(holds(1), "wait=60")).body).toMatchObject({ replayed: true, next: null, over: true });
});

test("a decision is stored where its agent holds as many waits as it may, and does not wait", async () => {
  await bot.decide(holds(0));
  const waits = [bot.current("wait=2"), bot.current("wait=2")];
  expect((await bot.decide(holds(0), "wait=60")).body).toMatchObject({ replayed: true, next: null, over: false });
  for (const wait of waits) expect((await wait).status).toBe(204);
});

test("fifty answers at once store one decision: the first wins, and each other is told what is stored", async () => {
  const bodies = Array.from({ length: 50 }, (_, i) => (i % 2 ? holds(0) : buys(0)));
  const answers = await Promise.all(bodies.map((body) => bot.decide(body)));
  expect(await decisions()).toBe(1);
  const [stored] = answers.filter(({ status, body }) => status === 200 && !body.replayed);
  const same = answers.filter(({ status, body }) => status === 200 && body.outcome === stored?.body.outcome);
  const others = answers.filter(({ body }) => body.code === "decision.exists");
  expect([same.length, others.length]).toEqual([25, 25]);
});

test("sixty agents that answer at the same time cost three statements: the rows, the context, the write", async () => {
  await scene.close();
  scene = await doorScene({ entries: 60 });
  await scene.open(0);
  const { query } = scene.api.db;
  let statements = 0;
  const ports = {
    ...scene.run.ports,
    query: ((text, params) => {
      statements += 1;
      return query(text, params);
    }) satisfies Query,
  };
  const body = decisionBody.parse(buys(0));
  const submissions = scene.players.map(({ id: agentId }) => {
    return { agentId, tournamentId: scene.cup.id, body, dryRun: false, door: "rest" as const };
  });
  const known = new KnownSeats();
  const submitted = await takeSubmissions(ports, submissions, known);
  expect(submitted.map(({ kind }) => kind)).toEqual(Array(60).fill("answer"));
  expect([await decisions(), statements]).toEqual([60, 3]);
  // In the next round their places are known.
  await scene.open(1);
  statements = 0;
  const next = { ...body, round: 1 };
  const again = await takeSubmissions(
    ports,
    submissions.map((each) => ({ ...each, body: next })),
    known,
  );
  expect(again.map(({ kind }) => kind)).toEqual(Array(60).fill("answer"));
  expect([await decisions(), statements]).toEqual([120, 2]);
});

test("whatever keeps an agent whose place is known from deciding is told as to a newcomer", async () => {
  await scene.close();
  scene = await doorScene({ entries: 6 });
  const { query } = scene.api.db;
  const [halted, late, exists, withdrawn, again, twice] = scene.players as [
    Player,
    Player,
    Player,
    Player,
    Player,
    Player,
  ];
  await scene.open(0);
  for (const player of scene.players) expect((await player.decide(holds(0))).status).toBe(200);
  await scene.open(1);
  await query("update entries set halted_at = agonus_now() where id = $1", [halted.entryId]);
  await query("update entries set status = 'withdrawn', last_round = 0 where id = $1", [withdrawn.entryId]);
  await exists.decide(holds(1));
  const codeOf = async (player: Player, body: unknown) => (await player.decide(body)).body.code;
  expect([
    await codeOf(halted, holds(1)),
    await codeOf(late, buys(0)),
    await codeOf(late, holds(2)),
    await codeOf(exists, buys(1)),
    await codeOf(withdrawn, holds(1)),
  ]).toEqual(["agent.halted", "decision.exists", "round.not_open", "decision.exists", "entry.withdrawn"]);
  expect((await again.decide(holds(0))).body).toMatchObject({ round: 0, replayed: true });
  const both = await Promise.all([twice.decide(buys(1)), twice.decide(buys(1))]);
  expect(both.map(({ status, body }) => [status, body.replayed]).toSorted()).toEqual([
    [200, false],
    [200, true],
  ]);
  // The time to answer is up, and the round is not closed yet.
  await query("update rounds set answers_until = agonus_now() where number = 1");
  expect(await codeOf(late, holds(1))).toBe("round.late");
});

test("a decision costs four statements beside the market, which is read once a round", async () => {
  const [, other] = scene.players as [Player, Player];
  await bot.decide(holds(0));
  let statements = 0;
  const { query } = scene.api.deps;
  Object.assign(scene.api.deps, {
    query: (text: string, params?: unknown[]) => {
      statements += 1;
      return query(text, params);
    },
  });
  await other.decide(buys(0));
  // The key, the rows, the context, and the write.
  expect(statements).toBe(4);
});

test("an agent's key decides for no other agent, and a house agent decides for itself", async () => {
  const [, other] = scene.players as [Player, Player];
  const path = `/agents/${other.id}/decisions?tournament_id=${scene.cup.id}`;
  expect((await scene.api.post(path, holds(0), { key: bot.key })).status).toBe(403);
  const house = await scene.api.agent();
  const cup = await scene.api.tournament({ agent_ids: [house] });
  const answer = await scene.api.post(`/agents/${house}/decisions?tournament_id=${cup.id}`, holds(0));
  expect([answer.status, answer.body.code]).toEqual([409, "round.not_open"]);
  await scene.api.db.query("update entries set kind = 'house' where id = $1", [bot.entryId]);
  expect((await bot.decide(holds(0))).body.code).toBe("agent.wrong_kind");
});

test("a decision leaves no row in the audit and takes no Idempotency-Key: its body is its key", async () => {
  const before = await count(scene.api.db.query, "audit");
  const headers = { "idempotency-key": "mine" };
  const send = (body: unknown) =>
    scene.api.post(`/agents/${bot.id}/decisions?tournament_id=${scene.cup.id}`, body, { key: bot.key, headers });
  expect((await send(holds(0))).body.replayed).toBe(false);
  expect((await send(holds(0))).body.replayed).toBe(true);
  expect((await send(buys(0))).body.code).toBe("decision.exists");
  expect(await count(scene.api.db.query, "audit")).toBe(before);
  expect(await count(scene.api.db.query, "idempotency_keys")).toBe(0);
});

test("a key that is revoked in mid round decides no more", async () => {
  const { items } = (await scene.api.get("/keys")).body;
  const { key_id } = items.find((item: { agent_id: string }) => item.agent_id === bot.id);
  await scene.api.call("DELETE", `/keys/${key_id}`);
  expect((await bot.decide(holds(0))).status).toBe(401);
  expect(await decisions()).toBe(0);
});

test("an answer to an entry that a recovery changed meanwhile is stored on the new version", async () => {
  const { query } = scene.api.deps;
  let struck = false;
  Object.assign(scene.api.deps, {
    query: async (text: string, params?: unknown[]) => {
      const rows = await query(text, params);
      if (!struck && text.includes("'recoveries', e.recoveries")) {
        struck = true;
        await query("update entries set version = version + 1, recoveries = recoveries + 1 where id = $1", [
          bot.entryId,
        ]);
      }
      return rows;
    },
  });
  expect((await bot.decide(buys(0))).status).toBe(200);
  expect([struck, await decisions()]).toEqual([true, 1]);
});

test("the log tells by round what was sent, answered, stored and filled", async () => {
  await bot.decide(buys(0));
  await scene.clock.set(scene.cup.due(0) + 150_000);
  await scene.step();
  await scene.step();
  await scene.open(1);
  const { body } = await scene.api.get(`/agents/${bot.id}/log?tournament_id=${scene.cup.id}`, { key: bot.key });
  const [open, first] = body.items;
  expect(open).toMatchObject({ round: 1, state: "open", outcome: null, answered: null, stored: null, filled: [] });
  expect(first).toMatchObject({
    round: 0,
    outcome: "made",
    reason: null,
    sent: { due_at: new Date(scene.cup.due(0)).toISOString(), snapshot_hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
    answered: { door: "rest", body: { ...buys(0), round: 0 } },
    stored: { outcome: "made", reasoning: "It looks cheap.", orders: [{ symbol: "BTC-USDT", state: "accepted" }] },
    filled: [{ symbol: "BTC-USDT", side: "buy" }],
  });
  expect(
    (await scene.api.get(`/agents/${bot.id}/log?tournament_id=${scene.cup.id}&limit=1`, { key: bot.key })).body,
  ).toMatchObject({
    items: [{ round: 1 }],
    next_cursor: expect.any(String),
  });
});
