/**
 * One entry's object. It runs the house strategy on what the batch hands it, keeps the live state, and has a loop of
 * its own: its alarm sends the decision that is owed. Postgres stays the truth: nothing here is needed to restore it.
 *
 * Storage keys: `plan` (LoopPlan, while its tournament is live), `job` (ThinkingJob with its end, while an outside
 * agent thinks), `loop_at` (when its loop is due), `silent` (its loop's alarms in a row without a question). A house
 * decision writes nothing.
 */
import { DurableObject } from "cloudflare:workers";
import { limits } from "../src/core/limits.ts";
import { hash32 } from "../src/core/random.ts";
import { storableText } from "../src/core/storable.ts";
import { findSilentEntry } from "../src/db/statements/entry-silent.ts";
import { revokeTask } from "../src/db/statements/task-finish.ts";
import { heartbeat } from "../src/db/statements/task-heartbeat.ts";
import type { Env } from "../src/env.ts";
import { makePorts } from "../src/ports.ts";
import { sayUnknown } from "../src/queues/unknown.ts";
import type { DecisionReply, DecisionRequest, LoopPlan, ThinkingJob } from "../src/rounds/ports.ts";
import { isStrategyKey, strategies } from "../src/strategies/registry.ts";
import { adopted, emptied, type Held, isAhead, isBehind } from "./held.ts";
import { nextAlarmAt } from "./loop.ts";
import { say, sayYielded } from "./say.ts";

/** Alarms without a question before it looks at its own staleness: two intervals. */
const SILENT_ALARMS = 2;

interface Answered {
  readonly roundId: string;
  readonly version: number;
  readonly reply: DecisionReply;
}

type StoredJob = ThinkingJob & { readonly readyAt: number };

export class TradingAgent extends DurableObject<Env> {
  #held: Held | null = null;
  #answered: Answered | null = null;
  #calls = 0;
  /** Asked since its loop's last alarm. */
  #heard = false;

  /** Asks the strategy. Calls for one round and version share one answer, however often they come. */
  async decide(request: DecisionRequest): Promise<DecisionReply> {
    this.#calls += 1;
    this.#heard = true;
    this.#yield(request);
    const known = this.#answered;
    if (known && known.roundId === request.roundId && known.version === request.version) {
      say(this.env, request, "decide", "answered before");
      return known.reply;
    }
    const reply = this.#choose(request);
    say(this.env, request, "decide", reply.kind);
    if (request.roundId === null) return reply;
    // A refusal is none: the same question may come again with recovery allowed.
    if (reply.kind === "choice") this.#answered = { roundId: request.roundId, version: request.version, reply };
    return reply;
  }

  #choose(request: DecisionRequest): DecisionReply {
    const recovered = isBehind(this.#held, request);
    if (recovered && !request.recoverFromCrash) return { kind: "needs_recovery" };
    if (!isStrategyKey(request.strategy)) {
      return { kind: "failed", code: "agent.unknown_strategy", message: `There is no strategy ${request.strategy}.` };
    }
    try {
      const choice = strategies[request.strategy].decide(request.view);
      const kept = { placed: choice.orders.length > 0, memory: choice.memory ?? request.view.memory };
      this.#held = adopted(this.#held, request, kept, Date.now());
      return { kind: "choice", choice, recovered };
    } catch (error) {
      return { kind: "failed", code: "agent.failed", message: error instanceof Error ? error.message : String(error) };
    }
  }

  /** Ahead of the database, it drops what it holds: what follows finds it new. */
  #yield(asked: DecisionRequest): void {
    const held = this.#held;
    if (!held || !isAhead(held, asked)) return;
    this.#held = null;
    this.#answered = null;
    sayYielded(this.env, asked, held);
  }

  /** Thinks on its own: the job is written down before, so that an eviction forgets nothing. */
  async think(job: ThinkingJob): Promise<{ kind: "thinking" } | Exclude<DecisionReply, { kind: "choice" }>> {
    this.#heard = true;
    this.#yield(job);
    if (isBehind(this.#held, job) && !job.recoverFromCrash) return { kind: "needs_recovery" };
    const known = await this.ctx.storage.get<StoredJob>("job");
    // The same round again, by another attempt or after a recovery: it goes on where it is, under the new token and version.
    const goesOn = known?.roundId === job.roundId;
    const readyAt = goesOn ? known.readyAt : Date.now() + job.thinkingSeconds * 1000;
    await this.ctx.storage.put("job", { ...job, readyAt } satisfies StoredJob);
    await this.#arm();
    say(this.env, job, "think", goesOn ? "goes on" : "thinking");
    return { kind: "thinking" };
  }

  /**
   * Drops what it holds: the next question brings account and memory from Postgres. What it thinks about it is asked again,
   * or its next heartbeat finds that its task was taken back.
   */
  async restore(state: { version: number; recoveries: number; correlationId?: string }): Promise<void> {
    this.#answered = null;
    this.#held = emptied(state, Date.now());
    await this.#arm();
    say(this.env, { ...state, entryId: this.ctx.id.name ?? "", roundId: null }, "restore", `version ${state.version}`);
  }

  async poke(plan: LoopPlan): Promise<void> {
    const known = await this.ctx.storage.get<LoopPlan>("plan");
    if (!known || JSON.stringify(known) !== JSON.stringify(plan)) await this.ctx.storage.put("plan", plan);
    await this.#arm();
  }

  async rest(): Promise<void> {
    await this.ctx.storage.delete("plan");
    await this.#arm();
  }

  /** What it holds in memory and when it wakes next. */
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

  /** One alarm for all: thinking first, then the loop. A failure rejects, so that the platform tries again. */
  override async alarm(): Promise<void> {
    const job = await this.ctx.storage.get<StoredJob>("job");
    if (job) await this.#work(job);
    const plan = await this.ctx.storage.get<LoopPlan>("plan");
    const dueAt = await this.ctx.storage.get<number>("loop_at");
    const loopIsDue = plan !== undefined && dueAt !== undefined && dueAt <= Date.now();
    if (loopIsDue) {
      const ports = makePorts(this.env, null);
      await this.#checkSilence(ports, plan);
      await ports.send("agents", [{ type: "decide", tournament_id: plan.tournamentId, entry_ids: [plan.entryId] }]);
    }
    await this.#arm(loopIsDue);
  }

  /**
   * Its own staleness: asked for a decision twice in a row and nobody came. What it believes is only a reason to look:
   * the database says whether it is silent and owes, and the recovery's key keeps it one.
   */
  async #checkSilence(ports: ReturnType<typeof makePorts>, plan: LoopPlan): Promise<void> {
    const before = (await this.ctx.storage.get<number>("silent")) ?? 0;
    const silent = this.#heard ? 0 : before + 1;
    this.#heard = false;
    if (silent > SILENT_ALARMS) {
      const agentId = await findSilentEntry(ports.query, plan.entryId);
      if (agentId) {
        await ports.enqueue("recover_agent_state", {
          tournament_id: plan.tournamentId,
          agent_id: agentId,
          cause: "alarm",
        });
      }
    }
    if (silent !== before) await this.ctx.storage.put("silent", silent);
  }

  /** Keeps the lease while it thinks; answers when it is done; lets go when the task is no longer its own. */
  async #work(job: StoredJob): Promise<void> {
    const ports = makePorts(this.env, job.correlationId ?? null);
    const verdict = await heartbeat(ports.query, job.taskId, job.token, job.leaseSeconds, null);
    const current = await this.ctx.storage.get<StoredJob>("job");
    if (current?.token !== job.token) return;
    if (verdict !== "goes_on") {
      // Now, not when its lease runs out: nobody else holds the token.
      if (verdict === "cancelled") await revokeTask(ports.query, job.taskId, job.token, ports.by);
      else await sayUnknown(ports, "task", [job.taskId]);
      await this.ctx.storage.delete("job");
      return;
    }
    if (Date.now() < job.readyAt) return;
    const reply = this.#choose({ ...job, recoverFromCrash: true });
    const sent = await ports.send("agents", [
      {
        type: "answer",
        tournament_id: job.tournamentId,
        round_id: job.roundId,
        entry_id: job.entryId,
        task_id: job.taskId,
        token: job.token,
        version: job.version,
        ...answerOf(reply),
      },
    ]);
    // Its job stays, and the platform fires this alarm again.
    if (!sent) throw new Error("its answer could not be sent");
    say(this.env, job, "answer", reply.kind);
    await this.ctx.storage.delete("job");
  }

  /** Arms the one alarm for the earliest of what it waits for. Every row that it writes is billed: none without a change. */
  async #arm(loopIsDone = false): Promise<void> {
    const now = Date.now();
    const job = await this.ctx.storage.get<StoredJob>("job");
    const plan = await this.ctx.storage.get<LoopPlan>("plan");
    const wakes: number[] = [];
    if (job) wakes.push(Math.min(Math.max(job.readyAt, now), now + (job.leaseSeconds * 1000) / 3));
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
    // Never at or before now: such an alarm may be lost.
    const at = Math.max(Math.floor(Math.min(...wakes)), now + 1);
    if (at !== armed) await this.ctx.storage.setAlarm(at);
  }
}

/** An answer's message has its limits, and its text must fit into a row. */
function answerOf(reply: DecisionReply): { choice: unknown; failed?: { code: string; message: string } } {
  if (reply.kind === "choice") return { choice: reply.choice };
  if (reply.kind === "needs_recovery") return { choice: null };
  return { choice: null, failed: { code: reply.code, message: storableText(reply.message, limits.errorCharsMax) } };
}
