/** The two clocks: Cron Triggers and Beat's alarm. Each does its own work and what the other one owed. */
import type { QueueName } from "../core/message.ts";
import { beatClock } from "../db/statements/clock-beat.ts";
import { sweep } from "../queues/sweep.ts";
import type { TaskPorts } from "../tasks/define.ts";
import { fireDue } from "./fire.ts";
import { type Schedule, schedules } from "./table.ts";

/** Beat is silent for this long: the cron sweeps in its place. */
const BEAT_DEAD_MS = 20_000;
/** A cron's tick that the platform has not fired by then is fired by Beat: well within a minute. */
const CRON_GRACE_MS = 15_000;

export interface ClockPorts extends TaskPorts {
  /** Arms Beat's alarm where it is missing or past. */
  readonly pokeBeat: () => Promise<void>;
  /** Queues that are being drained right now. */
  readonly busyQueues: () => Promise<QueueName[]>;
}

const MINUTE_MS = 60_000;

const ofCron = (schedule: Schedule) => schedule.cron !== null;
const ofBeat = (schedule: Schedule) => schedule.everySeconds !== null;

/** A Cron Trigger fired. `scheduledMs` is the platform's time for it. */
export async function onCron(ports: ClockPorts, cron: string, scheduledMs: number): Promise<void> {
  const { nowMs, otherAgeMs } = await beatClock(ports.query, "cron");
  const minuteMs = Math.floor(scheduledMs / MINUTE_MS) * MINUTE_MS;
  const driven = schedules.filter((schedule) => schedule.cron === cron);
  // The platform may fire a little before the database's clock has come to the minute.
  await fireDue(ports, driven, "cron", Math.max(nowMs, minuteMs), minuteMs);
  await ports.pokeBeat();
  if (otherAgeMs === null || otherAgeMs > BEAT_DEAD_MS) {
    if (otherAgeMs !== null)
      ports.log({ event: "fault", where: "clocks", error: `beat was silent for ${Math.round(otherAgeMs / 1000)} s` });
    await sweep(ports, await ports.busyQueues());
    await fireDue(ports, schedules.filter(ofBeat), "cron", nowMs);
  }
}

/** Beat's alarm fired: every 5 s. */
export async function onBeat(ports: ClockPorts): Promise<void> {
  const { nowMs } = await beatClock(ports.query, "beat");
  await fireDue(ports, schedules.filter(ofBeat), "beat", nowMs);
  await fireDue(ports, schedules.filter(ofCron), "beat", nowMs - CRON_GRACE_MS);
  await sweep(ports, await ports.busyQueues());
}
