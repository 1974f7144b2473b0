/** The words of the control room: what needs attention, what a task came to, what an operator did, what is searched. */
import { expect, test } from "vitest";
import { entryVerdict } from "../../../src/core/entry-verdict.ts";
import { mendingOf } from "../../../src/core/tasks/mending.ts";
import { auditPath, auditThings, auditWords, type Names } from "../../../src/dashboard/ops/audit/words.ts";
import { attentionWords } from "../../../src/dashboard/ops/overview/attention-words.ts";
import { quantile, roundTop, topOf } from "../../../src/dashboard/ops/overview/minute-scale.ts";
import { causeWords, fateWords } from "../../../src/dashboard/ops/recoveries/words.ts";
import { delayWords } from "../../../src/dashboard/ops/schedules/delay.ts";
import { completions, unfinished } from "../../../src/dashboard/ops/tasks/completion.ts";
import { filterWords, parseSearch, searchText } from "../../../src/dashboard/ops/tasks/filter.ts";
import { resultWords } from "../../../src/dashboard/ops/tasks/result-words.ts";
import { argsOf, firstTyped } from "../../../src/dashboard/ops/tasks/run-args.ts";
import { operations } from "../../../src/http/openapi/operations.ts";

const ID = "0199c0de-0000-7000-8000-000000000001";

test.each([
  ["agent=DipBuyer", { agent: "DipBuyer" }],
  ['tournament="The house cup" state FAILURE', { tournament: "The house cup", q: "state FAILURE" }],
  ["signature='a \"quoted\" word'", { signature: 'a "quoted" word' }],
  ["queue=agents args.round=12", { queue: "agents", "args.round": "12" }],
  ['"x=1 is no condition"', { q: "x=1 is no condition" }],
])("a search is read, and written as it was: %s", (text, filter) => {
  expect(parseSearch(text)).toEqual({ filter, fault: null });
  expect(parseSearch(searchText(filter))).toEqual({ filter, fault: null });
});

test("an unknown condition and a text that is too short are said", () => {
  expect(parseSearch("foo=bar").fault).toMatch(/^There is no condition foo: take agent, tournament, name, queue/);
  expect(parseSearch("args.=1").fault).toMatch(/^There is no condition args\./);
  expect(parseSearch("ab").fault).toBe("Text needs three characters.");
  expect(filterWords({ state: "FAILURE", agent: "DipBuyer", q: "no answer" })).toBe(
    'state FAILURE, agent DipBuyer, text "no answer"',
  );
});

test("a search is completed with conditions, then with names that exist", () => {
  const known = {
    tasks: ["run_agent_decision", "cleanup_old_results"],
    agents: ["DipBuyer", "Buy and hold BTC"],
    tournaments: [],
    args: new Map([["args.round=", "12"]]),
  };
  expect(completions("", known)).toEqual(["agent=", "tournament=", "name=", "queue=", "args.round="]);
  expect(completions("queue=agents na", known)).toEqual(["queue=agents tournament=", "queue=agents name="]);
  expect(completions("name=clean", known)).toEqual(["name=cleanup_old_results"]);
  expect(completions("agent=buy", known)).toEqual(["agent=DipBuyer", 'agent="Buy and hold BTC"']);
  expect(completions("args.round=", known)).toEqual(["args.round=12"]);
  expect(unfinished('queue=agents agent="Buy and')).toEqual({
    before: "queue=agents ",
    key: "agent",
    value: "Buy and",
  });
});

test("a task says in words what it came to", () => {
  const ended = { name: "run_agent_decision", state: "SUCCESS", error: null, progress: 1 } as const;
  const orders = [
    { side: "buy", symbol: "SOL-USDT" },
    { side: "sell", symbol: "ETH-USDT" },
  ];
  const words = (result: Record<string, unknown>) => resultWords({ ...ended, result });
  expect(words({ outcome: "held", orders: [] })).toBe("held");
  expect(words({ outcome: "made", orders, refused: [{}] })).toBe("buys SOL; sells ETH; 1 refused");
  expect(resultWords({ ...ended, name: "execute_agent_trade", result: { round: 3, trades: orders } })).toBe(
    "bought SOL; sold ETH",
  );
  expect(resultWords({ ...ended, name: "cleanup_old_results", result: { deleted: 4, ids: [] } })).toBe("deleted 4");
  const error = { code: "round.late", message: "The round had closed." };
  expect(resultWords({ ...ended, state: "FAILURE", result: null, error })).toBe("round.late: The round had closed.");
});

test("what needs attention is a sentence with the way to its cure", () => {
  const words = (item: Parameters<typeof attentionWords>[0]) => {
    const { what, href } = attentionWords(item, 60);
    return [what, href];
  };
  expect(words({ kind: "recoveries", tone: "bad", mended: 3, lost: 1 })).toEqual([
    "4 recoveries in the last hour; 1 decision was lost",
    "/ops/recoveries",
  ]);
  expect(
    words({
      ...{ kind: "errors", tone: "bad", signature: "agent <n> broke", code: "agent.failed", count: 2 },
      ...{ last_seen: "2026-02-01T00:00:00.000Z", ...mendingOf("agent.failed") },
    }),
  ).toEqual(["2 tasks failed: agent <n> broke", "/ops/errors?signature=agent+%3Cn%3E+broke"]);
  expect(
    words({ kind: "late_ticks", tone: "wait", schedule: "s", ticks: 1, outcome: "late", last_due_at: "" }),
  ).toEqual(["1 tick of s did not fire in time in the last hour", "/ops/schedules/s"]);
  expect(
    words({ kind: "tournament_paused", tone: "wait", tournament_id: ID, tournament: "The cup", since: "" }),
  ).toEqual(["The tournament The cup is paused", `/t/${ID}`]);
});

test("only a tick whose outcome is late is called late", () => {
  const due = "2026-03-02T00:00:00.000Z";
  const words = (outcome: string, seconds: number | null) =>
    delayWords(outcome, due, seconds === null ? null : new Date(Date.parse(due) + seconds * 1000).toISOString());
  expect(words("fired", 32)).toBe("32 s after it was due");
  expect(words("late", 32)).toBe("32 s late");
  expect(["fired", "late"].map((outcome) => words(outcome, 3))).toEqual([null, null]);
  expect([words("skipped", 32), words("coalesced", 32), words("fired", null)]).toEqual([null, null, null]);
});

test("a recovery that a pause held up is neither the platform's nor the agent's", () => {
  const row = { cause: "resent", fate: "own", missed: "queue.paused", queue_paused: true } as const;
  const label = (rest: Partial<Parameters<typeof fateWords>[0]>) => fateWords({ ...row, ...rest }).label;
  expect(label({})).toBe("by an operator");
  expect(label({ missed: "round.no_answer" })).toBe("by an operator");
  expect(label({ missed: "task.cancelled", queue_paused: false })).toBe("by an operator");
  expect(label({ missed: "agent.timeout", queue_paused: false })).toBe("the agent's own");
  expect(label({ missed: "agent.timeout" })).toBe("the agent's own");
  expect(label({ fate: "back", missed: null })).toBe("back after a pause");
  expect(label({ fate: "back", missed: null, queue_paused: false })).toBe("mended");
  expect(causeWords(row).label).toBe("Paused queue");
  expect(causeWords({ ...row, cause: "lease" }).label).toBe("Lost consumer");
  expect(causeWords({ ...row, queue_paused: false }).label).toBe("Lost message");
});

test("a final failure offers no retry, and says why", () => {
  expect(mendingOf("round.late")).toMatchObject({
    again: "no",
    mend: expect.stringMatching(/^A retry ends the same way\./),
  });
  expect(mendingOf("agent.timeout")).toMatchObject({ again: "yes" });
  expect(mendingOf("agent.timeout", { number: 12, state: "settled" })).toMatchObject({
    again: "no",
    mend: "Round 12 is over, so a retry can't help. Give the agent less to think about, or the tournament longer rounds.",
  });
  expect(mendingOf("agent.halted", { number: 12, state: "settled" }).mend).toMatch(/POST \/agents\/{id}\/resume/);
  expect(mendingOf("agent.wrong_kind").mend).not.toMatch(/other arguments/);
  expect(mendingOf("agent.timeout", { number: 12, state: "open" })).toMatchObject({ again: "yes" });
  expect(mendingOf("task.failed")).toMatchObject({
    again: "once mended",
    mend: expect.stringMatching(/Then retry\.$/),
  });
  expect(mendingOf(null)).toMatchObject({ again: "once mended", sentence: "" });
});

test("an entry is well, owes, thinks, or is silent", () => {
  const signs = {
    state: "idle",
    interval_seconds: 5,
    owed_seconds: null,
    last_decision_age_seconds: 3,
    lease_seconds: null,
    halted_at: null,
    queue_paused: false,
    resumed_age_seconds: null,
  } as const;
  expect(entryVerdict(signs)).toBe("well");
  expect(entryVerdict({ ...signs, halted_at: "2026-03-02T00:00:00.000Z" })).toBe("halted");
  expect(entryVerdict({ ...signs, halted_at: "2026-03-02T00:00:00.000Z", state: "owed", owed_seconds: 9 })).toBe(
    "halted",
  );
  expect(entryVerdict({ ...signs, last_decision_age_seconds: null })).toBe("new");
  expect(entryVerdict({ ...signs, state: "owed", owed_seconds: 1 })).toBe("owes");
  expect(entryVerdict({ ...signs, state: "owed", owed_seconds: 1, last_decision_age_seconds: 11 })).toBe("silent");
  expect(entryVerdict({ ...signs, state: "owed", owed_seconds: 3 })).toBe("silent");
  const owes = { ...signs, state: "owed", owed_seconds: 30, last_decision_age_seconds: 90 } as const;
  expect(entryVerdict({ ...owes, queue_paused: true })).toBe("owes");
  expect(entryVerdict({ ...owes, resumed_age_seconds: 1 })).toBe("owes");
  expect(entryVerdict({ ...owes, resumed_age_seconds: 11 })).toBe("silent");
  expect(entryVerdict({ ...signs, state: "deciding", lease_seconds: 2 })).toBe("thinks");
  expect(entryVerdict({ ...signs, state: "deciding", lease_seconds: -2 })).toBe("lost");
  expect(entryVerdict({ ...signs, state: "retrying" })).toBe("retries");
});

test("a record of the audit is a sentence with names", () => {
  const names: Names = new Map([
    [ID, { id: ID, kind: "agent", name: "AlphaBot", agent: null, frozen: null, filter: null }],
  ]);
  const job = { id: ID, kind: "bulk" as const, name: "retry", agent: null, frozen: 3, filter: { state: "FAILURE" } };
  const words = (action: string, target: string | null, body: object, known = names) =>
    auditWords({ action, target, details: { body } }, known);
  expect(words("POST /tasks", null, { name: "run_agent_decision", args: { agent_id: ID } })).toBe(
    "queued run_agent_decision (AlphaBot)",
  );
  expect(words("POST /agents/:id/recover", ID, {})).toBe("recovered AlphaBot");
  expect(words("POST /queues/:name/pause", "agents", { reason: "a leak" })).toBe("paused the queue agents: a leak");
  expect(words("POST /bulk", null, { token: `${ID}.[hidden]` }, new Map([[ID, job]]))).toBe(
    "confirmed: retry 3 tasks (state FAILURE)",
  );
  expect(words("POST /bulk", null, { action: "delete", filter: { name: "x" } })).toBe(
    "looked what it would delete: name x",
  );
  const over = { action: "bulk.retry", target: ID, details: { frozen: 3, done: 2, skipped: 1, failed: 0 } };
  expect(auditWords(over, new Map([[ID, job]]))).toBe("ended: retry 3 tasks (state FAILURE), 2 done");
  expect(words("POST /tournaments/:id/start", ID, {})).toBe("started the tournament AlphaBot");
  expect(words("POST /tournaments/:id/initialize", ID, { agent_ids: [ID] })).toBe("entered 1 agent into AlphaBot");
  expect(words("POST /session", null, {})).toBe("signed in");
  expect(words("POST /join", ID, { name: "My bot" })).toBe("joined AlphaBot as My bot");
  expect(words("POST /join", ID, {})).toBe("joined AlphaBot");
  expect(words("POST /agents/:id/resume", ID, {})).toBe("let AlphaBot go on");
  expect(
    auditWords({ action: "POST /candle-sources", target: null, details: { query: { name: "BTCUSDT-5m.csv" } } }, names),
  ).toBe("uploaded candles: BTCUSDT-5m.csv");
  // Every write has words of its own: "made: candle-source" says nothing of what was done.
  const writes = Object.keys(operations).filter((key) => !/^(GET|POST \/mcp|POST \/agents\/:id\/decisions)/.test(key));
  expect(writes.filter((action) => /: [a-z-]+ …00000001$/.test(words(action, ID, {}, new Map())))).toEqual([]);
  expect(auditPath({ action: "POST /agents/:id/recover", target: ID, details: {} }, names)).toBe(`/a/${ID}`);
});

test("a record that makes something says what, and links to it", () => {
  const names: Names = new Map([
    [ID, { id: ID, kind: "agent", name: "AlphaBot", agent: null, frozen: null, filter: null }],
  ]);
  const things = (action: string, body: object, target: string | null = null) =>
    auditThings({ action, target, details: { body } }, names).map(({ name, href }) => [name, href]);
  expect(things("POST /agents", { name: "Night owl" })).toEqual([["Night owl", "/a?q=Night+owl"]]);
  expect(things("POST /tasks", { name: "run_agent_decision", args: { agent_id: ID } })).toEqual([
    ["AlphaBot", `/a/${ID}`],
  ]);
  expect(things("POST /tasks", { name: "cleanup_old_results", args: {} })).toEqual([
    ["cleanup_old_results", "/ops/tasks?name=cleanup_old_results"],
  ]);
  expect(things("POST /tournaments", { name: "The cup" })).toEqual([["The cup", null]]);
  expect(things("POST /bulk", { token: `${ID}.[hidden]` })).toEqual([[null, `/ops/bulk/${ID}`]]);
  expect(things("POST /bulk", { action: "delete", filter: { state: "REVOKED" } })).toEqual([
    ["the tasks that match", "/ops/tasks?state=REVOKED"],
  ]);
  expect(things("POST /session", {})).toEqual([]);
  expect(things("POST /queues/:name/pause", {}, "agents")).toEqual([["agents", "/ops/queues"]]);
  expect(things("PATCH /agents/:id", {}, ID)).toEqual([["AlphaBot", `/a/${ID}`]]);
});

test("the bars' axis ends at a round number, and one burst does not press the others flat", () => {
  expect([roundTop(1), roundTop(3), roundTop(21), roundTop(500)]).toEqual([1, 5, 50, 500]);
  expect(quantile([], 0.95)).toBe(0);
  expect(quantile([0.315, 0.124], 0.5)).toBe(0.124);
  expect(topOf([...Array.from({ length: 59 }, () => 100), 4421])).toBe(200);
  expect(topOf([100, 110, 120])).toBe(200);
  expect(topOf([])).toBe(1);
});

test("a form's texts become arguments", () => {
  const fields = [
    { name: "agent_id", required: true, type: "string" },
    { name: "round", required: true, type: "integer" },
    { name: "again", required: false, type: "boolean", default: true },
    { name: "ids", required: false, type: "array" },
  ];
  expect(firstTyped(fields)).toEqual({ agent_id: "", round: "", again: "true", ids: "" });
  expect(argsOf(fields, { agent_id: " x ", round: "12", again: "false", ids: "a, b" })).toEqual({
    ...{ agent_id: "x", round: 12, again: false, ids: ["a", "b"] },
  });
  expect(argsOf(fields, { agent_id: "", round: "twelve", again: "", ids: "" })).toEqual({ round: "twelve" });
});

test("an agent without money is told with what it spent, and one that has spent most of it", () => {
  const item = {
    agent_id: "a",
    agent: "Thinker",
    tournament_id: "t",
    tournament: "Cup",
    usd: "0.5",
    budget_usd: "0.6",
  };
  const spent = attentionWords({ kind: "budget_spent", tone: "bad", ...item, holds: 3 }, 60);
  expect(spent.what).toBe("Thinker has held for 3 rounds: its money does not last for a step");
  expect(spent).toMatchObject({ href: "/t/t/a", more: expect.stringContaining("$0.5 in Cup") });
  const low = attentionWords({ kind: "budget_low", tone: "wait", ...item, holds: 0 }, 60);
  expect(low.what).toBe("Thinker has spent $0.5 of its $0.6");
});
