import { env, exports } from "cloudflare:workers";
import { afterEach, expect, test } from "vitest";
import { createApp } from "../../src/http/app.ts";
import { call, KEY, liveRound, query } from "./arrange.ts";

const NOWHERE = "0198ffff-0000-7000-8000-000000000000";

test("POST /agents/{id}/run, then GET /tasks/{id}?wait=10, ends in the round's decision", async () => {
  const live = await liveRound();
  const run = await call("POST", `/agents/${live.agentId}/run?tournament_id=${live.tournamentId}`);
  expect(run).toMatchObject({ status: 202, body: { status: "queued" } });
  const task = await call("GET", `/tasks/${run.body.task_id}?wait=10`);
  expect(task).toMatchObject({
    status: 200,
    body: { name: "run_agent_decision", queue: "agents", state: "SUCCESS", attempt: 1, error: null },
  });
  expect(task.body.result).toMatchObject({ round: 0, performance: { equity: "500" } });
  expect(["made", "held"]).toContain(task.body.result.outcome);
});

test("a run in a round whose decision is stored returns that decision", async () => {
  const live = await liveRound();
  const first = await call("POST", `/agents/${live.agentId}/run`);
  await call("GET", `/tasks/${first.body.task_id}?wait=10`);
  const again = await call("POST", `/agents/${live.agentId}/run?recover_from_crash=false`);
  const task = await call("GET", `/tasks/${again.body.task_id}?wait=10`);
  expect(task.body).toMatchObject({ state: "SUCCESS", result: { outcome: "exists", round: 0 } });
});

test("what an agent decided in an open round is hidden from all but the operator", async () => {
  const live = await liveRound();
  const run = await call("POST", `/agents/${live.agentId}/run`);
  const path = `/tasks/${run.body.task_id}?wait=10`;
  expect((await call("GET", path)).body.result.hidden).toBeUndefined();
  expect((await call("GET", path, undefined, null)).body.result).toMatchObject({ hidden: true, orders: [] });
});

test("workerd gives the source text of a JSON number, and a number that a float does not keep exactly is refused", async () => {
  const send = async (share: string) => {
    const body = `{"name":"Number ${share}","strategy_type":"value","config":{"limits":{"risk_score":${share}}}}`;
    const answer = await exports.default.fetch("https://agonus.test/agents", {
      method: "POST",
      headers: { authorization: `Bearer ${KEY}` },
      body,
    });
    return { status: answer.status, text: await answer.text() };
  };
  expect(await send("0.1000000000000000055")).toMatchObject({
    status: 422,
    text: expect.stringContaining("loses digits"),
  });
  expect(await send("0.1000000000000000")).toMatchObject({
    status: 201,
    text: expect.stringContaining('"risk_score":"0.1"'),
  });
});

test("a packed file of candles, the newest first, streams into the database; half of it leaves nothing", async () => {
  const lines = Array.from(
    { length: 30_000 },
    (_, n) => `${1_735_689_600 + (29_999 - n) * 300},100.5,101,99,100,${n}.25`,
  );
  // Two members, as in joined dumps.
  const text = ["unix,open,high,low,close,volume", ...lines].join("\n");
  const members = [text.slice(0, text.length / 2), text.slice(text.length / 2)].map((part) =>
    new Response(new Blob([part]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer(),
  );
  const packed = await new Blob(await Promise.all(members)).arrayBuffer();
  const send = async (body: ArrayBuffer) => {
    const answer = await exports.default.fetch("https://agonus.test/candle-sources?name=LTC-USDT.5m.csv", {
      method: "POST",
      headers: { authorization: `Bearer ${KEY}` },
      body,
    });
    return { status: answer.status, body: await answer.json() };
  };
  const rows = () => query<{ n: number }>("select count(*)::int as n from candles where symbol = 'LTC-USDT'");
  expect(await send(packed.slice(0, packed.byteLength / 2))).toMatchObject({
    status: 422,
    body: { code: "upload.bad_file", detail: expect.stringContaining("the archive is damaged or ends in its middle") },
  });
  expect(await rows()).toEqual([{ n: 0 }]);
  expect(await query("select * from candle_uploads")).toEqual([]);
  expect(await send(packed)).toMatchObject({
    status: 201,
    body: { report: { series: [{ symbol: "LTC-USDT", candles: 30_000, sorted: true }] } },
  });
  expect(await rows()).toEqual([{ n: 30_000 }]);
});

/** Open to callers without a key: who signs in brings one, who joins a code, and models may read the rules first. */
const OPEN = ["/session", "/join", "/mcp"];

const writes = createApp(() => {
  throw new Error("its routes alone are read");
})
  .routes.filter(({ method, path }) => !["ALL", "GET"].includes(method) && !OPEN.includes(path))
  .map(({ method, path }) => `${method} ${path}`);

test("the list of routes that write is not empty", () => {
  expect(new Set(writes).size).toBeGreaterThan(12);
});

// More wrong keys come here than an address may bring.
afterEach(async () => void (await query("delete from wrong_keys")));

test.for([...new Set(writes)])("%s is refused without the operator key, and with a wrong one", async (route) => {
  const [method = "", path = ""] = route.split(" ");
  const at = path.replaceAll(/:\w+/g, NOWHERE);
  expect(await call(method, at, {}, null)).toMatchObject({ status: 401, body: { code: "auth.required" } });
  expect(await call(method, at, {}, "wrong")).toMatchObject({ status: 401, body: { code: "auth.wrong_key" } });
});

test("health is ok while both clocks beat, and not once one is silent", async () => {
  await query("delete from clocks");
  await query("insert into clocks (name, beat_at) values ('cron', agonus_now()), ('beat', agonus_now())");
  expect(await call("GET", "/health")).toMatchObject({ status: 200, body: { status: "ok", database: "ok" } });
  await query("update clocks set beat_at = agonus_now() - interval '10 minutes' where name = 'cron'");
  expect(await call("GET", "/health")).toMatchObject({ status: 503, body: { status: "failing" } });
  expect(env.ENVIRONMENT).toBe("local");
});
