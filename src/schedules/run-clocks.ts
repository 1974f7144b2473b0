/** The two clocks: Cron Triggers and Beat's alarm. Each does its own work and what the other one owed. */
import { limits } from "../core/limits.ts";
import type { QueueName } from "../core/message.ts";
import { beatClock } from "../db/statements/clock-beat.ts";
import { describeError } from "../log.ts";
import { sweep } from "../queues/sweep.ts";
import type { TaskPorts } from "../tasks/define.ts";
import { fireDue } from "./fire.ts";
import { type Schedule, schedules } from "./table.ts";

const MINUTE_MS = 60_000;
/** Beat is silent for this long: the cron sweeps in its place. It looks once a minute: at most 80 s after Beat's last. */
const BEAT_DEAD_MS = limits.beatOverdueSeconds * 1000;
/** A cron's tick that the platform has not fired by then is fired by Beat: well within a minute. */
const CRON_GRACE_MS = 15_000;
/** By then the tick of the next minute is overdue too: the crons are dead. */
const CRON_DEAD_MS = MINUTE_MS + CRON_GRACE_MS;

export interface ClockPorts extends TaskPorts {
  /** Arms Beat's alarm where it is missing or past. */
  readonly pokeBeat: () => Promise<void>;
  /** Queues that are being drained right now, or may be: the platform does not say. */
  readonly busyQueues: () => Promise<QueueName[]>;
}

const ofCron = (schedule: Schedule) => schedule.cron !== null;
const ofBeat = (schedule: Schedule) => schedule.everySeconds !== null;

/** A Cron Trigger fired. `scheduledMs` is the platform's time for it. */
export async function onCron(ports: ClockPorts, cron: string, scheduledMs: number): Promise<void> {
  const { nowMs, otherAgeMs } = await beatClock(ports.query, "cron");
  const minuteMs = Math.floor(scheduledMs / MINUTE_MS) * MINUTE_MS;
  const driven = schedules.filter((schedule) => schedule.cron === cron);
  // The platform may fire a little before the database's clock has come to the minute.
  await fireDue(ports, driven, "cron", Math.max(nowMs, minuteMs), minuteMs);
  try {
    await ports.pokeBeat();
  } catch (error) {
    // An object that can't be reached is why its work has to be done here.
    ports.log({ event: "fault", where: "clocks.poke", ...describeError(error) });
  }
  if (otherAgeMs === null || otherAgeMs > BEAT_DEAD_MS) {
    if (otherAgeMs !== null)
      ports.log({ event: "fault", where: "clocks", error: `beat was silent for ${Math.round(otherAgeMs / 1000)} s` });
    await sweep(ports, await ports.busyQueues());
    await fireDue(ports, schedules.filter(ofBeat), "cron", nowMs);
  }
}

/** Beat's alarm fired: every 5 s. */
export async function onBeat(ports: ClockPorts): Promise<void> {
  const { nowMs, ownAgeMs, otherAgeMs } = await beatClock(ports.query, "beat");
  // Told once, by the first beat that finds it so.
  if (otherAgeMs !== null && otherAgeMs > CRON_DEAD_MS && otherAgeMs - (ownAgeMs ?? otherAgeMs) <= CRON_DEAD_MS) {
    ports.log({ event: "fault", where: "clocks", error: `cron was silent for ${Math.round(otherAgeMs / 1000)} s` });
  }
  await fireDue(ports, schedules.filter(ofBeat), "beat", nowMs);
  await fireDue(ports, schedules.filter(ofCron), "beat", nowMs - CRON_GRACE_MS);
  await sweep(ports, await ports.busyQueues());
}
