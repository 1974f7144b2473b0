/** The two clocks: Cron Triggers and Beat's alarm. Each does its own work and what the other one owed. */
import type { QueueName } from "../core/message.ts";
import { beatClock } from "../db/statements/clock-beat.ts";
import { missingTicks } from "../db/statements/tick-record.ts";
import { sweep } from "../queues/sweep.ts";
import type { TaskPorts } from "../tasks/define.ts";
import { dueOfCron, fireTick, lastDueMs } from "./fire.ts";
import { schedules } from "./table.ts";

/** A clock that was silent for this long is taken for dead, and the other one does its work. */
const BEAT_DEAD_MS = 20_000;
const CRON_DEAD_MS = 75_000;

export interface ClockPorts extends TaskPorts {
  /** Arms Beat's alarm where it is missing or past. */
  readonly pokeBeat: () => Promise<void>;
  /** Queues that are being drained right now. */
  readonly busyQueues: () => Promise<QueueName[]>;
}

/** A Cron Trigger fired. `scheduledMs` is the platform's time for it. */
export async function onCron(ports: ClockPorts, cron: string, scheduledMs: number): Promise<void> {
  const { nowMs, otherAgeMs } = await beatClock(ports.query, "cron");
  for (const { schedule, dueMs } of dueOfCron(cron, scheduledMs)) await fireTick(ports, schedule, dueMs, "cron", nowMs);
  await ports.pokeBeat();
  if (otherAgeMs === null || otherAgeMs > BEAT_DEAD_MS) {
    await sweep(ports, await ports.busyQueues());
    await fireOwed(ports, nowMs, "cron", (everySeconds) => everySeconds !== null);
  }
}

/** Beat's alarm fired: every 5 s. */
export async function onBeat(ports: ClockPorts): Promise<void> {
  const { nowMs, otherAgeMs } = await beatClock(ports.query, "beat");
  await fireOwed(ports, nowMs, "beat", (everySeconds) => everySeconds !== null);
  if (otherAgeMs !== null && otherAgeMs > CRON_DEAD_MS)
    await fireOwed(ports, nowMs, "beat", (everySeconds) => everySeconds === null);
  await sweep(ports, await ports.busyQueues());
}

/** Fires the last due tick of the schedules that have none: one run, however many were missed. */
async function fireOwed(
  ports: ClockPorts,
  nowMs: number,
  by: "cron" | "beat",
  drives: (everySeconds: number | null) => boolean,
): Promise<void> {
  const expected = schedules
    .filter((schedule) => drives(schedule.everySeconds))
    .map((schedule) => ({ schedule: schedule.name as string, dueMs: lastDueMs(schedule, nowMs) }))
    .filter((tick): tick is { schedule: string; dueMs: number } => tick.dueMs !== null);
  for (const { schedule: name, dueMs } of await missingTicks(ports.query, expected)) {
    const schedule = schedules.find((s) => s.name === name);
    if (schedule) await fireTick(ports, schedule, dueMs, by, nowMs);
  }
}
