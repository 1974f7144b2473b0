import { createExecutionContext, createMessageBatch, getQueueResult, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { uuidv7 } from "uuidv7";
import { afterEach, expect, test, vi } from "vitest";
import worker from "../../src/index.ts";
import { ahead, call, decisionOf, eventually, finished, liveRound, query } from "./arrange.ts";
import { batches } from "./batches.ts";

afterEach(async () => {
  vi.restoreAllMocks();
  await ahead(0);
});

/** Hands a batch to the Worker's own consumer, as the platform does. */
async function deliver(queue: string, bodies: readonly unknown[]) {
  const messages = bodies.map((body) => ({ id: uuidv7(), timestamp: new Date(), attempts: 1, body }));
  const batch = createMessageBatch(queue, messages);
  const context = createExecutionContext();
  await worker.queue(batch, env);
  const result = await getQueueResult(batch, context);
  return { ids: messages.map(({ id }) => id), acked: result.explicitAcks, retried: result.retryMessages };
}

async function pendingTask(name = "update_tournament_rankings", args: unknown = {}): Promise<string> {
  const id = uuidv7();
  await query(
    `insert into tasks (id, name, queue, state, args, max_attempts, due_at, sent_at, sends)
     values ($1, $2, 'agents', 'PENDING', $3::jsonb, 2, agonus_now(), agonus_now(), 1)`,
    [id, name, JSON.stringify(args)],
  );
  return id;
}

const lettersOf = (ids: readonly string[]) =>
  query("select message_id, queue, outcome, body from dead_letters where message_id = any($1::text[])", [ids]);

test.for([
  ["text", "hello"],
  ["nothing", null],
  ["an unknown type", { type: "dance" }],
  ["ids that are none", { type: "tasks", task_ids: ["x"] }],
  ["too many ids", { type: "tasks", task_ids: Array.from({ length: 101 }, () => uuidv7()) }],
] as const)("an unreadable message (%s) is recorded, and the other messages of its batch run", async ([, garbage]) => {
  const first = await pendingTask();
  const second = await pendingTask();
  const { ids, acked, retried } = await deliver("agonus-agents", [
    { type: "tasks", task_ids: [first] },
    garbage,
    { type: "tasks", task_ids: [second] },
  ]);
  expect(acked.toSorted()).toEqual(ids.toSorted());
  expect(retried).toEqual([]);
  expect(await lettersOf(ids)).toMatchObject([{ message_id: ids[1], queue: "agents", outcome: "kept", body: garbage }]);
  expect([await finished(first), await finished(second)]).toMatchObject([{ state: "SUCCESS" }, { state: "SUCCESS" }]);
});

test("a task with bad arguments or an unknown name fails alone", async () => {
  const bad = await pendingTask("execute_agent_trade", { round: -1 });
  const unknown = await pendingTask("no_such_task");
  const good = await pendingTask();
  await env.AGENTS.send({ type: "tasks", task_ids: [bad, unknown, good] });
  expect(await finished(bad)).toMatchObject({ state: "FAILURE", error: { code: "task.bad_args" } });
  expect(await finished(unknown)).toMatchObject({ state: "FAILURE", error: { code: "task.unknown_name" } });
  expect(await finished(good)).toMatchObject({ state: "SUCCESS" });
});

test("a message that is delivered several times, also at the same moment, runs its task once", async () => {
  const id = await pendingTask();
  const message = { type: "tasks", task_ids: [id] };
  const results = await Promise.all([1, 2, 3].map(() => deliver("agonus-agents", [message, message])));
  for (const { ids, acked } of results) expect(acked.toSorted()).toEqual(ids.toSorted());
  const before = await finished(id);
  // A fourth delivery, after the task has ended.
  expect(await deliver("agonus-agents", [message])).toMatchObject({ retried: [] });
  const task = await finished(id);
  expect(task).toEqual(before);
  expect(task).toMatchObject({ state: "SUCCESS", attempt: 1 });
  expect(task.history.filter(({ why }) => why === "claimed")).toHaveLength(1);
});

test("while the database does not answer, messages are delivered again, and none is lost", async () => {
  const id = await pendingTask();
  vi.spyOn(globalThis, "fetch").mockRejectedValue(new Error("the network is down"));
  const { ids, acked, retried } = await deliver("agonus-agents", [{ type: "tasks", task_ids: [id] }, "garbage"]);
  expect(acked).toEqual([]);
  expect(retried.map(({ msgId }) => msgId).toSorted()).toEqual(ids.toSorted());
  vi.restoreAllMocks();
  await deliver("agonus-agents", [{ type: "tasks", task_ids: [id] }]);
  expect(await finished(id)).toMatchObject({ state: "SUCCESS" });
});

test("dead letters are recorded once, and what they asked for is sent again from its rows", async () => {
  const live = await liveRound();
  const id = await pendingTask();
  const decide = { type: "decide", tournament_id: live.tournamentId, entry_ids: [live.entryId] };
  const bodies = [decide, { type: "tasks", task_ids: [id] }, "garbage"];
  const { ids, acked } = await deliver("agonus-agents-dlq", bodies);
  expect(acked.toSorted()).toEqual(ids.toSorted());
  const letters = await lettersOf(ids);
  expect(letters.map(({ outcome }) => outcome).toSorted()).toEqual(["kept", "resent", "resent"]);
  for (const letter of letters) expect(letter.queue).toBe("agents");

  // Both rows count as sent just now, and are sent again only after a while. The local queue does not say how full it is.
  await ahead(70);
  await env.BEAT.getByName("beat").wake();
  await runDurableObjectAlarm(env.BEAT.getByName("beat"));
  expect(await finished(id)).toMatchObject({ state: "SUCCESS" });
  await env.ARENA.getByName(live.tournamentId).wake(live.tournamentId);
  await eventually("its decision is stored", () => decisionOf(live));
});

test("a dead letter with text that PostgreSQL can't store is recorded, and so are the others of its batch", async () => {
  const ids5 = { tournament_id: uuidv7(), round_id: uuidv7(), entry_id: uuidv7(), task_id: uuidv7(), token: uuidv7() };
  const answer = { type: "answer", ...ids5, version: 1, choice: { reasoning: "a\u0000b\ud800", "k\u0000": [1] } };
  const { ids, acked } = await deliver("agonus-agents-dlq", [answer, { type: "tasks", task_ids: [uuidv7()] }]);
  expect(acked.toSorted()).toEqual(ids.toSorted());
  const letters = await lettersOf(ids);
  expect(letters.map(({ outcome }) => outcome)).toEqual(["resent", "resent"]);
  expect(letters).toContainEqual(
    expect.objectContaining({ body: { ...answer, choice: { reasoning: "ab\ufffd", k: [1] } } }),
  );
});

test("a dead letter that can't be recorded now is delivered again, alone", async () => {
  const { fetch } = globalThis;
  let first = true;
  vi.spyOn(globalThis, "fetch").mockImplementation(async (...args) => {
    if (first && String(args[1]?.body).includes("insert into dead_letters")) {
      first = false;
      throw new Error("the network is down");
    }
    return fetch(...args);
  });
  const { ids, acked, retried } = await deliver("agonus-agents-dlq", ["one", "two"]);
  expect(acked).toEqual(ids.slice(1));
  expect(retried.map(({ msgId }) => msgId)).toEqual(ids.slice(0, 1));
});

test("after a batch that ends by an error, acknowledged messages come again here too, and yet nothing runs twice and nothing is lost", async () => {
  const ids = [await pendingTask(), await pendingTask(), await pendingTask()];
  const garbage = `garbage ${uuidv7()}`;
  batches.handed.length = 0;
  batches.breaksAfter = 2;
  const bodies = [
    { type: "tasks", task_ids: [ids[0]] },
    garbage,
    ...ids.slice(1).map((id) => ({ type: "tasks", task_ids: [id] })),
  ];
  await env.AGENTS.sendBatch(bodies.map((body) => ({ body })));
  for (const id of ids) expect(await finished(id)).toMatchObject({ state: "SUCCESS", attempt: 1 });
  const again = await eventually("all of them came again", async () => {
    const seen = batches.handed.filter(({ attempts }) => attempts === 2);
    return seen.length === bodies.length ? seen : null;
  });
  // The local runtime delivers acknowledged messages again (production: see below). Code that relied on the ack would work twice.
  expect(again.map(({ body }) => body)).toEqual(expect.arrayContaining(bodies));
  for (const id of ids) {
    const { history, ...task } = await finished(id);
    expect(task).toMatchObject({ state: "SUCCESS", attempt: 1 });
    expect(history.filter(({ why }) => why === "claimed")).toHaveLength(1);
  }
  const letters = await query<{ n: number }>(
    "select count(*)::int as n from dead_letters where body = to_jsonb($1::text)",
    [garbage],
  );
  expect(letters).toEqual([{ n: 1 }]);
});

test.for([
  ["as the platform does it: what was acked stays away", false],
  ["as the local runtime does it: what was acked comes again", true],
] as const)("a batch of tasks and decisions that ends by an error, %s", async ([, ackedComeAgain]) => {
  const live = await liveRound();
  const tasks = [await pendingTask(), await pendingTask()];
  const garbage = `garbage ${uuidv7()}`;
  const bodies = [
    { type: "tasks", task_ids: [tasks[0]] },
    garbage,
    { type: "decide", tournament_id: live.tournamentId, entry_ids: [live.entryId] },
    { type: "tasks", task_ids: [tasks[1]] },
  ];
  const messages = bodies.map((body) => ({ id: uuidv7(), timestamp: new Date(), attempts: 1, body }));
  // It worked on three of them when it ended.
  const batch = createMessageBatch("agonus-agents", messages);
  const context = createExecutionContext();
  await worker.queue({ ...batch, queue: batch.queue, messages: batch.messages.slice(0, 3) }, env);
  const { explicitAcks } = await getQueueResult(batch, context);
  expect(explicitAcks.toSorted()).toEqual(
    messages
      .slice(0, 3)
      .map(({ id }) => id)
      .toSorted(),
  );
  const decided = await decisionOf(live);
  expect(decided).toBeDefined();
  const again = messages.filter(({ id }) => ackedComeAgain || !explicitAcks.includes(id));
  const second = createMessageBatch(
    "agonus-agents",
    again.map((message) => ({ ...message, attempts: 2 })),
  );
  await worker.queue(second, env);
  expect((await getQueueResult(second, context)).explicitAcks.toSorted()).toEqual(again.map(({ id }) => id).toSorted());

  for (const id of tasks) {
    const { history, ...task } = await finished(id);
    expect(task).toMatchObject({ state: "SUCCESS", attempt: 1 });
    expect(history.filter(({ why }) => why === "claimed")).toHaveLength(1);
  }
  expect(await decisionOf(live)).toEqual(decided);
  expect(await lettersOf(messages.map(({ id }) => id))).toMatchObject([{ outcome: "kept", body: garbage }]);
});

test("a batch of an unknown queue throws, and is not acknowledged", async () => {
  await expect(deliver("agonus-other", [{ type: "tasks", task_ids: [uuidv7()] }])).rejects.toThrow("agonus-other");
});

test("a task that is enqueued over HTTP goes through the real queue and runs", async () => {
  const { status, body } = await call("POST", "/tasks", { name: "check_tournament_transitions" });
  expect(status).toBe(202);
  expect(await finished(body.task_id)).toMatchObject({ state: "SUCCESS" });
});
