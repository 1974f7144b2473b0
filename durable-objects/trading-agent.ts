/**
 * The object of one entry. It runs the house strategy on what a batch hands it and keeps the live state. It also has a loop:
 * its alarm sends the decision that is owed. Postgres stays the truth: everything here can be rebuilt from it.
 *
 * Storage keys: `plan` is the LoopPlan, while the tournament is live. `job` is the ThinkingJob with the time at which it ends,
 * while a house agent thinks for a while. `loop_at` says when the loop is due. `call` and `silent` are in the files
 * webhook-calls.ts and silence.ts. A decision of a house agent writes nothing.
 */
import { DurableObject } from "cloudflare:workers";
import { hash32 } from "../src/core/random.ts";
import { revokeTask } from "../src/db/statements/tasks/finish.ts";
import { heartbeat } from "../src/db/statements/tasks/heartbeat.ts";
import { logUnknownIds } from "../src/engine/unknown-ids.ts";
import type { Env } from "../src/env.ts";
import { makePorts } from "../src/ports.ts";
import type { BlockReply, BlockRequest } from "../src/rounds/block/asked.ts";
import { playEntry } from "../src/rounds/block/play.ts";
import type {
  AgentObject,
  DecisionReply,
  DecisionRequest,
  LoopPlan,
  ThinkingJob,
  WebhookJob,
} from "../src/rounds/ports.ts";
import { wholeView } from "../src/strategies/carried-view.ts";
import { isStrategyKey, strategies } from "../src/strategies/registry.ts";
import { nextAlarmAt, willFire } from "./alarm-times.ts";
import { type Answer, answerOf, type Sender, sendAnswer } from "./answer.ts";
import { endLateJob } from "./end-late-job.ts";
import { type Answered, emptyState, isAhead, isBehind, type LiveState, stateAfterDecision } from "./live-state.ts";
import { runModel } from "./model-run.ts";
import { logObjectCall, logObjectFault, logYielded } from "./object-log.ts";
import { checkSilence } from "./silence.ts";
import { WebhookCalls } from "./webhook-calls.ts";

type StoredJob = ThinkingJob & { readonly readyAt: number };

export class TradingAgent extends DurableObject<Env> implements AgentObject {
  #held: LiveState | null = null;
  #answered: Answered | null = null;
  #calls = 0;
  /** Whether it was called since the loop's last alarm. */
  #wasAsked = false;
  readonly #webhook = new WebhookCalls(this.ctx.storage, this.env);

  /** Asks the strategy. All calls for one round and version get the same answer. */
  async decide(request: DecisionRequest): Promise<DecisionReply> {
    this.#calls += 1;
    this.#wasAsked = true;
    this.#dropIfAhead(request);
    const known = this.#answered;
    if (known && known.roundId === request.roundId && known.version === request.version) {
      logObjectCall(this.env, request, "decide", "answered before");
      return known.reply;
    }
    const reply = this.#choose(request);
    logObjectCall(this.env, request, "decide", reply.kind);
    if (request.roundId === null) return reply;
    // Only a choice is kept as the answer: after needs_recovery the same request may come again with recovery allowed.
    if (reply.kind === "choice") this.#answered = { roundId: request.roundId, version: request.version, reply };
    return reply;
  }

  /** Plays rounds of a replay forward with its strategy. What it holds stays as it is: the block may never be stored. */
  async playBlock(request: BlockRequest): Promise<BlockReply> {
    this.#calls += 1;
    if (!isStrategyKey(request.strategy)) return { choices: [], cash: [] };
    return playEntry(request, strategies[request.strategy].decide);
  }

  #choose(request: DecisionRequest): DecisionReply {
    const recovered = isBehind(this.#held, request);
    if (recovered && !request.recoverFromCrash) return { kind: "needs_recovery" };
    if (!isStrategyKey(request.strategy)) {
      return { kind: "failed", code: "agent.unknown_strategy", message: `There is no strategy ${request.strategy}.` };
    }
    try {
      const choice = strategies[request.strategy].decide(wholeView(request.view));
      const kept = { placed: choice.orders.length > 0, memory: choice.memory ?? request.view.memory };
      this.#held = stateAfterDecision(this.#held, request, kept, Date.now());
      return { kind: "choice", choice, recovered };
    } catch (error) {
      return { kind: "failed", code: "agent.failed", message: error instanceof Error ? error.message : String(error) };
    }
  }

  /** Drops the state if it is ahead of the database. The call then goes on as on a new object. */
  #dropIfAhead(asked: DecisionRequest): void {
    const held = this.#held;
    if (!held || !isAhead(held, asked)) return;
    this.#held = null;
    this.#answered = null;
    logYielded(this.env, asked, held);
  }

  /** Starts to think for an outside agent. The job is stored first, so that it survives an eviction. */
  async think(job: ThinkingJob): Promise<{ kind: "thinking" } | Exclude<DecisionReply, { kind: "choice" }>> {
    this.#wasAsked = true;
    this.#dropIfAhead(job);
    if (isBehind(this.#held, job) && !job.recoverFromCrash) return { kind: "needs_recovery" };
    const known = await this.ctx.storage.get<StoredJob>("job");
    // Another attempt for the same round, or one after a recovery, goes on where the last one was, under the new token and version.
    const goesOn = known?.roundId === job.roundId;
    // If ending the old job fails, its lease runs out and the sweep takes its task.
    if (known && !goesOn)
      await endLateJob(this.env, known).catch((error: unknown) => logObjectFault(this.env, "think", error));
    const readyAt = goesOn ? known.readyAt : Date.now() + job.thinkingSeconds * 1000;
    await this.ctx.storage.put("job", { ...job, readyAt } satisfies StoredJob);
    await this.#arm();
    logObjectCall(this.env, job, "think", goesOn ? "goes on" : "thinking");
    return { kind: "thinking" };
  }

  /** Calls the agent's webhook, and goes on until it has answered or the round has closed. */
  async call(job: WebhookJob): Promise<void> {
    this.#wasAsked = true;
    await this.#webhook.begin(job);
    await this.#arm();
    logObjectCall(this.env, job, "call", "calling");
  }

  /**
   * Drops the state: the next call brings account and memory from Postgres. A job that it is thinking about is either handed
   * over anew, or its next heartbeat finds that the task was taken away.
   */
  async restore(state: { version: number; recoveries: number; correlationId?: string }): Promise<void> {
    this.#answered = null;
    this.#held = emptyState(state, Date.now());
    await this.#arm();
    logObjectCall(
      this.env,
      { ...state, entryId: this.ctx.id.name ?? "", roundId: null },
      "restore",
      `version ${state.version}`,
    );
  }

  async wake(plan: LoopPlan): Promise<void> {
    const known = await this.ctx.storage.get<LoopPlan>("plan");
    if (!known || JSON.stringify(known) !== JSON.stringify(plan)) await this.ctx.storage.put("plan", plan);
    await this.#arm();
  }

  async rest(): Promise<void> {
    await this.ctx.storage.delete("plan");
    await this.#arm();
  }

  /** What it holds in memory, and when its next alarm is. */
  async live(): Promise<Record<string, unknown>> {
    const held = this.#held;
    const decided = held !== null && held.round >= 0 ? held : null;
    const alarm = await this.ctx.storage.getAlarm();
    const job = await this.ctx.storage.get<StoredJob>("job");
    return {
      held: held !== null,
      version: held?.version ?? null,
      recoveries: held?.recoveries ?? null,
      account: decided?.account ?? null,
      last_round: decided?.round ?? null,
      last_decided_at: decided?.decidedAt ?? null,
      thinking: job ? { round_id: job.roundId, ready_at: new Date(job.readyAt).toISOString() } : null,
      next_alarm_at: alarm === null ? null : new Date(alarm).toISOString(),
      calls: this.#calls,
    };
  }

  /** One alarm serves all: thinking and the webhook first, then the loop. A failure rejects, so that the platform retries the alarm. */
  override async alarm(): Promise<void> {
    const job = await this.ctx.storage.get<StoredJob>("job");
    if (job) await this.#goOnThinking(job);
    await this.#webhook.step();
    const plan = await this.ctx.storage.get<LoopPlan>("plan");
    const dueAt = await this.ctx.storage.get<number>("loop_at");
    const loopIsDue = plan !== undefined && dueAt !== undefined && dueAt <= Date.now();
    if (loopIsDue) {
      const ports = makePorts(this.env, null);
      const wasAsked = this.#wasAsked;
      this.#wasAsked = false;
      await checkSilence(this.ctx.storage, ports, plan, wasAsked);
      await ports.send("agents", [{ type: "decide", tournament_id: plan.tournamentId, entry_ids: [plan.entryId] }]);
    }
    await this.#arm(loopIsDue);
  }

  /** Keeps the lease while it thinks, and sends the answer at the end. It stops when the task was taken away or the round has closed. */
  async #goOnThinking(job: StoredJob): Promise<void> {
    const ports = makePorts(this.env, job.correlationId ?? null);
    if (job.strategy === "llm") return this.#thinkByModel(ports, job);
    const verdict = await heartbeat(ports.query, job.taskId, job.token, job.leaseSeconds, null);
    if ((await this.ctx.storage.get<StoredJob>("job"))?.token !== job.token) return;
    if (verdict !== "goes_on") {
      // A cancelled task is ended now, without waiting for the end of its lease: nobody else holds the token.
      if (verdict === "cancelled") await revokeTask(ports.query, job.taskId, job.token, ports.by);
      else await logUnknownIds(ports, "task", [job.taskId]);
      return this.#deleteJob(job);
    }
    if (await endLateJob(this.env, job)) return this.#deleteJob(job);
    if (Date.now() < job.readyAt) return;
    const reply = this.#choose({ ...job, recoverFromCrash: true });
    await this.#sendAnswer(ports, job, answerOf(reply), reply.kind);
  }

  async #thinkByModel(ports: ReturnType<typeof makePorts>, job: StoredJob): Promise<void> {
    const run = await runModel(this.env, ports, job, () => this.ctx.storage.get<StoredJob>("job"));
    if (!run) return;
    if (run.answer) return this.#sendAnswer(ports, run.job, run.answer, run.answer.fault ?? "choice");
    await this.#deleteJob(run.job);
  }

  async #sendAnswer(ports: Sender, job: StoredJob, answer: Answer, outcome: string): Promise<void> {
    await sendAnswer(ports, job, answer);
    logObjectCall(this.env, job, "answer", outcome);
    await this.#deleteJob(job);
  }

  /** Leaves a job alone that has taken its place meanwhile. */
  async #deleteJob({ token }: StoredJob): Promise<void> {
    if ((await this.ctx.storage.get<StoredJob>("job"))?.token === token) await this.ctx.storage.delete("job");
  }

  /** Sets the one alarm for whatever is due first. The platform bills each row written, so it writes only what changed. */
  async #arm(loopIsDone = false): Promise<void> {
    const now = Date.now();
    const job = await this.ctx.storage.get<StoredJob>("job");
    const plan = await this.ctx.storage.get<LoopPlan>("plan");
    const wakes: number[] = [];
    if (job) wakes.push(Math.min(Math.max(job.readyAt, now), now + (job.leaseSeconds * 1000) / 3));
    const callAt = await this.#webhook.dueAt(now);
    if (callAt !== null) wakes.push(callAt);
    if (plan) {
      const known = await this.ctx.storage.get<number>("loop_at");
      const loopAt =
        known !== undefined && !loopIsDone ? known : nextAlarmAt(plan, now, hash32(plan.entryId) / 2 ** 32);
      if (loopAt !== null) wakes.push(loopAt);
      if (loopAt === null) await this.ctx.storage.delete("loop_at");
      else if (loopAt !== known) await this.ctx.storage.put("loop_at", loopAt);
    } else await this.ctx.storage.delete("loop_at");
    const armed = await this.ctx.storage.getAlarm();
    if (wakes.length === 0) {
      if (armed !== null) await this.ctx.storage.deleteAlarm();
      return;
    }
    // An alarm at or before now may be lost.
    const at = Math.max(Math.floor(Math.min(...wakes)), now + 1);
    // An earlier alarm stays, and sets the next one when it fires. So no call postpones a heartbeat or a retry of a failed alarm.
    if (!willFire(armed, now) || armed > at) await this.ctx.storage.setAlarm(at);
  }
}
