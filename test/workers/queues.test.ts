import { expect, test } from "vitest";
import { call, eventually } from "./arrange.ts";

const rankings = { name: "update_tournament_rankings", args: {} };

test("a paused queue holds a task, says why, and a resume runs it at once; its consumer is named and seen", async () => {
  expect((await call("POST", "/queues/agents/pause", { reason: "a test" })).body.paused).toMatchObject({
    reason: "a test",
  });
  const { body } = await call("POST", "/tasks", rankings);
  const held = await eventually("its message was refused", async () => {
    const why = await call("GET", `/tasks/${body.task_id}/why`);
    return why.body.facts.sent_at === null ? why : null;
  });
  expect(held.body).toMatchObject({ state: "PENDING", verdict: "queue_paused" });
  expect((await call("POST", "/queues/agents/resume")).body.paused).toBe(null);
  expect(await call("GET", `/tasks/${body.task_id}?wait=10`)).toMatchObject({
    status: 200,
    body: { state: "SUCCESS" },
  });
  const { consumer } = (await call("GET", `/tasks/${body.task_id}/why`)).body.facts;
  expect(consumer).toMatch(/^worker \S+\/[0-9a-f]{6}$/);
  // A consumer is alive while it reports, and it reports with a batch that it takes.
  await eventually("its consumer is alive", async () => {
    await call("POST", "/tasks", rankings);
    const { items } = (await call("GET", "/consumers")).body;
    return items.some((item: { id: string; status: string }) => item.id === consumer && item.status === "alive");
  });
});

test("tasks over a queue's limit run one after another, without a sweep between", async () => {
  // Not `agents`: a task that another test left running there would hold the one place.
  expect((await call("PATCH", "/queues/recovery", { max_running: 1 })).body.max_running).toBe(1);
  try {
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) {
      ids.push((await call("POST", "/tasks", { name: "recover_crashed_agents", args: {} })).body.task_id);
    }
    for (const id of ids) expect((await call("GET", `/tasks/${id}?wait=20`)).body.state).toBe("SUCCESS");
  } finally {
    expect((await call("PATCH", "/queues/recovery", { max_running: null })).body.max_running).toBe(null);
  }
});
