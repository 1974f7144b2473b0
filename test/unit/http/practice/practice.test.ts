/** Practice and qualification: private replays, their limits, and what becomes of them. */
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { deleteOldPractices } from "../../../../src/db/statements/practice/delete.ts";
import { advance } from "../../../../src/rounds/advance.ts";
import { count, type TestClock, testClock } from "../../../support/builders.ts";
import { closeTestServer } from "../../../support/database.ts";
import { type Answer, type Api, openApi, tournamentBody } from "../../../support/http-app.ts";
import { type InProcess, inProcess } from "../../../support/in-process.ts";

let api: Api;
let clock: TestClock;
let run: InProcess;
beforeEach(async () => {
  api = await openApi();
  clock = await testClock(api.db.query, Date.now());
  run = inProcess(api.db.query);
  Object.assign(api.deps, { enqueue: run.ports.enqueue });
});
afterEach(() => api.db.close());
afterAll(closeTestServer);

let named = 0;
async function bot(): Promise<{ id: string; key: string }> {
  const id = await api.agent({ kind: "outside", strategy_type: undefined, name: `Bot ${++named}` });
  return { id, key: (await api.post("/keys", { role: "agent", name: "Bot", agent_id: id })).body.key };
}
type Bot = Awaited<ReturnType<typeof bot>>;
const practise = ({ id, key }: Bot, body: unknown = {}) => api.post(`/agents/${id}/practice`, body, { key });
const qualification = async ({ id, key }: Bot) => (await api.get(`/agents/${id}/qualification`, { key })).body;

/** Plays a practice to its end. `decide` answers with the decision of a round, or null for none. */
async function play({ id, key }: Bot, tournament: string, decide: (round: number) => unknown): Promise<void> {
  await run.drain();
  const path = `/agents/${id}`;
  for (let steps = 0; steps < 500; steps++) {
    const { status } = await advance(run.ports, tournament);
    await run.drain();
    if (status === "completed") return;
    const { body, status: answer } = await api.get(`${path}/rounds/current?tournament_id=${tournament}`, { key });
    if (answer !== 200) continue;
    const decision = decide(body.round.number);
    if (decision !== null) await api.post(`${path}/decisions?tournament_id=${tournament}`, decision, { key });
    // In small steps: a longer pause would count as one of the platform, which gives its time back.
    else await clock.add(10_000);
  }
  throw new Error("the practice did not end");
}
const holds = (round: number) => ({ round, orders: [], reasoning: "Nothing to do." });

/** A tournament for qualified agents, and joining it. */
async function closedCup() {
  const { id } = await api.tournament({ rules: { qualified_only: true } });
  const { code } = (await api.post(`/tournaments/${id}/invites`, { uses: 5 })).body;
  return { id, code, join: ({ key }: Bot) => api.post("/join", { code }, { key }) };
}

test("an agent practises against private copies of two house strategies and cash, and qualifies", async () => {
  const agent = await bot();
  const cup = await closedCup();
  expect(await qualification(agent)).toEqual({
    qualified: false,
    rounds: 0,
    answered: 0,
    late: 0,
    refused: 0,
    reasons: [],
    at: null,
  });
  const before = await api.rowCounts();
  const { status, body } = await practise(agent);
  expect([status, body]).toEqual([
    202,
    { task_id: expect.any(String), status: "queued", tournament_id: expect.any(String) },
  ]);
  await play(agent, body.tournament_id, (round) => ({
    ...holds(round),
    orders: round < 2 ? [{ side: "buy", symbol: round === 0 ? "BTC-USDT" : "NO-USDT", amount: "5" }] : [],
  }));
  const { items } = (await api.get(`/tournaments/${body.tournament_id}/leaderboard`, { key: agent.key })).body;
  expect(items.map((item: { agent: string }) => item.agent).sort()).toEqual([
    `Bot ${named}`,
    "House cash",
    "House mean reversion",
    "House momentum",
  ]);
  const done = { qualified: true, rounds: 20, answered: 20, late: 0, refused: 1 };
  const reasons = [{ code: "trading.unknown_symbol", count: 1 }];
  expect(await qualification(agent)).toEqual({ ...done, reasons, at: expect.any(String) });
  await run.runTask("check_tournament_result", { tournament_id: body.tournament_id });

  // What counts: the last answers are taken away, one by one.
  const forget = async (round: number) => {
    await api.db.query("delete from qualifications");
    for (const table of ["decision_details", "decisions"]) {
      await api.db.query(
        `delete from ${table} d using entries e, rounds r
         where e.id = d.entry_id and e.agent_id = $1 and r.id = d.round_id and r.number = $2`,
        [agent.id, round],
      );
    }
  };
  await forget(19);
  expect(await qualification(agent), "95 % is enough").toMatchObject({ qualified: true, answered: 19 });
  await forget(18);
  expect(await qualification(agent)).toMatchObject({ qualified: false, answered: 18 });
  expect((await cup.join(agent)).body.code).toBe("agent.not_qualified");
  await api.db.query("update qualifications set qualified = true, answered = 19");
  expect(await qualification(agent), "what qualified stands").toMatchObject({ qualified: true, answered: 19 });
  expect((await cup.join(agent)).status).toBe(201);
  await api.call("DELETE", `/tournaments/${cup.id}/agents/${agent.id}`);

  expect(await deleteOldPractices(api.db.query, 10), "it is kept for a day").toBe(0);
  await clock.add(86_400_001);
  expect(await deleteOldPractices(api.db.query, 10)).toBe(1);
  const after = await api.rowCounts();
  const kept = ["task_keys", "task_counts", "metric_deltas", "qualifications", "invite_joins"];
  const changed = Object.keys(after).filter((table) => after[table] !== before[table] && !kept.includes(table));
  expect(changed).toEqual([]);
  expect(await qualification(agent)).toMatchObject({ qualified: true, rounds: 20 });
});

test("a tournament for qualified agents refuses all others, and no use is spent", async () => {
  const { id, code, join } = await closedCup();
  const agent = await bot();
  const refused = { status: 403, body: { code: "agent.not_qualified" } };
  expect(await join(agent)).toMatchObject(refused);
  expect(await api.post("/join", { code, name: "New", kind: "outside" }, { key: null })).toMatchObject(refused);
  expect(await api.post(`/tournaments/${id}/initialize`, { agent_ids: [agent.id] })).toMatchObject(refused);
  const asked = { rules: { qualified_only: true }, agent_ids: [agent.id] };
  expect(await api.post("/tournaments", tournamentBody(asked))).toMatchObject(refused);
  expect((await api.get(`/tournaments/${id}/invites`)).body.items[0].uses_left).toBe(5);
  expect((await api.see(`/tournaments/${id}/rules`)).body.qualified_only).toBe(true);
});

test("missed rounds are counted with their reason, and a short practice never qualifies", async () => {
  const agent = await bot();
  const { body } = await practise(agent, { rounds: 3 });
  await play(agent, body.tournament_id, (round) => (round === 1 ? null : holds(round)));
  expect(await qualification(agent)).toMatchObject({
    qualified: false,
    rounds: 3,
    answered: 2,
    late: 1,
    reasons: [{ code: "round.no_answer", count: 1 }],
  });
});

test("a hold of a model that did not decide is no answer, and a model's steps go with the practice", async () => {
  const agent = await bot();
  const { body } = await practise(agent, { rounds: 3 });
  await play(agent, body.tournament_id, holds);
  await api.db.query("delete from qualifications");
  const own =
    "from entries e join rounds r on r.tournament_id = e.tournament_id where e.agent_id = $1 and r.number = 1";
  await api.db.query(
    `update decision_details d set fault = 'agent.bad_answer' from (select e.id, r.id as round ${own}) x where d.entry_id = x.id and d.round_id = x.round`,
    [agent.id],
  );
  await api.db.query(`insert into model_accounts (entry_id, round_id) select e.id, r.id ${own}`, [agent.id]);
  await api.db.query(
    `insert into model_steps (round_id, entry_id, step, attempt, state, model, request_hash, request, reserved_tokens)
     select r.id, e.id, 0, 0, 'answered', 'small', 'h', '{}', 1 ${own}`,
    [agent.id],
  );
  expect(await qualification(agent)).toMatchObject({ rounds: 3, answered: 2 });
  await clock.add(86_400_001);
  expect(await deleteOldPractices(api.db.query, 10)).toBe(1);
  expect(await count(api.db.query, "model_steps")).toBe(0);
});

test("the market mixes the agent's id into the seed", async () => {
  const [a, b] = [await bot(), await bot()];
  const closes = async (agent: Bot) => {
    const { body } = await practise(agent, { rounds: 1, seed: 7 });
    await play(agent, body.tournament_id, holds);
    const rows = await api.db.query<{ close: string }>(
      "select close from candles where source_id = $1 order by symbol, open_at",
      [`synthetic:${body.tournament_id}`],
    );
    return rows.map(({ close }) => close).join();
  };
  const first = await closes(a);
  expect(first.length).toBeGreaterThan(1000);
  expect(await closes(a), "the same seed, the same market").toBe(first);
  expect(await closes(b)).not.toBe(first);
});

test("one runs at a time for an agent, twenty in all, and an agent begins ten within a day", async () => {
  const agent = await bot();
  const first = await practise(agent, { rounds: 1 });
  expect((await practise(agent, { rounds: 1 })).body.tournament_id, "it waits for its start").toBe(
    first.body.tournament_id,
  );
  await run.drain();
  const second = await practise(agent);
  expect([second.status, second.body.code, second.headers.get("retry-after")]).toEqual([
    429,
    "agent.too_many_practices",
    "30",
  ]);
  await play(agent, first.body.tournament_id, holds);
  for (let n = 1; n < 10; n++) {
    const { status, body } = await practise(agent, { rounds: 1 });
    expect(status).toBe(202);
    await api.post(`/tournaments/${body.tournament_id}/cancel`);
  }
  expect((await practise(agent)).body.detail).toContain("10 practices within a day");
  await clock.add(86_400_000);
  expect((await practise(agent)).status).toBe(202);
  const others = await Promise.all(Array.from({ length: 22 }, bot));
  const answers = await Promise.all(others.map((each) => practise(each)));
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(19);
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(3);
  expect(await count(api.db.query, "candle_sources"), "a refused one leaves no market").toBe(
    await count(api.db.query, "tournaments"),
  );
});

test("house agents need no practice", async () => {
  const house = await api.agent();
  expect((await api.post(`/agents/${house}/practice`)).body.code).toBe("agent.wrong_kind");
});

/** Ids that stand in answers of the open routes. */
test("nobody else sees a practice: not by its id, and in no list", async () => {
  const [agent, other] = [await bot(), await bot()];
  const cup = await api.tournament({ agent_ids: [other.id] });
  const { body } = await practise(agent, { rounds: 2 });
  const tournament = body.tournament_id;
  await run.drain();
  await advance(run.ports, tournament);
  await run.drain();
  const path = `/agents/${agent.id}/decisions?tournament_id=${tournament}`;
  const buy = { ...holds(0), orders: [{ side: "buy", symbol: "BTC-USDT", amount: "50" }] };
  expect((await api.post(path, buy, { key: agent.key })).status).toBe(200);
  for (let n = 0; n < 8; n++) {
    await advance(run.ports, tournament);
    await run.drain();
  }
  const rivals = await api.db.query<{ agent_id: string; id: string }>(
    "select agent_id, id from entries where tournament_id = $1 and agent_id <> $2",
    [tournament, agent.id],
  );
  const entries = await api.db.query<{ id: string }>("select id from entries where tournament_id = $1", [tournament]);
  const secret = [tournament, ...rivals.map((row) => row.agent_id), ...entries.map((row) => row.id), "House momentum"];
  const tasks = await api.db.query<{ id: string }>("select id from tasks where tournament_id = $1", [tournament]);

  const ids: Record<string, readonly string[]> = {
    tournaments: [tournament],
    agents: [agent.id, ...rivals.map((row) => row.agent_id)],
    tasks: tasks.slice(0, 5).map((row) => row.id),
  };
  const asked = new Set<string>();
  for (const { method, path: pattern } of api.app.routes) {
    if (method !== "GET" || pattern.includes("*") || pattern === "/healthz") continue;
    const [, first = ""] = pattern.split("/");
    for (const id of ids[first] ?? [""]) {
      const url = pattern
        .replace(/:(id|tournament)/, id || tournament)
        .replace(":agent_id", agent.id)
        .replace(":agent", agent.id)
        .replace(/:(number|round)/, "0")
        .replace(/:\w+/g, "x");
      asked.add(url);
      for (const name of ["tournament_id", "agent_id"]) {
        asked.add(`${url}?${name}=${name === "agent_id" ? agent.id : tournament}`);
      }
    }
  }
  for (const list of ["/agents?q=House", "/agents?results=true", "/tournaments?status=live"]) asked.add(list);
  expect(asked.size).toBeGreaterThan(100);
  for (const key of [null, other.key]) {
    for (const url of asked) {
      const answer: Answer = await api.get(url, { key });
      const text = JSON.stringify(answer.body).replaceAll(url, "");
      expect([url, secret.filter((each) => text.includes(each) && !url.includes(each))]).toEqual([url, []]);
      if (url.startsWith(`/tournaments/${tournament}`)) expect([url, answer.status]).not.toEqual([url, 200]);
    }
  }
  const own = { key: agent.key };
  expect((await api.get(`/tournaments/${tournament}`, own)).status).toBe(200);
  expect((await api.get(`/tournaments/${tournament}/rounds`, own)).status).toBe(200);
  expect((await api.get(`/tasks/${body.task_id}`, own)).status).toBe(200);
  expect((await api.get(`/tournaments/${tournament}`)).status, "operators").toBe(200);
  expect((await api.see(`/tournaments/${tournament}`)).body.code).toBe("tournament.not_found");
  expect((await api.see(`/tasks/${body.task_id}`)).body.code).toBe("task.not_found");
  for (const all of [own, {}]) {
    const listed = (await api.get("/tournaments", all)).body.items.map(({ id }: { id: string }) => id);
    expect(listed).toEqual([cup.id]);
  }
});
