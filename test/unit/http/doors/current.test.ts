/** GET /agents/{id}/rounds/current: the contract agonus.round/1, and waiting. */
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { agonusRound } from "../../../../src/api/round.ts";
import { closeTestServer } from "../../../support/database.ts";
import { buys, type DoorScene, doorScene, holds, type Player } from "../../../support/doors.ts";

let scene: DoorScene;
let bot: Player;
let other: Player;
beforeEach(async () => {
  scene = await doorScene();
  [bot, other] = scene.players as [Player, Player];
  watch(scene);
});
/** Statements under way. */
let underWay = 0;
function watch({ api }: DoorScene): void {
  underWay = 0;
  const { query } = api.deps;
  const counted: typeof query = async (text, params) => {
    underWay += 1;
    try {
      return await query(text, params);
    } finally {
      underWay -= 1;
    }
  };
  Object.assign(api.deps, { query: counted });
}
afterEach(() => scene.close());
afterAll(closeTestServer);

const raw = async (one: Player) => {
  const path = `/agents/${one.id}/rounds/current?tournament_id=${scene.cup.id}`;
  return (await scene.api.app.request(path, { headers: { authorization: `Bearer ${one.key}` } })).text();
};
/** Waits until every request that was sent waits for its round: no statement is under way, and the Arena is asked. */
async function settled(): Promise<void> {
  for (let quiet = 0; quiet < 5; ) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    quiet = underWay === 0 && scene.api.news.calls > 0 ? quiet + 1 : 0;
  }
}

test("an open round shows market, portfolio, limits, standing and memory", async () => {
  await scene.open(0);
  await scene.clock.add(53_600);
  const { status, body } = await bot.current();
  expect(status).toBe(200);
  const round = agonusRound.strict().parse(body);
  expect(round).toMatchObject({
    contract: "agonus.round/1",
    tournament: { id: scene.cup.id, interval_seconds: 300, quote: "USDT" },
    round: {
      number: 0,
      due_at: new Date(scene.cup.due(0)).toISOString(),
      deadline_at: new Date(scene.cup.due(0) + 150_000).toISOString(),
      seconds_left: 96.4,
    },
    portfolio: { cash: "500", equity: "500", positions: [] },
    standing: { rank: null, of: 0, return: 0 },
    memory: { last_trades: [], last_decision: null, notes: {} },
  });
  const [first] = Object.values(round.market);
  expect(Object.keys(round.market)).toEqual(["BTC-USDT", "ETH-USDT"]);
  expect(first?.candles).toHaveLength(120);
  const last = first?.candles.at(-1);
  expect(last?.[0]).toBe(new Date(scene.cup.due(0) - 300_000).toISOString().replace(".000Z", "Z"));
  expect([first?.price, Object.keys(first?.indicators ?? {})]).toEqual([
    last?.[4],
    expect.arrayContaining(["rsi14", "macd_signal"]),
  ]);
});

test("tournament, market and round but for seconds_left are the same bytes for every agent", async () => {
  await scene.open(0);
  const texts = [await raw(bot), await raw(other)];
  const shared = texts.map((text) => text.slice(0, text.indexOf('"portfolio"')));
  expect(shared[0]?.length).toBeGreaterThan(10_000);
  expect(shared[1]).toBe(shared[0]);
  await scene.clock.add(5000);
  const later = await raw(other);
  const without = (text: string) => text.slice(0, text.indexOf('"portfolio"')).replace(/"seconds_left":[\d.]+/, "");
  expect(later.slice(0, later.indexOf('"portfolio"'))).not.toBe(shared[0]);
  expect(without(later)).toBe(without(texts[0] ?? ""));
});

test("what an agent did shows in its next round", async () => {
  await scene.open(0);
  await bot.decide({ ...buys(0), memory: { notes: { seen: 1 } } });
  await scene.clock.set(scene.cup.due(0) + 150_000);
  for (let step = 0; step < 4; step++) await scene.step();
  await scene.open(1);
  const { body } = await bot.current();
  const [position] = body.portfolio.positions;
  expect(body.memory).toMatchObject({
    last_trades: [{ round: 0, side: "buy", symbol: "BTC-USDT" }],
    last_decision: { round: 0, outcome: "made", reasoning: "It looks cheap." },
    notes: { seen: 1 },
  });
  expect(Number(position.value) - Number(position.cost)).toBeCloseTo(Number(position.unrealised), 8);
  expect(Number(body.portfolio.cash) + Number(position.value)).toBeCloseTo(Number(body.portfolio.equity), 7);
  expect(body.standing).toMatchObject({ of: 2, rank: expect.any(Number) });
});

test("without an undecided round the answer is 204 with Retry-After, and 410 once the tournament is over", async () => {
  const before = await bot.current();
  expect([before.status, before.headers.get("retry-after")]).toEqual([204, "60"]);
  await scene.open(0);
  await bot.decide(holds(0));
  expect((await bot.current()).status).toBe(204);
  expect((await other.current()).status).toBe(200);
  await scene.api.db.query("update tournaments set status = 'completed' where id = $1", [scene.cup.id]);
  expect(await bot.current()).toMatchObject({ status: 410, body: { code: "tournament.ended" } });
  expect((await scene.api.get(`/agents/${bot.id}/rounds/current`, { key: bot.key })).status).toBe(410);
});

test("a page is made once, ends its line, and is indented where that is asked for", async () => {
  await scene.open(0);
  const headers = { authorization: `Bearer ${bot.key}` };
  const text = async (query: string) => {
    const read = vi.spyOn(Response.prototype, "text");
    const answer = await scene.api.app.request(
      `/agents/${bot.id}/rounds/current?tournament_id=${scene.cup.id}${query}`,
      { headers },
    );
    expect(read).not.toHaveBeenCalled();
    read.mockRestore();
    return answer.text();
  };
  const plain = await text("");
  expect([plain.endsWith("}\n"), plain.trim().includes("\n")]).toEqual([true, false]);
  const indented = await text("&pretty");
  expect(indented).toMatch(/^\{\n {2}"contract": .*\n\}\n$/s);
  const both = [plain, indented].map((page) => JSON.parse(page));
  for (const page of both) delete page.round.seconds_left;
  expect(both[1]).toEqual(both[0]);
});

test("without tournament_id the agent's only tournament is meant", async () => {
  await scene.open(0);
  const path = `/agents/${bot.id}/rounds/current`;
  expect((await scene.api.get(path, { key: bot.key })).body.tournament.id).toBe(scene.cup.id);
  const lonely = await scene.api.agent();
  expect((await scene.api.get(`/agents/${lonely}/rounds/current`)).body.code).toBe("agent.no_live_entry");
  expect((await scene.api.get(`${path}?wait=61`, { key: bot.key })).body.errors[0].path).toBe("wait");
});

test("the opening of a round wakes all who wait, and one call to the Arena serves them all", async () => {
  await scene.close();
  scene = await doorScene({ entries: 50 });
  watch(scene);
  const waits = scene.players.map((one) => one.current("wait=30"));
  await settled();
  await scene.open(0);
  const answers = await Promise.all(waits);
  expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200));
  expect(new Set(answers.map(({ body }) => JSON.stringify(body.market))).size).toBe(1);
  // One call waits at most 5 s.
  expect(scene.api.news.calls).toBeLessThan(10);
});

test("an agent that waits again after an answer costs no statement but its key's", async () => {
  await scene.open(0);
  await Promise.all(scene.players.map((one) => one.decide(holds(0))));
  const first = scene.players.map((one) => one.current("wait=1"));
  await settled();
  const texts: string[] = [];
  const { query } = scene.api.deps;
  Object.assign(scene.api.deps, {
    query: (text: string, params?: unknown[]) => {
      texts.push(text);
      return query(text, params);
    },
  });
  const again = await bot.current("wait=0.5");
  expect(again.status).toBe(204);
  expect(texts.filter((text) => !text.includes("from keys k"))).toEqual([]);
  await Promise.all(first);
});

test("an agent that waits for the next round right after its answer costs no statement but its key's", async () => {
  await scene.open(0);
  await other.decide(holds(0));
  const listens = other.current("wait=1");
  await settled();
  expect((await bot.decide(holds(0))).status).toBe(200);
  const texts: string[] = [];
  const { query } = scene.api.deps;
  Object.assign(scene.api.deps, {
    query: (text: string, params?: unknown[]) => {
      texts.push(text);
      return query(text, params);
    },
  });
  const { doorPorts } = scene.api.deps;
  Object.assign(doorPorts, { query: scene.api.deps.query });
  expect((await bot.current("wait=0.3")).status).toBe(204);
  expect(texts.filter((text) => !text.includes("from keys k"))).toEqual([]);
  await listens;
});

test("an agent holds two waits at a time, a third is 429, and they end by themselves", async () => {
  const waits = [bot.current("wait=1"), bot.current("wait=1")];
  await settled();
  expect(await bot.current("wait=1")).toMatchObject({ status: 429, body: { code: "agent.too_many_waits" } });
  expect((await bot.current()).status).toBe(204);
  const others = other.current("wait=0.3");
  expect((await Promise.all([...waits, others])).map(({ status }) => status)).toEqual([204, 204, 204]);
  expect((await bot.current("wait=0.1")).status).toBe(204);
});

test("an Arena that is reset while agents wait costs time and nothing else", async () => {
  let failures = 0;
  const { doorPorts } = scene.api.deps;
  const { askArena } = doorPorts;
  Object.assign(doorPorts, {
    askArena: (id: string, after: number, ms: number) => {
      if (failures++ < 2) return Promise.reject(new Error("the object was reset"));
      return askArena(id, after, ms);
    },
  });
  const waits = scene.players.map((one) => one.current("wait=20"));
  await settled();
  await scene.open(0);
  expect((await Promise.all(waits)).map(({ status }) => status)).toEqual([200, 200]);
  expect(failures).toBeGreaterThan(2);
});
