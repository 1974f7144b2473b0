/** The task engine over HTTP, on the running stack: what an operator and a caller of tasks do, one after another. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { withDatabase } from "../support/e2e/data-folder.ts";
import { type Asked, ask, eventually, type Ready } from "../support/e2e/live-stack.ts";
import { NEW_ID } from "../support/new-id.ts";
import { parseOpenMetrics } from "../support/open-metrics-parser.ts";

const NOWHERE = "0190a1b2-0000-7000-8000-000000000000";
const QUICK = "check_tournament_transitions";
/** A trade of nobody: it fails, and says why. */
const LOST = { name: "execute_agent_trade", args: { tournament_id: NOWHERE, agent_id: NOWHERE, round: 7 } };

interface Item {
  readonly [field: string]: unknown;
  readonly task_id: string;
  readonly name: string;
}

/** Tests of a stack that is up; `running()` once they run. */
export function walkTheEngine(running: () => { readonly live: Ready; readonly data: string }): void {
  const get = (path: string, asked: Asked = {}) => ask(running().live, "GET", path, asked);
  const post = (path: string, body: unknown = {}, asked: Asked = {}) =>
    ask(running().live, "POST", path, { body, ...asked });
  const sql = (text: string, params: unknown[] = []) =>
    withDatabase(running().data, (query) => query<Record<string, unknown>>(text, params));

  async function enqueue(body: object, asked: Asked = {}): Promise<string> {
    const begun = await post("/tasks", body, asked);
    expect(begun, JSON.stringify(begun.body)).toMatchObject({ status: 202, body: { status: "queued" } });
    return begun.body.task_id;
  }
  const done = async (id: string) => {
    const answer = await get(`/tasks/${id}?wait=60`);
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    return answer.body;
  };
  const why = async (id: string) => (await get(`/tasks/${id}/why`)).body.verdict;
  const history = async (id: string) => (await get(`/tasks/${id}/history`)).body;
  const listed = async (path: string): Promise<Item[]> => (await get(path)).body.items;
  const failed = async () => {
    const id = await enqueue(LOST);
    expect(await done(id)).toMatchObject({ state: "FAILURE" });
    return id;
  };

  describe("the engine", () => {
    test("a wait ends the moment that its task does, or with its state; an id that nobody knows is 404", async () => {
      const task = await done(await enqueue({ name: QUICK }));
      expect(task).toMatchObject({ name: QUICK, queue: "agents", state: "SUCCESS", attempt: 1, error: null });
      expect(await why(task.task_id)).toBe("succeeded");
      const { items } = await history(task.task_id);
      expect(items.map(({ state }: Item) => state)).toEqual(["PENDING", "STARTED", "SUCCESS"]);
      const { version } = (await get("/health")).body;
      for (const { by, code_version } of items) expect([typeof by, code_version]).toEqual(["string", version]);
      const later = await enqueue({ name: QUICK, countdown: 600 });
      expect(await get(`/tasks/${later}?wait=0.3`)).toMatchObject({ status: 202, body: { state: "PENDING" } });
      expect(await get(`/tasks/${NOWHERE}`)).toMatchObject({ status: 404, body: { code: "task.not_found" } });
      expect((await get(`/tasks/${later}?wait=86400`)).status).toBe(422);
    });

    test("a countdown may be longer than the queue's twelve hours, and what is scheduled is cancelled at once", async () => {
      const id = await enqueue({ name: QUICK, countdown: 13 * 3600 });
      const eta = await enqueue({ name: QUICK, eta: new Date(Date.now() + 14 * 3_600_000).toISOString() });
      const scheduled = await eventually("both are scheduled", async () => {
        const items = await listed("/inspect/scheduled?limit=100");
        return items.filter(({ task_id }) => [id, eta].includes(task_id)).length === 2 && items;
      });
      const due = String(scheduled.find(({ task_id }) => task_id === id)?.due_at);
      expect(Date.parse(due) - Date.now()).toBeGreaterThan(12.9 * 3_600_000);
      expect(await why(id)).toBe("scheduled");
      expect(await post(`/tasks/${id}/cancel`)).toMatchObject({ status: 200, body: { state: "REVOKED" } });
      expect(await post(`/tasks/${id}/cancel`)).toMatchObject({ status: 409, body: { code: "task.finished" } });
    });

    test("bad input is a clear 4xx with its path, and enqueues nothing", async () => {
      const count = () => sql("select count(*) as n from tasks where name = 'cleanup_old_results'");
      const { next_cursor } = (await get("/tasks?limit=1")).body;
      const before = await count();
      const cleanup = { name: "cleanup_old_results" };
      const bad: [string, string, Asked, number, string][] = [
        ["POST", "/tasks", { body: { name: "no_such_task" } }, 422, "task.unknown_name"],
        ["POST", "/tasks", { body: { ...cleanup, args: { success_hours: 0 } } }, 422, "task.bad_args"],
        ["POST", "/tasks", { body: { ...cleanup, args: { nonsense: 1 } } }, 422, "task.bad_args"],
        ["POST", "/tasks", { body: { ...cleanup, countdown: -1 } }, 422, "request.invalid"],
        ["POST", "/tasks", { body: { ...cleanup, countdown: 1e9 } }, 422, "request.invalid"],
        ["POST", "/tasks", { body: { ...cleanup, eta: "2020-01-01T00:00:00Z" } }, 422, "request.invalid"],
        ["POST", "/tasks", { body: { ...cleanup, countdown: 1, eta: "2199-01-01T00:00:00Z" } }, 422, "request.invalid"],
        ["POST", "/tasks", { raw: `{"name": "${"x".repeat(10_000_000)}"}` }, 413, "request.too_large"],
        ["POST", "/tasks", { body: cleanup, key: null }, 401, "auth.required"],
        ["GET", "/tasks?name=x%27%3B%20drop%20table%20tasks%3B--", {}, 422, "request.invalid"],
        ["GET", "/tasks?state=FAILURE%27%20or%201%3D1--", {}, 422, "request.invalid"],
        ["GET", `/trades?cursor=${next_cursor}`, {}, 422, "request.bad_cursor"],
        ["GET", `/tasks?state=FAILURE&cursor=${next_cursor}`, {}, 422, "request.bad_cursor"],
        ["POST", `/tasks/${NOWHERE}/retry`, { body: {} }, 404, "task.not_found"],
        ["POST", "/bulk", { body: { action: "delete", filter: {} } }, 422, "bulk.empty_filter"],
        ["POST", "/queues/no_such/pause", { body: {} }, 404, "queue.not_found"],
        ["POST", "/schedules/no_such/run", { body: {} }, 404, "schedule.not_found"],
      ];
      for (const [method, path, asked, status, code] of bad) {
        const answer = await ask(running().live, method, path, asked);
        expect([path, answer.status, answer.body.code]).toEqual([path, status, code]);
      }
      const { body } = await post("/tasks", { ...cleanup, args: { success_hours: 0 } });
      expect(body.errors).toEqual([{ path: "args.success_hours", message: expect.any(String) }]);
      expect(await listed("/tasks?args.x=%27%20or%201%3D1--&q=%27%3B%20drop%20table%20tasks")).toEqual([]);
      expect(await count()).toEqual(before);
    });

    test("what waits is edited, and runs with what it was given last", async () => {
      const id = await enqueue({ name: "cleanup_old_results", args: { success_hours: 24 }, countdown: 600 });
      const edit = (body: object) => ask(running().live, "PATCH", `/tasks/${id}`, { body });
      expect((await edit({ args: { success_hours: 0 } })).body.errors[0].path).toBe("args.success_hours");
      expect((await edit({ args: { success_hours: 25 }, countdown: 0 })).body.args.success_hours).toBe(25);
      expect(await done(id)).toMatchObject({ state: "SUCCESS", args: { success_hours: 25 } });
      expect((await edit({ countdown: 5 })).body.code).toBe("task.finished");
    });

    test("what fails is tried again, each time after a longer pause", async () => {
      const agent = await post("/agents", { name: `Stranger ${Date.now()}`, strategy_type: "value" });
      const startsAt = Math.ceil(Date.now() / 1000) * 1000 + 2000;
      const cup = await post("/tournaments", {
        name: "Of a stranger",
        market: "synthetic",
        symbols: ["BTC-USDT"],
        interval_seconds: 30,
        starts_at: new Date(startsAt).toISOString(),
        ends_at: new Date(startsAt + 3_600_000).toISOString(),
        agent_ids: [agent.body.id],
      });
      // No version of the code knows this strategy.
      await sql("update entries set strategy = 'of_tomorrow' where tournament_id = $1", [cup.body.id]);
      expect((await post(`/tournaments/${cup.body.id}/start`)).status).toBe(200);
      const error = await eventually("its decision has failed three times", async () => {
        const [task] = await listed(`/tasks?name=run_agent_decision&tournament_id=${cup.body.id}`);
        const { error } = task ? (await get(`/tasks/${task.task_id}`)).body : { error: null };
        return error?.attempts.length >= 3 && error;
      });
      expect(error.code).toBe("agent.unknown_strategy");
      const [first, second, third] = error.attempts.map(({ at }: { at: string }) => Date.parse(at));
      expect(second - first).toBeGreaterThanOrEqual(1500);
      expect(third - second).toBeGreaterThanOrEqual(3000);
      expect((await post(`/tournaments/${cup.body.id}/cancel`)).status).toBe(200);
    });

    test("a dead letter is sent once more by a redrive, and the task that it wakes runs", async () => {
      // Sent a moment ago: no sweep sends it for 20 s.
      const [task] = await sql(
        `insert into tasks (id, name, queue, state, args, max_attempts, due_at, sent_at, sends)
         values (${NEW_ID}, 'recover_crashed_agents', 'recovery', 'PENDING', '{}', 4, agonus_now(), agonus_now(), 1) returning id`,
      );
      const id = String(task?.id);
      await sql(
        `insert into dead_letters (id, queue, message_id, body, deliveries, outcome)
         values (${NEW_ID}, 'recovery', $1, $2, 4, 'resent')`,
        [`walk ${id}`, JSON.stringify({ type: "tasks", task_ids: [id] })],
      );
      const redrive = (body: object = {}) => post("/queues/recovery/redrive", body);
      const { letters } = (await redrive()).body;
      expect(letters).toBeGreaterThanOrEqual(1);
      expect((await get(`/tasks/${id}`)).body.state).toBe("PENDING");
      expect((await redrive({ dry_run: false })).body).toMatchObject({ dry_run: false, resent: letters });
      const { state, created_at, finished_at } = await done(id);
      expect(state).toBe("SUCCESS");
      expect(Date.parse(finished_at) - Date.parse(created_at)).toBeLessThan(15_000);
      const letter = (await listed("/dead-letters?queue=recovery")).find((one) => one.message_id === `walk ${id}`);
      expect(letter?.redriven_at).toEqual(expect.any(String));
      expect((await redrive()).body.letters).toBe(0);
    });

    test("a paused queue holds its tasks and says so; a purge asks first; a resume sends what is left", async () => {
      await post("/queues/recovery/pause", { reason: "the walk" });
      const ids = await Promise.all([1, 2, 3].map(() => enqueue({ name: "recover_crashed_agents" })));
      const [kept] = ids;
      if (!kept) throw new Error("none");
      expect(await why(kept)).toBe("queue_paused");
      expect((await listed("/queues")).find(({ name }) => name === "recovery")).toMatchObject({
        paused: { by: "operator", reason: "the walk" },
        oldest_waiting_seconds: expect.any(Number),
      });
      const dry = await post("/queues/recovery/purge");
      expect(dry.body).toMatchObject({ dry_run: true, token: expect.any(String) });
      expect(dry.body.tasks).toBeGreaterThanOrEqual(3);
      expect((await get(`/tasks/${kept}`)).body.state).toBe("PENDING");
      expect(await post("/queues/recovery/purge", { token: `${dry.body.token}x` })).toMatchObject({ status: 409 });
      const after = await enqueue({ name: "recover_crashed_agents" });
      expect((await post("/queues/recovery/purge", { token: dry.body.token })).body.purged).toBe(dry.body.tasks);
      for (const id of ids) expect((await done(id)).state).toBe("REVOKED");
      // What came after the dry run is none of its, and runs.
      await post("/queues/recovery/resume");
      expect((await done(after)).state).toBe("SUCCESS");
      expect((await post("/queues/recovery/redrive")).body).toMatchObject({ letters: expect.any(Number) });
    });

    test("a failure says what failed, its group is found, run again with other arguments, later, or all at once", async () => {
      const ids = [await failed(), await failed()];
      const [first = "", second = ""] = ids;
      const { error } = (await get(`/tasks/${first}`, { key: null })).body;
      expect(error).toMatchObject({ class: "Outcome", code: "entry.not_found", attempts: [{ attempt: 1 }] });
      expect(JSON.stringify(error)).not.toContain("stack");
      const group = (await listed("/errors")).find(({ code }) => code === "entry.not_found");
      if (!group) throw new Error("no group");
      expect(group.task_ids).toEqual(expect.arrayContaining(ids));

      const edited = await post(`/tasks/${first}/retry`, { args: { ...LOST.args, round: 8 } });
      expect(edited.status).toBe(202);
      expect(edited.body.task_id).not.toBe(first);
      expect((await done(edited.body.task_id)).args.round).toBe(8);
      expect((await history(first)).children).toEqual([edited.body.task_id]);
      expect((await post(`/tasks/${second}/retry`, { countdown: 3600 })).status).toBe(202);
      expect((await post(`/tasks/${second}/retry`)).body.code).toBe("task.not_finished");
      await post(`/tasks/${second}/cancel`);

      // The failure is final. The one that was cancelled may be wanted after all.
      const alike = await post("/bulk", { action: "retry", filter: { signature: group.signature, state: "FAILURE" } });
      expect(alike.body.final).toBe(alike.body.frozen);
      const dry = (await post("/bulk", { action: "retry", ids })).body;
      expect(dry).toMatchObject({ action: "retry", token: expect.any(String), frozen: 2, final: 1 });
      expect((await history(first)).items).toHaveLength(3);
      expect((await post("/bulk", { token: dry.token })).status).toBe(202);
      expect((await post("/bulk", { token: dry.token })).body.code).toBe("bulk.bad_token");
      const job = await eventually("the job is done", async () => {
        const { body } = await get(`/bulk/${dry.bulk_id}`);
        return body.state === "done" && body;
      });
      expect(job).toMatchObject({ frozen: 2, done: 1, skipped: 1, failed: 0, progress: 1, by: "operator" });
      expect(job.reasons).toEqual({ "a retry can't help after entry.not_found": 1 });
      expect((await history(first)).items).toHaveLength(3);
      await eventually("it ran again", async () => (await history(second)).items.length === 8);
      expect((await history(second)).items[5]).toMatchObject({ by: `operator (bulk ${dry.bulk_id})` });
      expect((await listed("/audit?limit=20")).map(({ action }) => action)).toEqual(
        expect.arrayContaining(["bulk.retry", "POST /bulk", "POST /tasks/:id/retry", "POST /queues/:name/purge"]),
      );
    });

    test("a running task is seen, holds its queue's one place, and learns of its cancelling by its heartbeat", async () => {
      const config = { thinking_seconds: 13 };
      const thinker = await post("/agents", { name: `Thinker ${Date.now()}`, strategy_type: "value", config });
      const inAMoment = Date.now() + 1000;
      const cup = await post("/tournaments", {
        name: "Thought over",
        market: "synthetic",
        symbols: ["BTC-USDT"],
        interval_seconds: 30,
        starts_at: new Date(inAMoment).toISOString(),
        ends_at: new Date(inAMoment + 3_600_000).toISOString(),
        agent_ids: [thinker.body.id],
      });
      expect((await post(`/tournaments/${cup.body.id}/start`)).status).toBe(200);
      const { task_id: id } = await eventually("it thinks", async () => {
        const active = await listed("/inspect/active?queue=agents");
        return active.find(({ tournament_id }) => tournament_id === cup.body.id) ?? null;
      });
      expect(await why(id)).toBe("running");
      await ask(running().live, "PATCH", "/queues/agents", { body: { max_running: 1 } });
      const behind = await enqueue({ name: QUICK });
      expect(await why(behind)).toBe("over_limit");
      expect((await post(`/tasks/${id}/cancel`)).status).toBe(202);
      expect((await done(id)).state).toBe("REVOKED");
      expect((await history(id)).items.map((line: Item) => line.why)).toContain("asked to cancel");
      expect((await done(behind)).state).toBe("SUCCESS");
      await ask(running().live, "PATCH", "/queues/agents", { body: { max_running: null } });
      expect((await post(`/tournaments/${cup.body.id}/cancel`)).status).toBe(200);
    });

    test("schedules are run by hand, paused with a reason, and every tick is in the ledger", async () => {
      const names = (await listed("/schedules")).map(({ name }) => name);
      expect(names).toHaveLength(5);
      expect((await listed("/inspect/schedules")).map(({ name }) => name)).toEqual(names);
      const run = await post("/schedules/recover_crashed_agents/run");
      expect((await done(run.body.task_id)).state).toBe("SUCCESS");
      expect((await listed("/schedules/recover_crashed_agents/ticks"))[0]).toMatchObject({
        outcome: "fired",
        fired_by: "operator",
        task_id: run.body.task_id,
      });
      expect((await post("/schedules/cleanup_old_results/pause", { reason: "a look" })).body).toMatchObject({
        paused: { by: "operator", reason: "a look" },
      });
      expect((await post("/schedules/cleanup_old_results/resume")).body.paused).toBeNull();
      const { clocks } = (await get("/health")).body;
      expect(clocks.beat.age_seconds).toBeLessThan(60);
    });

    test("what runs, waits and is registered is shown; metrics are parsed; none of it without the key", async () => {
      const paths = [
        "/inspect/active",
        "/inspect/scheduled",
        "/inspect/reserved",
        "/inspect/stats",
        "/inspect/registered",
        "/inspect/schedules",
        "/recoveries",
        "/bulk",
        "/dead-letters",
      ];
      for (const path of [...paths, "/queues", "/schedules", "/consumers", "/errors", "/audit", "/tasks", "/metrics"]) {
        expect([path, (await get(path)).status]).toEqual([path, 200]);
        expect([path, (await get(path, { key: null })).status]).toEqual([path, 401]);
      }
      expect((await listed("/consumers"))[0]).toMatchObject({ code_version: (await get("/health")).body.version });
      const metrics = parseOpenMetrics((await get("/metrics")).body);
      const value = (family: string, start: string) =>
        [...(metrics.get(family)?.samples ?? [])].find(([name]) => name.startsWith(start))?.[1];
      expect(value("agonus_tasks_finished", `agonus_tasks_finished_total{name="${QUICK}"`)).toBeGreaterThan(0);
      expect(value("agonus_queue_depth", "agonus_queue_depth{")).toBeGreaterThanOrEqual(0);
    });

    test("a task whose runner is gone, or whose message was lost, says so, and runs all the same", async () => {
      const row = (state: string, more: string) =>
        `insert into tasks (id, name, queue, state, args, max_attempts, attempt, due_at, sent_at, sends, token, lease_until, heartbeat_at, consumer)
         select ${NEW_ID}, '${QUICK}', 'agents', '${state}', '{}', 4, 1, agonus_now() - interval '1 minute', ${more} returning id`;
      const [gone] = await sql(
        row(
          "STARTED",
          `agonus_now(), 1, ${NEW_ID}, agonus_now() - interval '1 second', agonus_now(), 'worker gone/000000'`,
        ),
      );
      const verdict = await why(String(gone?.id));
      expect(["lease_ran_out", "running", "retrying", "not_sent", "just_sent", "succeeded"]).toContain(verdict);
      const [lost] = await sql(row("RETRY", "agonus_now() - interval '15 seconds', 1, null, null, null, null"));
      expect(["not_delivered", "waiting_behind"]).toContain(await why(String(lost?.id)));
      for (const id of [gone?.id, lost?.id]) expect((await done(String(id))).state).toBe("SUCCESS");
      expect((await history(String(gone?.id))).items.map((line: Item) => line.why)).toContain(
        "its lease ran out: whoever ran it is gone",
      );
    });

    test("its log is a JSON line an event, with correlation ids and without a secret", () => {
      const { live, data } = running();
      const text = readFileSync(join(data, "worker.log"), "utf8");
      const events = text.split("\n").flatMap((line) => (line.includes('"event":') ? [JSON.parse(line)] : []));
      for (const event of ["request", "task", "enqueued", "schedule"])
        expect(events.filter((one) => one.event === event).length, event).toBeGreaterThan(0);
      for (const one of events.filter(({ event }) => event === "request")) expect(one.correlation_id).toMatch(/\S/);
      for (const secret of [live.operator_key, "postgres://", "postgresql://"]) expect(text).not.toContain(secret);
    });
  });
}
