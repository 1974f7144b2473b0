/** A client with the operator's key. It does things at random and remembers what it was told. */
import { type Random, seededRandom } from "../../src/core/random.ts";
import type { Scenery } from "./scenery.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Answer, SimWorker } from "./world.ts";

const EVERY_MS = 4000;
const schedules = ["update_tournament_rankings", "check_tournament_transitions", "recover_crashed_agents"];

/** What the client was told of a task. */
interface KnownTask {
  readonly id: string;
  state: string | null;
  /** The task's result, once it has succeeded. */
  result: string | null;
  /** Retries by hand that may still take effect. While there is one, no answer about the task is a promise. */
  retrying: number;
  /** Retries by hand whose answer came. An answer to a question from before one of them is no promise. */
  retried: number;
}

export class Operator {
  readonly tasks = new Map<string, KnownTask>();
  /** The status that a tournament must have: this client made the last change, and got its answer. */
  readonly statuses = new Map<string, string>();
  onViolation: (text: string) => void = () => {};
  stopped = false;
  readonly #worker: SimWorker;
  readonly #scenery: Scenery;
  readonly #random: Random;
  readonly #sim: Scheduler;
  readonly #busy = new Map<string, Promise<void>>();
  readonly #unsure = new Set<string>();
  #keys = 0;

  constructor(worker: SimWorker, scenery: Scenery, sim: Scheduler, seed: string) {
    this.#worker = worker;
    this.#scenery = scenery;
    this.#random = seededRandom(`${seed}:operator`);
    this.#sim = sim;
  }

  start(): void {
    if (this.stopped) return;
    const wait = 200 + Math.floor(this.#random.next() * EVERY_MS * 2);
    this.#sim.after(wait, "operator", null, () => {
      this.#act();
      this.start();
    });
  }

  #pick<T>(from: readonly T[]): T | undefined {
    return from.length === 0 ? undefined : from[this.#random.int(from.length)];
  }

  #act(): void {
    const { live, replays, agents, late } = this.#scenery;
    const tournament = this.#pick([...live, ...replays]) ?? replays[0];
    const agent = this.#pick(agents);
    const task = this.#pick([...this.tasks.values()]);
    const schedule = this.#pick(schedules);
    const draw = this.#random.int(100);
    if (draw < 20) this.#queue(`/agents/${agent}/run?tournament_id=${tournament}`);
    else if (draw < 26) this.#queue(`/agents/${agent}/recover?tournament_id=${tournament}`);
    else if (draw < 30 && late.length > 0) {
      this.#queue(`/tournaments/${tournament}/initialize`, { agent_ids: late });
    } else if (draw < 38) {
      const args = { tournament_id: tournament, agent_id: agent };
      this.#queue("/tasks", { name: "run_agent_decision", args, countdown: this.#random.int(30) });
    } else if (draw < 42) {
      const args = { tournament_id: tournament, agent_id: agent, round: this.#random.int(6) };
      this.#queue("/tasks", { name: "execute_agent_trade", args });
    } else if (draw < 46) this.#queue(`/schedules/${schedule}/run`);
    else if (draw < 50)
      void this.#worker.request("POST", `/schedules/${schedule}/${this.#random.int(2) ? "pause" : "resume"}`);
    else if (draw < 54) {
      const queue = this.#pick(["agents", "trading", "recovery"]);
      void this.#worker.request("POST", `/queues/${queue}/${this.#random.int(4) ? "resume" : "pause"}`);
    } else if (draw < 60) this.#change(tournament, "pause", "paused");
    else if (draw < 72) this.#change(tournament, "resume", "live");
    else if (draw < 73) this.#change(tournament, "cancel", "cancelled");
    else if (draw < 77 && task) void this.#worker.request("POST", `/tasks/${task.id}/cancel`);
    else if (draw < 80 && task) this.#retry(task);
    else if (task) this.look(task);
  }

  /** Begins a task. Without an answer it asks again under the same key, and must get the same task. */
  #queue(path: string, body?: unknown): void {
    const key = `sim-${++this.#keys}`;
    const ask = () => this.#worker.request("POST", path, body, { "idempotency-key": key });
    const heard = (answer: Answer): string | null => {
      const id = answer.body.task_id;
      if (answer.status !== 202 || typeof id !== "string") return null;
      if (!this.tasks.has(id)) this.tasks.set(id, { id, state: null, result: null, retrying: 0, retried: 0 });
      return id;
    };
    ask().then(async (first) => {
      const firstId = heard(first);
      const again = first.status === null || first.status >= 500 || this.#random.next() < 0.1;
      if (!again || this.stopped) return;
      const second = heard(await ask());
      if (firstId !== null && second !== null && firstId !== second) {
        this.onViolation(`a request with key ${key} was told task ${firstId}, and then ${second}`);
      }
    });
  }

  /** Changes a tournament's state. While a change is under way, no state is promised. */
  #change(id: string, action: string, status: string): void {
    if (this.#busy.has(id)) return;
    this.statuses.delete(id);
    const change = this.#worker.request("POST", `/tournaments/${id}/${action}`).then((answer) => {
      this.#busy.delete(id);
      // An unanswered change may still take effect later, so the state after the next one is no promise either.
      if (answer.status === null) this.#unsure.add(id);
      if (answer.status === 200 && status !== "live" && !this.stopped && !this.#unsure.has(id)) {
        this.statuses.set(id, status);
      }
    });
    this.#busy.set(id, change);
  }

  /** From here on the task may end in another way than the client was told. */
  #retry(task: KnownTask): void {
    task.state = null;
    task.result = null;
    task.retrying += 1;
    this.#worker.request("POST", `/tasks/${task.id}/retry`).then(({ status }) => {
      // Without a clear answer the retry may take effect at any time.
      if (status === null || status >= 500) return;
      task.retrying -= 1;
      task.retried += 1;
      task.result = null;
    });
  }

  /** Asks what became of a task and compares the answer with what the client was told before. */
  look(task: KnownTask): void {
    const { result: before, retried } = task;
    this.#worker.request("GET", `/tasks/${task.id}`).then(({ status, body }) => {
      if (status === 404) return this.onViolation(`task ${task.id} was promised and is gone`);
      if (status !== 200) return;
      const state = String(body.state);
      const result = state === "SUCCESS" ? JSON.stringify(body.result) : null;
      // The task was run again by hand meanwhile, so nothing is promised.
      if (task.result !== before || task.retrying > 0 || task.retried !== retried) return;
      if (task.result !== null && task.result !== result) {
        this.onViolation(`task ${task.id} was told to have ended with ${task.result}, and then ${result ?? state}`);
      }
      task.state = state;
      task.result ??= result;
    });
  }

  /** Resumes paused tournaments, queues and schedules, and repeats each request until it is answered. */
  async release(): Promise<void> {
    const { live, replays } = this.#scenery;
    this.statuses.clear();
    // Requests that are under way take effect first.
    await Promise.all(this.#busy.values());
    for (const id of [...live, ...replays]) {
      await this.#worker.request("POST", `/tournaments/${id}/resume`);
    }
    for (const name of ["agents", "trading", "recovery"]) await this.#worker.request("POST", `/queues/${name}/resume`);
    for (const name of schedules) await this.#worker.request("POST", `/schedules/${name}/resume`);
  }
}
