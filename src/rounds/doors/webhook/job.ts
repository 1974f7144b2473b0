/**
 * The life of one round's call: claimed by a task, stepped by the entry's object, with a heartbeat at each step and while a
 * call is under way. A call that fails is made again inside the deadline, with the same webhook-id.
 */
import { lateDecision } from "../../../core/late-decision.ts";
import { shownOrders } from "../../../core/tasks/decided.ts";
import { readStoredDecision } from "../../../db/statements/decisions/stored.ts";
import { intervalOfClosed } from "../../../db/statements/rounds/closed.ts";
import { endCall } from "../../../db/statements/rounds/end-call.ts";
import { holdTask } from "../../../db/statements/rounds/hold-task.ts";
import { finishTask, PLAIN_END, revokeTask } from "../../../db/statements/tasks/finish.ts";
import { heartbeat } from "../../../db/statements/tasks/heartbeat.ts";
import { storeCall } from "../../../db/statements/webhooks/store-call.ts";
import { logUnknownIds } from "../../../engine/unknown-ids.ts";
import { describeError } from "../../../log.ts";
import type { RoundPorts, WebhookJob } from "../../ports.ts";
import { RoundPages } from "../round-page.ts";
import { takeSubmissions } from "../submissions.ts";
import { meaningOf, shownAnswer } from "./answer.ts";
import { callWebhook, type Fault } from "./call.ts";
import { openEndpoint } from "./endpoint.ts";
import type { WebhookPorts } from "./ports.ts";

/** Times are the object's own clock, epoch milliseconds. */
export interface StoredCall extends WebhookJob {
  readonly calls: number;
  readonly nextAt: number;
  readonly endsAt: number;
  /** When it was last stepped. */
  readonly seenAt: number;
  readonly fault: Fault | null;
}

export type CallPorts = Pick<RoundPorts, "query" | "views" | "newId" | "by" | "correlationId" | "log" | "wakeArena"> & {
  readonly webhooks: WebhookPorts;
};

/** The job is over, or goes on as it is here. */
export type Stepped = { readonly kind: "over" } | { readonly kind: "goes_on"; readonly call: StoredCall };
const OVER: Stepped = { kind: "over" };

/** An object that nobody stepped for longer was away. A replay gives its agents that time back. */
const AWAY_MS = 25_000;
/** With less of a call's time left, no further call is begun. */
const WORTH_A_CALL = 0.25;

const pages = new RoundPages();

/** All calls for a round have one id, so that an endpoint can tell a repeat. */
export function webhookId({ roundId, entryId }: Pick<WebhookJob, "roundId" | "entryId">): string {
  return `round_${roundId}_${entryId}`;
}

/** `known`: an attempt before it for the same round. Its calls count, and its waits go on. */
export function beginCall(job: WebhookJob, known: StoredCall | null, now: number): StoredCall {
  const before = known?.roundId === job.roundId ? known : { calls: 0, nextAt: now, fault: null };
  const { calls, nextAt, fault } = before;
  return { ...job, calls, nextAt, fault, endsAt: now + job.leftMs, seenAt: now };
}

/** Throws on faults of the database alone: the object's alarm is then tried again. */
export async function stepCall(ports: CallPorts, given: StoredCall): Promise<Stepped> {
  const verdict = await heartbeat(ports.query, given.taskId, given.token, given.leaseSeconds, null);
  if (verdict === "cancelled") await revokeTask(ports.query, given.taskId, given.token, ports.by);
  if (verdict === "superseded") await logUnknownIds(ports, "task", [given.taskId]);
  if (verdict !== "goes_on") return OVER;
  const now = ports.webhooks.clock();
  const away = given.isReplay && now - given.seenAt > AWAY_MS ? now - given.seenAt : 0;
  const job = { ...given, endsAt: given.endsAt + away, seenAt: now };
  if (now < job.nextAt) return { kind: "goes_on", call: job };
  const left = job.endsAt - now;
  if (job.fault !== null && left < job.patienceMs * WORTH_A_CALL) return failed(ports, job, job.fault);
  return call(ports, job, Math.max(1, Math.min(job.patienceMs, left)));
}

async function call(ports: CallPorts, job: StoredCall, patienceMs: number): Promise<Stepped> {
  const { query, webhooks } = ports;
  const [page] = await pages.read(ports, [job.entryId]);
  if (!page || page.number !== job.round) return withoutRound(ports, job);
  if (page.isHalted) return refused(ports, job, { code: "agent.halted", message: "The entry is halted." });
  const endpoint = await openEndpoint(query, webhooks, job.agentId);
  if (endpoint.kind === "fault") return refused(ports, job, endpoint.fault);
  const message = { id: webhookId(job), body: page.text };
  const exchange = await beating(ports, job, () => callWebhook(webhooks, endpoint, message, patienceMs));
  const meaning = meaningOf(exchange, job.round);
  const fault = meaning.kind === "fault" ? meaning.fault : null;
  const calls = job.calls + 1;
  await storeCall(query, {
    id: ports.newId(),
    agentId: job.agentId,
    roundId: job.roundId,
    attempt: calls,
    ms: exchange.ms,
    status: exchange.status,
    fault,
    answer: shownAnswer(exchange),
  });
  if (meaning.kind === "later") {
    await holdTask(query, job.taskId, job.token, ports.by);
    return OVER;
  }
  if (meaning.kind === "decision") {
    const { agentId, tournamentId } = job;
    const body = meaning.body;
    const [submitted] = await takeSubmissions(ports, [{ agentId, tournamentId, body, dryRun: false, door: "webhook" }]);
    switch (submitted?.kind) {
      case "answer":
        if (job.isReplay) await ports.wakeArena(tournamentId, ports.correlationId);
        return OVER;
      case "failed":
        return failed(ports, { ...job, calls }, { code: "webhook.bad_answer", message: submitted.message });
      case "busy":
      case undefined:
        return { kind: "goes_on", call: { ...job, nextAt: webhooks.clock() + job.retryMs, seenAt: webhooks.clock() } };
      default:
        // Another decision is stored, or the round or the entry takes none any more: the rows tell which.
        return withoutRound(ports, job);
    }
  }
  const now = webhooks.clock();
  const wait = Math.max(job.retryMs * 2 ** (calls - 1), (exchange.retryAfterSeconds ?? 0) * 1000);
  const next = { ...job, calls, fault: meaning.fault, nextAt: now + wait, seenAt: now };
  const left = next.endsAt - next.nextAt;
  return left < job.patienceMs * WORTH_A_CALL ? failed(ports, next, meaning.fault) : { kind: "goes_on", call: next };
}

/** Prolongs the lease while the call is under way. */
async function beating<T>(ports: CallPorts, job: StoredCall, work: () => Promise<T>): Promise<T> {
  const beat = setInterval(
    () => {
      heartbeat(ports.query, job.taskId, job.token, job.leaseSeconds, null).catch((error: unknown) =>
        // One failed heartbeat does no harm: the lease outlives three of them.
        ports.log({ event: "fault", where: "webhook.heartbeat", ...describeError(error) }),
      );
    },
    (job.leaseSeconds * 1000) / 3,
  );
  try {
    return await work();
  } finally {
    clearInterval(beat);
  }
}

/** The round is over for the entry: a stored decision is the task's result, and a missing one can't be made any more. */
async function withoutRound(ports: CallPorts, job: StoredCall): Promise<Stepped> {
  const stored = await readStoredDecision(ports.query, job.roundId, job.entryId);
  if (stored) {
    const result = { outcome: "exists", round: stored.round, ...shownOrders(stored.orders), recovered: false };
    const ending = { ...PLAIN_END, state: "SUCCESS", result, why: "the decision was stored before" } as const;
    await finishTask(ports.query, job.taskId, job.token, ending, ports.by);
    return OVER;
  }
  if (job.fault !== null) return failed(ports, job, job.fault);
  return refused(ports, job, lateDecision(null, (await intervalOfClosed(ports.query, job.roundId)) ?? 0));
}

/** Ends the task by no fault of the endpoint. */
async function refused(ports: CallPorts, job: StoredCall, { code, message }: Fault): Promise<Stepped> {
  const ending = { ...PLAIN_END, state: "FAILURE", error: { class: "Outcome", code, message }, why: message } as const;
  await finishTask(ports.query, job.taskId, job.token, ending, ports.by);
  if (job.isReplay) await ports.wakeArena(job.tournamentId, ports.correlationId);
  return OVER;
}

/** No time is left for another call: a miss of the endpoint's. */
async function failed(ports: CallPorts, job: StoredCall, { code, message }: Fault): Promise<Stepped> {
  const times = job.calls === 1 ? "" : ` (${job.calls} calls)`;
  const ended = await endCall(ports.query, { ...job, code, message: `${message}${times}` }, ports.by);
  if (ended.isHalted) {
    ports.log({ event: "halted", tournament_id: job.tournamentId, entry_id: job.entryId });
  }
  if (job.isReplay) await ports.wakeArena(job.tournamentId, ports.correlationId);
  return OVER;
}
