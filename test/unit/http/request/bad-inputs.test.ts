import { afterAll, beforeAll, expect, test } from "vitest";
import { closeTestServer } from "../../../support/database.ts";
import { type Api, NOWHERE, openApi, tournamentBody } from "../../../support/http-app.ts";

let api: Api;
let agentId: string;
let cupId: string;
let liveId: string;
beforeAll(async () => {
  api = await openApi();
  agentId = await api.agent({ name: "Ann" });
  await api.agent({ name: "Bob" });
  cupId = (await api.tournament({ agent_ids: [agentId] })).id;
  liveId = (await api.tournament({ agent_ids: [agentId] })).id;
  await api.post(`/tournaments/${liveId}/start`);
});
afterAll(async () => {
  await api.db.close();
  await closeTestServer();
});

interface Case {
  readonly what: string;
  readonly method?: string;
  readonly path: string | (() => string);
  readonly body?: unknown | (() => unknown);
  readonly raw?: string;
  readonly status: number;
  readonly code?: string;
  /** The path of the first error. */
  readonly at?: string;
}

const cup = (fields: Record<string, unknown>) => () => tournamentBody(fields);
const agent = (fields: Record<string, unknown>) => ({ name: "New", strategy_type: "value", ...fields });
const deep = (levels: number): unknown => (levels === 0 ? 1 : { in: deep(levels - 1) });
const hoursAhead = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();

const tournamentCases: Case[] = (
  [
    ["no name", { name: undefined }, "name"],
    ["an empty name", { name: "  " }, "name"],
    ["a long name", { name: "x".repeat(81) }, "name"],
    ["a name of the wrong type", { name: 7 }, "name"],
    ["a name with NUL", { name: "a\u0000b" }, "name"],
    ["a name with half a character", { name: "a\ud800b" }, "name"],
    ["a name with a line break", { name: "a\nb" }, "name"],
    ["an unknown market", { market: "live" }, "market"],
    ["no market", { market: undefined }, "market"],
    ["no symbols", { symbols: [] }, "symbols"],
    ["an unknown symbol", { symbols: ["BTC-USDT", "WAX-USDT"] }, "symbols.1"],
    ["a malformed symbol", { symbols: ["btc/usdt"] }, "symbols.0"],
    ["a symbol twice", { symbols: ["BTC-USDT", "BTC-USDT"] }, "symbols.1"],
    ["two quote currencies", { symbols: ["BTC-USDT", "ETH-USDC"] }, "symbols.1"],
    ["symbols as text", { symbols: "BTC-USDT" }, "symbols"],
    ["a symbol of an object's prototype", { symbols: ["constructor"] }, "symbols.0"],
    ["an end before the start", { starts_at: hoursAhead(2), ends_at: hoursAhead(1) }, "ends_at"],
    ["an end at the start", { starts_at: hoursAhead(2), ends_at: hoursAhead(2) }, "ends_at"],
    ["an end in the past", { starts_at: hoursAhead(-2), ends_at: hoursAhead(-1) }, "ends_at"],
    ["a start too long ago", { starts_at: hoursAhead(-25) }, "starts_at"],
    ["a start too far ahead", { starts_at: hoursAhead(50_000), ends_at: hoursAhead(50_001) }, "starts_at"],
    ["a time without a zone", { starts_at: "2030-01-01T00:00:00" }, "starts_at"],
    ["a date alone", { starts_at: "2030-01-01" }, "starts_at"],
    ["a time as a number", { starts_at: 1_900_000_000 }, "starts_at"],
    ["a day that isn't", { starts_at: "2030-02-30T00:00:00Z" }, "starts_at"],
    ["too many rounds", { interval_seconds: 1, ends_at: hoursAhead(9000) }, "ends_at"],
    ["no interval", { interval_seconds: undefined }, "interval_seconds"],
    ["an interval of 0", { interval_seconds: 0 }, "interval_seconds"],
    ["an interval of half a second", { interval_seconds: 0.5 }, "interval_seconds"],
    ["an interval over a week", { interval_seconds: 604_801 }, "interval_seconds"],
    ["an interval as text", { interval_seconds: "60" }, "interval_seconds"],
    ["cash as a list", { starting_cash: [500] }, "starting_cash"],
    ["no cash", { starting_cash: "0" }, "starting_cash"],
    ["cash below zero", { starting_cash: "-5" }, "starting_cash"],
    ["cash with an exponent", { starting_cash: "1e3" }, "starting_cash"],
    ["cash of nine places", { starting_cash: "1.123456789" }, "starting_cash"],
    ["too much cash", { starting_cash: "999999999999999" }, "starting_cash"],
    ["too much cash by what a float does not keep", { starting_cash: "1000000000000.00000001" }, "starting_cash"],
    ["a prize pool of three places", { prize_pool: "1.234" }, "prize_pool"],
    ["a rule that isn't one", { rules: { fees: 1 } }, "rules.fees"],
    ["a fee over 100 %", { rules: { fee_bps: 10_000 } }, "rules.fee_bps"],
    ["a fee below zero", { rules: { fee_bps: -1 } }, "rules.fee_bps"],
    ["rules as a list", { rules: [] }, "rules"],
    ["rules of null", { rules: null }, "rules"],
    ["imported candles in a synthetic market", { rules: { candle_source: "files:1" } }, "rules.candle_source"],
    ["an unknown field", { namee: "x" }, "namee"],
    ["an agent that isn't there", { agent_ids: [NOWHERE] }, "agent_ids.0"],
    ["an agent id that is no id", { agent_ids: ["Ann"] }, "agent_ids.0"],
    ["a replay without candles", { market: "replay" }, "symbols"],
    ["a replay of unknown candles", { market: "replay", rules: { candle_source: "files:0" } }, "rules.candle_source"],
  ] as const
).map(([what, fields, at]) => ({ what, path: "/tournaments", body: cup(fields), status: 422, at }));

const agentCases: Case[] = (
  [
    ["no strategy", { strategy_type: undefined }, "strategy_type"],
    ["an unknown type", { strategy_type: "lucky" }, "strategy_type"],
    ["an unknown strategy", { strategy_type: undefined, strategy: "lucky" }, "strategy"],
    ["a strategy of an object's prototype", { strategy_type: undefined, strategy: "toString" }, "strategy"],
    ["a strategy of another type", { strategy_type: "value", strategy: "momentum" }, "strategy_type"],
    ["a baseline without its strategy", { strategy_type: "baseline" }, "strategy"],
    ["limits on a baseline", { strategy_type: "baseline", strategy: "cash", risk_score: "0.5" }, "risk_score"],
    ["a risk score over 1", { risk_score: 1.5 }, "risk_score"],
    ["a risk score of text", { risk_score: "high" }, "risk_score"],
    ["an avatar without TLS", { avatar_url: "http://example.com/a.png" }, "avatar_url"],
    ["an avatar of script", { avatar_url: "javascript:alert(1)" }, "avatar_url"],
    ["an avatar of nonsense", { avatar_url: "::" }, "avatar_url"],
    ["a long personality", { personality: "x".repeat(4001) }, "personality"],
    ["an unknown field of the configuration", { config: { limit: {} } }, "config.limit"],
    ["an unknown limit", { config: { limits: { risk: 1 } } }, "config.limits.risk"],
    ["half a trade", { config: { limits: { max_trades_per_round: 1.5 } } }, "config.limits.max_trades_per_round"],
    ["thinking for too long", { config: { thinking_seconds: 121 } }, "config.thinking_seconds"],
    ["parameters without end", { config: { params: { text: "x".repeat(16_000) } } }, "config"],
    ["a parameter that the strategy does not have", { config: { params: { lookback: 5 } } }, "config.params.lookback"],
    ["a missing parameter", { strategy_type: undefined, strategy: "buy_and_hold" }, "config.params.symbol"],
    ["parameters too deep", { config: { params: deep(60) } }, undefined],
    ["parameters with NUL in a key", { config: { params: { "a\u0000": 1 } } }, undefined],
    ["an id of its own", { id: NOWHERE }, "id"],
  ] as const
).map(([what, fields, at]) => ({ what, path: "/agents", body: agent(fields), status: 422, ...(at ? { at } : {}) }));

const others: Case[] = [
  { what: "no body", path: "/agents", status: 400, code: "request.bad_json" },
  { what: "broken JSON", path: "/agents", raw: '{"name": ', status: 400, code: "request.bad_json" },
  { what: "text after the JSON", path: "/agents", raw: "{} {}", status: 400, code: "request.bad_json" },
  { what: "a list for a body", path: "/agents", raw: "[]", status: 422 },
  { what: "null for a body", path: "/tournaments", raw: "null", status: 422 },
  { what: "an endless number", path: "/agents", raw: '{"name": 1e999}', status: 422, at: "name" },
  { what: "a prototype", path: "/agents", raw: '{"__proto__": {"name": "x"}}', status: 422 },
  { what: "a hundred thousand brackets", path: "/agents", raw: "[".repeat(1e5) + "]".repeat(1e5), status: 422 },

  {
    what: "frozen rules",
    method: "PATCH",
    path: () => `/tournaments/${liveId}`,
    body: { rules: { fee_bps: 0 } },
    status: 409,
    code: "tournament.rules_frozen",
    at: "rules",
  },
  {
    what: "a frozen end",
    method: "PATCH",
    path: () => `/tournaments/${liveId}`,
    body: { ends_at: hoursAhead(9), name: "Later" },
    status: 409,
    code: "tournament.rules_frozen",
    at: "ends_at",
  },
  {
    what: "a change to an end before the start",
    method: "PATCH",
    path: () => `/tournaments/${cupId}`,
    body: { ends_at: hoursAhead(-9) },
    status: 422,
    at: "ends_at",
  },
  {
    what: "a change to a rule that isn't one",
    method: "PATCH",
    path: () => `/tournaments/${cupId}`,
    body: { rules: { fees: 1 } },
    status: 422,
    at: "rules.fees",
  },
  {
    what: "a change to an unknown symbol",
    method: "PATCH",
    path: () => `/tournaments/${cupId}`,
    body: { symbols: ["NO-USDT"] },
    status: 422,
    at: "symbols.0",
  },
  {
    what: "a change of the market",
    method: "PATCH",
    path: () => `/tournaments/${cupId}`,
    body: { market: "replay" },
    status: 422,
    at: "market",
  },
  {
    what: "a change of nothing that is there",
    method: "PATCH",
    path: `/tournaments/${NOWHERE}`,
    body: { name: "x" },
    status: 404,
    code: "tournament.not_found",
  },
  {
    what: "a start of what is live",
    path: () => `/tournaments/${liveId}/start`,
    status: 409,
    code: "tournament.wrong_state",
  },
  {
    what: "a resumption of what is live",
    path: () => `/tournaments/${liveId}/resume`,
    status: 409,
    code: "tournament.wrong_state",
  },
  {
    what: "a pause of what is upcoming",
    path: () => `/tournaments/${cupId}/pause`,
    status: 409,
    code: "tournament.wrong_state",
  },
  { what: "a start of nothing", path: `/tournaments/${NOWHERE}/start`, status: 404, code: "tournament.not_found" },
  {
    what: "entries of no agents",
    path: () => `/tournaments/${cupId}/initialize`,
    body: { agent_ids: [] },
    status: 422,
    at: "agent_ids",
  },
  {
    what: "entries of unknown agents",
    path: () => `/tournaments/${cupId}/initialize`,
    body: () => ({ agent_ids: [agentId, NOWHERE] }),
    status: 422,
    at: "agent_ids.1",
  },
  {
    what: "too many entries at once",
    path: () => `/tournaments/${cupId}/initialize`,
    body: { agent_ids: Array(10_001).fill(NOWHERE) },
    status: 422,
    at: "agent_ids",
  },
  {
    what: "entries in nothing",
    path: `/tournaments/${NOWHERE}/initialize`,
    body: () => ({ agent_ids: [agentId] }),
    status: 404,
    code: "tournament.not_found",
  },

  {
    what: "a change of an agent's id",
    method: "PATCH",
    path: () => `/agents/${agentId}`,
    body: { id: NOWHERE },
    status: 422,
    at: "id",
  },
  {
    what: "a change of no agent",
    method: "PATCH",
    path: `/agents/${NOWHERE}`,
    body: { name: "x" },
    status: 404,
    code: "agent.not_found",
  },
  {
    what: "a deletion of no agent",
    method: "DELETE",
    path: `/agents/${NOWHERE}`,
    status: 404,
    code: "agent.not_found",
  },
  { what: "a run of no agent", path: `/agents/${NOWHERE}/run`, status: 404, code: "agent.not_found" },
  {
    what: "a run in no tournament",
    path: () => `/agents/${agentId}/run?tournament_id=${NOWHERE}`,
    status: 404,
    code: "tournament.not_found",
  },
  {
    what: "a run in a tournament that is no id",
    path: () => `/agents/${agentId}/run?tournament_id=cup`,
    status: 422,
    at: "tournament_id",
  },
  {
    what: "a run that is neither",
    path: () => `/agents/${agentId}/run?recover_from_crash=yes`,
    status: 422,
    at: "recover_from_crash",
  },
  {
    what: "a run of 1",
    path: () => `/agents/${agentId}/run?recover_from_crash=1`,
    status: 422,
    at: "recover_from_crash",
  },
  {
    what: "a run twice named",
    path: () => `/agents/${agentId}/run?recover_from_crash=true&recover_from_crash=false`,
    status: 422,
    at: "recover_from_crash",
  },

  { what: "a task without a name", path: "/tasks", body: { args: {} }, status: 422, at: "name" },
  { what: "an unknown task", path: "/tasks", body: { name: "rm" }, status: 422, code: "task.unknown_name", at: "name" },
  {
    what: "a task of the prototype",
    path: "/tasks",
    body: { name: "constructor" },
    status: 422,
    code: "task.unknown_name",
  },
  {
    what: "a task without its arguments",
    path: "/tasks",
    body: { name: "run_agent_decision" },
    status: 422,
    code: "task.bad_args",
    at: "args.tournament_id",
  },
  {
    what: "a task with arguments of the wrong type",
    path: "/tasks",
    body: { name: "run_agent_decision", args: { tournament_id: 1, agent_id: 2 } },
    status: 422,
    code: "task.bad_args",
    at: "args.tournament_id",
  },
  {
    what: "a task of text for arguments",
    path: "/tasks",
    body: { name: "cleanup_old_results", args: "x" },
    status: 422,
    at: "args",
  },
  {
    what: "a countdown below zero",
    path: "/tasks",
    body: { name: "cleanup_old_results", countdown: -1 },
    status: 422,
    at: "countdown",
  },
  {
    what: "a countdown of years",
    path: "/tasks",
    body: { name: "cleanup_old_results", countdown: 1e9 },
    status: 422,
    at: "countdown",
  },
  {
    what: "an eta of decades",
    path: "/tasks",
    body: { name: "cleanup_old_results", eta: "2150-01-01T00:00:00Z" },
    status: 422,
    at: "eta",
  },
  {
    what: "an eta without a zone",
    path: "/tasks",
    body: { name: "cleanup_old_results", eta: "2030-01-01T00:00" },
    status: 422,
    at: "eta",
  },
  {
    what: "both a countdown and an eta",
    path: "/tasks",
    body: { name: "cleanup_old_results", countdown: 1, eta: "2030-01-01T00:00:00Z" },
    status: 422,
    at: "eta",
  },

  ...["x", "'; drop table agents; --", "%00", "%E0%A4%A", NOWHERE, "00000000-0000-0000-0000-000000000000"].flatMap(
    (id): Case[] => [
      {
        what: `a tournament called ${id}`,
        method: "GET",
        path: `/tournaments/${id}`,
        status: 404,
        code: "tournament.not_found",
      },
      {
        what: `a leaderboard of ${id}`,
        method: "GET",
        path: `/tournaments/${id}/leaderboard`,
        status: 404,
        code: "tournament.not_found",
      },
      { what: `an agent called ${id}`, method: "GET", path: `/agents/${id}`, status: 404, code: "agent.not_found" },
      { what: `stats of ${id}`, method: "GET", path: `/agents/${id}/stats`, status: 404, code: "agent.not_found" },
      { what: `a task called ${id}`, method: "GET", path: `/tasks/${id}`, status: 404, code: "task.not_found" },
    ],
  ),
  ...["-1", "x", "1.5", "99999999999", "7"].map(
    (n): Case => ({
      what: `round ${n}`,
      method: "GET",
      path: () => `/tournaments/${cupId}/rounds/${n}`,
      status: 404,
      code: "round.not_found",
    }),
  ),
  ...["61", "-1", "x", "1e1", "60.5"].map(
    (wait): Case => ({
      what: `a wait of ${wait}`,
      method: "GET",
      path: `/tasks/${NOWHERE}?wait=${wait}`,
      status: 422,
      at: "wait",
    }),
  ),
  { what: "an unknown status", method: "GET", path: "/tournaments?status=open", status: 422, at: "status" },
  { what: "an unknown filter", method: "GET", path: "/trades?agent=7", status: 422, at: "agent" },
  {
    what: "trades of no agent",
    method: "GET",
    path: `/trades?agent_id=${NOWHERE}`,
    status: 404,
    code: "agent.not_found",
  },
  {
    what: "trades of no tournament",
    method: "GET",
    path: `/trades?tournament_id=${NOWHERE}`,
    status: 404,
    code: "tournament.not_found",
  },
  {
    what: "prices of no tournament",
    method: "GET",
    path: `/prices?tournament_id=${NOWHERE}`,
    status: 404,
    code: "tournament.not_found",
  },
  { what: "a search for NUL", method: "GET", path: "/agents?q=%00", status: 422, at: "q" },
];

test.each([...tournamentCases, ...agentCases, ...others])(
  "$what: refused with a reason, and nothing is written",
  async ({ method = "POST", path, body, raw, status, code, at }) => {
    const before = await api.rowCounts();
    const options = {
      ...(raw === undefined ? {} : { raw }),
      ...(body === undefined ? {} : { body: typeof body === "function" ? body() : body }),
    };
    const answer = await api.call(method, typeof path === "function" ? path() : path, options);
    expect(answer.body).toMatchObject({ status, ...(code ? { code } : {}) });
    expect(answer.status).toBe(status);
    if (at !== undefined) expect(answer.body.errors?.[0]?.path).toBe(at);
    expect(answer.body.detail).toMatch(/\S+ \S+.*\.$/);
    expect(JSON.stringify(answer.body)).not.toContain("operator-key");
    expect(await api.rowCounts()).toEqual(before);
    expect(api.enqueued).toEqual([]);
  },
);

test("a tournament whose insert fails leaves no candles behind", async () => {
  const failing = await openApi();
  const query: typeof failing.db.query = async (text, params) => {
    if (text.includes("insert into tournaments")) throw new Error("the connection broke");
    return failing.db.query(text, params);
  };
  const broken = await openApi({ query });
  const before = await failing.rowCounts();
  expect((await broken.post("/tournaments", tournamentBody())).status).toBe(500);
  expect(await failing.rowCounts()).toEqual(before);
  await failing.db.close();
  await broken.db.close();
});
