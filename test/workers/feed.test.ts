import { evictDurableObject, listDurableObjectIds, runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import type { Arena } from "../../durable-objects/arena.ts";
import { type FeedEvent, type FeedFrame, FULL_HEADER, feedFrame } from "../../src/api/feed.ts";
import { ahead, call, eventually, liveRound, makeAgent, query, replay } from "./arrange.ts";

const open: WebSocket[] = [];
afterEach(async () => {
  for (const socket of open.splice(0)) socket.close();
  vi.restoreAllMocks();
  await ahead(0);
});

const arenaOf = (tournamentId: string) => env.ARENA.getByName(tournamentId);
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

class Spectator {
  readonly frames: FeedFrame[] = [];
  readonly texts: string[] = [];
  readonly socket: WebSocket;
  constructor(socket: WebSocket) {
    this.socket = socket;
    open.push(socket);
    socket.addEventListener("message", ({ data }) => {
      this.texts.push(String(data));
      if (data !== "pong") this.frames.push(feedFrame.parse(JSON.parse(String(data))));
    });
    socket.accept();
  }
  get steps() {
    return this.frames.filter((frame) => frame.type === "step");
  }
  get events(): FeedEvent[] {
    return this.steps.flatMap(({ events }) => events);
  }
  get token(): string {
    const last = this.frames.findLast((frame) => frame.type !== "reset");
    if (!last) throw new Error("no frame yet");
    return last.token;
  }
  of<T extends FeedEvent["type"]>(type: T): Extract<FeedEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<FeedEvent, { type: T }> => event.type === type);
  }
}

async function upgrade(tournamentId: string, resume?: string): Promise<Response> {
  const path = `/tournaments/${tournamentId}/feed${resume === undefined ? "" : `?resume=${resume}`}`;
  return exports.default.fetch(`https://agonus.test${path}`, { headers: { upgrade: "websocket" } });
}

async function watch(tournamentId: string, resume?: string): Promise<Spectator> {
  const response = await upgrade(tournamentId, resume);
  expect(response.status).toBe(101);
  if (!response.webSocket) throw new Error("no socket");
  const spectator = new Spectator(response.webSocket);
  await eventually("a welcome", async () => spectator.frames.some(({ type }) => type === "welcome"));
  return spectator;
}

const roundState = (number: number, state: string) => (spectator: Spectator) =>
  spectator.of("round").some((round) => round.number === number && round.state === state);

/** Moves round 0 past its deadline. The next round is an hour later. */
async function settle(tournamentId: string): Promise<void> {
  await ahead(200);
  await arenaOf(tournamentId).wake(tournamentId);
  await eventually("round 0 is settled", async () => {
    await arenaOf(tournamentId).wake(tournamentId);
    return (await call("GET", `/tournaments/${tournamentId}/rounds/0`)).body.state === "settled";
  });
}

/** An agent that buys: it has the strategy of a baseline. */
const buyer = { strategy: "equal_weight", strategy_type: "baseline" };

async function decide(live: { agentId: string; tournamentId: string }): Promise<void> {
  const run = await call("POST", `/agents/${live.agentId}/run?tournament_id=${live.tournamentId}`);
  expect((await call("GET", `/tasks/${run.body.task_id}?wait=10`)).body.state).toBe("SUCCESS");
}

test("a spectator gets a round's states, who has decided, and after the close the decisions and fills", async () => {
  const live = await liveRound(buyer);
  const spectator = await watch(live.tournamentId);
  const [welcome] = spectator.frames;
  expect(welcome).toMatchObject({
    type: "welcome",
    resumed: false,
    spectators: 1,
    events: [
      { type: "tournament", status: "live", entries: 1 },
      { type: "round", number: 0, state: "open", participants: 1, decided: 0 },
      { type: "progress", round: 0, decided: 0, agents: [] },
      { type: "prices" },
    ],
  });
  await decide(live);
  await eventually("who has decided", async () => spectator.of("progress").length > 0);
  expect(spectator.of("progress")).toMatchObject([{ round: 0, decided: 1, agents: [live.agentId] }]);
  await settle(live.tournamentId);
  await eventually("it is settled", async () => roundState(0, "settled")(spectator));
  // Meanwhile the rankings schedule may mark standings, which belong to no round.
  const ofRound = <E extends { round: number | null }>(events: readonly E[]) =>
    events.filter(({ round }) => round === 0);
  await eventually("its board", async () => ofRound(spectator.of("leaderboard")).length > 0);
  const stored = (await call("GET", `/tournaments/${live.tournamentId}/rounds/0`)).body;
  const [decisions] = spectator.of("decisions");
  expect(decisions).toMatchObject({ round: 0, made: 1, held: 0, missed: 0, thinned: false });
  expect(decisions?.items[0]).toMatchObject({
    reasoning: stored.decisions[0].reasoning,
    orders: [{ side: "buy", symbol: expect.any(String) }, ...stored.decisions[0].orders.slice(1).map(() => ({}))],
  });
  const [fills] = spectator.of("fills");
  const trades = (await call("GET", `/trades?tournament_id=${live.tournamentId}`)).body.items;
  expect(fills?.total).toBe(trades.length);
  expect(fills?.items).toEqual(expect.arrayContaining(trades));
  expect(fills?.holdings[0]?.agent_id).toBe(live.agentId);
  const board = (await call("GET", `/tournaments/${live.tournamentId}/leaderboard`)).body.items;
  expect(ofRound(spectator.of("leaderboard")).at(-1)).toMatchObject({ total: 1, items: board });
  expect(ofRound(spectator.of("equity"))[0]).toMatchObject({ agents: [live.agentId], equity: [board[0].equity] });
  const seqs = spectator.steps.map(({ seq }) => seq);
  expect(seqs).toEqual(seqs.map((_, i) => (seqs[0] ?? 0) + i));
});

test("no content of a decision is sent while the round is open", async () => {
  const live = await liveRound(buyer);
  const early = await watch(live.tournamentId);
  await decide(live);
  await eventually("who has decided", async () => early.of("progress").length > 0);
  const late = await watch(live.tournamentId);
  const resumed = await watch(live.tournamentId, (early.frames[0] as { token: string }).token);
  // As if the round had opened and got its decisions while nobody watched.
  await runInDurableObject(arenaOf(live.tournamentId), (_: Arena, state) => {
    state.storage.sql.exec(
      "update feed_state set state = json_set(state, '$.cursor.round', -1, '$.cursor.state', null)",
    );
  });
  await evictDurableObject(arenaOf(live.tournamentId));
  const anew = await watch(live.tournamentId);
  await eventually("the open round", async () => roundState(0, "open")(early));
  const [secret] = await query<{ reasoning: string }>("select reasoning from decision_details where round_id = $1", [
    live.roundId,
  ]);
  expect(secret?.reasoning).toBeTruthy();
  for (const spectator of [early, late, resumed, anew]) {
    const said = spectator.texts.join("\n");
    expect(said).not.toContain(secret?.reasoning);
    expect(said).not.toMatch(/"(orders|reasoning|confidence|side|amount|outcome)"/);
    const types = new Set(
      spectator.frames.flatMap((frame) => (frame.type === "reset" ? [] : frame.events.map(({ type }) => type))),
    );
    for (const type of types)
      expect(["tournament", "round", "progress", "prices", "leaderboard", "equity"]).toContain(type);
  }
});

test("a spectator who returns with a token gets exactly the frames that it missed, even after an eviction", async () => {
  const live = await liveRound(buyer);
  const stays = await watch(live.tournamentId);
  const leaves = await watch(live.tournamentId);
  const { token } = leaves;
  leaves.socket.close();
  await decide(live);
  await eventually("progress", async () => stays.of("progress").length > 0);
  await evictDurableObject(arenaOf(live.tournamentId));
  await settle(live.tournamentId);
  await eventually("settled", async () => roundState(0, "settled")(stays) && stays.of("leaderboard").length > 0);
  const back = await watch(live.tournamentId, token);
  await eventually("all", async () => back.steps.length === stays.steps.length);
  expect(back.frames[0]).toMatchObject({ type: "welcome", resumed: true, token, events: [] });
  expect(back.texts.slice(1)).toEqual(stays.texts.slice(1));
  // With a token from the middle, only the rest.
  const [, second] = stays.steps;
  const middle = await watch(live.tournamentId, stays.steps[0]?.token);
  await eventually("the rest", async () => middle.steps.length === stays.steps.length - 1);
  expect(middle.steps[0]).toEqual(second);
});

test("what happened while nobody watched is read and sent only when a spectator comes back", async () => {
  const live = await liveRound(buyer);
  const spectator = await watch(live.tournamentId);
  const { token } = spectator;
  spectator.socket.close();
  await eventually("nobody watches", async () =>
    runInDurableObject(arenaOf(live.tournamentId), (_: Arena, state) => state.getWebSockets().length === 0),
  );
  const spy = vi.spyOn(globalThis, "fetch");
  await decide(live);
  await settle(live.tournamentId);
  await pause(600);
  const read = spy.mock.calls.filter(([, init]) => String(init?.body).includes("last_settled"));
  expect(read).toEqual([]);
  spy.mockRestore();
  const back = await watch(live.tournamentId, token);
  await eventually("the round", async () => back.of("decisions").length === 1 && back.of("fills").length === 1);
  expect(back.of("round")).toMatchObject([{ number: 0, state: "settled", decided: 1 }]);
});

test("a foreign, future or broken token is answered with a reset and a welcome", async () => {
  const live = await liveRound();
  const { token } = await watch(live.tournamentId);
  const other = await liveRound();
  for (const bad of [token, "x", `${token}9`, "a.1", encodeURIComponent("💥.1")]) {
    const spectator = await watch(other.tournamentId, bad);
    expect(spectator.frames.map((frame) => [frame.type, "reason" in frame ? frame.reason : ""])).toEqual([
      ["reset", "foreign"],
      ["welcome", ""],
    ]);
  }
});

test("a token whose frames are gone is answered with a reset, not with half of them", async () => {
  const live = await liveRound();
  const spectator = await watch(live.tournamentId);
  const { token } = spectator;
  const arena = arenaOf(live.tournamentId);
  const change = (name: string) =>
    query("update tournaments set ends_at = ends_at + interval '1 hour' where id = $1 and $2 <> ''", [
      live.tournamentId,
      name,
    ]);
  for (let i = 0; i < 3; i++) {
    await change(String(i));
    await arena.wake(live.tournamentId);
    await eventually("a step", async () => spectator.steps.length > i);
  }
  // As if 512 frames had come since.
  await runInDurableObject(arena, (_: Arena, state) => {
    state.storage.sql.exec("delete from feed_frames where seq <= 2");
    state.storage.sql.exec("update feed_state set state = json_set(state, '$.floor', 2)");
  });
  await evictDurableObject(arena);
  const back = await watch(live.tournamentId, token);
  expect(back.frames.map((frame) => [frame.type, "reason" in frame ? frame.reason : ""])).toEqual([
    ["reset", "too_old"],
    ["welcome", ""],
  ]);
  const near = await watch(live.tournamentId, spectator.steps[1]?.token);
  await eventually("the last", async () => near.steps.length === 1);
});

test("a socket survives the object's eviction and gets the events after it", async () => {
  const live = await liveRound(buyer);
  const spectator = await watch(live.tournamentId);
  await evictDurableObject(arenaOf(live.tournamentId));
  spectator.socket.send("ping");
  await eventually("pong", async () => spectator.texts.includes("pong"));
  await decide(live);
  await eventually("progress", async () => spectator.of("progress").length > 0);
});

test("a hundred spectators read the same frames, and the database is asked as for one", async () => {
  const asked = async (spectators: number) => {
    await ahead(0);
    const live = await liveRound(buyer);
    const all: Spectator[] = [];
    for (let i = 0; i < spectators; i++) all.push(await watch(live.tournamentId));
    const spy = vi.spyOn(globalThis, "fetch");
    await decide(live);
    await eventually("progress", async () => all.every((one) => one.of("progress").length === 1));
    await settle(live.tournamentId);
    await eventually("boards", async () =>
      all.every((one) => one.of("leaderboard").length > 0 && one.of("fills").length > 0),
    );
    const statements = spy.mock.calls.filter(([, init]) => String(init?.body).includes("last_settled")).length;
    spy.mockRestore();
    const first = all[0]?.steps.map((frame) => JSON.stringify(frame));
    for (const one of all) {
      const own = one.steps.map((frame) => JSON.stringify(frame));
      expect(own).toEqual(first?.slice(0, own.length));
    }
    return statements;
  };
  const one = await asked(1);
  const many = await asked(100);
  expect(one).toBeGreaterThan(0);
  // Each step reads once. How many steps a round takes depends on the time, never on the number of spectators.
  expect(many).toBeLessThanOrEqual(one + 6);
});

test("a replay is sent round by round to its end", async () => {
  const id = await replay(8, [await makeAgent(buyer), await makeAgent()]);
  const spectator = await watch(id);
  expect((await call("POST", `/tournaments/${id}/start`)).status).toBe(200);
  await eventually("its end", async () => spectator.of("tournament").some(({ status }) => status === "completed"));
  const settled = new Set(
    spectator
      .of("round")
      .filter(({ state }) => state === "settled")
      .map(({ number }) => number),
  );
  expect([...settled].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(spectator.of("decisions").map(({ round }) => round)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  const equity = spectator.of("equity").filter(({ round }) => round !== null);
  expect(new Set(equity.map(({ round }) => round)).size).toBe(8);
  const chart = (await call("GET", `/tournaments/${id}/equity`)).body;
  for (const { round, agents, equity: values } of equity) {
    for (const [i, agent] of agents.entries()) {
      const line = chart.series.find((one: { agent_id: string }) => one.agent_id === agent);
      expect(Number(values[i])).toBeCloseTo(Number(line.equity[round ?? 0]), 2);
    }
  }
});

test("a client that sends messages is disconnected, and an unknown tournament or a request without upgrade is refused", async () => {
  const live = await liveRound();
  const spectator = await watch(live.tournamentId);
  const closed = new Promise<number>((done) => spectator.socket.addEventListener("close", ({ code }) => done(code)));
  spectator.socket.send("hello");
  expect(await closed).toBe(1008);
  expect((await upgrade("0198ffff-0000-7000-8000-000000000000")).status).toBe(404);
  expect((await upgrade("nothing")).status).toBe(404);
  expect(await call("GET", `/tournaments/${live.tournamentId}/feed`)).toMatchObject({
    status: 426,
    body: { code: "request.upgrade_required" },
  });
});

/** From an address, as the Worker hands it on in production. */
async function knock(tournamentId: string, address: string | null): Promise<Response> {
  const url = `https://arena.local/${address === null ? "" : `?address=${encodeURIComponent(address)}`}`;
  return arenaOf(tournamentId).fetch(url, { headers: { upgrade: "websocket" } });
}
function enter(response: Response): WebSocket {
  if (!response.webSocket) throw new Error(`${response.status}`);
  response.webSocket.accept();
  open.push(response.webSocket);
  return response.webSocket;
}

test("a feed of a tournament that isn't makes no object", async () => {
  const before = (await listDurableObjectIds(env.ARENA)).length;
  for (let i = 0; i < 5; i++) {
    expect((await upgrade(`0198ffff-0000-7000-8000-00000000000${i}`)).status).toBe(404);
  }
  expect((await listDurableObjectIds(env.ARENA)).length).toBe(before);
});

test("100 spectators of a tournament from one address, also at once; those whose address is nobody's word are not counted by it", async () => {
  const live = await liveRound();
  const answers = await Promise.all(Array.from({ length: 110 }, () => knock(live.tournamentId, "203.0.113.7")));
  expect(answers.filter(({ status }) => status === 101).length).toBe(100);
  expect(answers.filter(({ status }) => status === 429).map((answer) => answer.headers.get(FULL_HEADER))).toEqual(
    Array(10).fill("address"),
  );
  const [first] = answers.filter(({ status }) => status === 101).map(enter);
  enter(await knock(live.tournamentId, "203.0.113.8"));
  for (let i = 0; i < 101; i++) enter(await knock(live.tournamentId, null));
  first?.close();
  await eventually("a place", async () => {
    const answer = await knock(live.tournamentId, "203.0.113.7");
    if (answer.status === 101) enter(answer);
    return answer.status === 101;
  });
  expect((await knock(live.tournamentId, "203.0.113.7")).status).toBe(429);
});

test("5,000 spectators of a tournament, and the next one is told so by the Worker", async () => {
  const live = await liveRound();
  enter(await knock(live.tournamentId, null));
  await runInDurableObject(arenaOf(live.tournamentId), (_: Arena, state) => {
    const real = state.getWebSockets.bind(state);
    const [one] = real();
    if (!one) throw new Error("nobody watches");
    // One real socket stands for 4,990: to open them takes a minute.
    const many = (tag?: string) => (tag === undefined ? [...Array<WebSocket>(4989).fill(one), ...real()] : real(tag));
    Object.defineProperty(state, "getWebSockets", { value: many, configurable: true });
  });
  const answers = await Promise.all(Array.from({ length: 12 }, () => knock(live.tournamentId, null)));
  for (const answer of answers) if (answer.status === 101) enter(answer);
  expect(answers.map(({ status }) => status).sort()).toEqual([...Array(10).fill(101), 429, 429]);
  expect((await knock(live.tournamentId, "203.0.113.7")).headers.get(FULL_HEADER)).toBe("tournament");
  const refused = await upgrade(live.tournamentId);
  expect([refused.status, refused.headers.get("retry-after"), await refused.json()]).toMatchObject([
    429,
    "60",
    { code: "feed.full", detail: "The tournament has 5,000 spectators already: try again in a minute." },
  ]);
});
