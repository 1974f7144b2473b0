/** The two clocks: Cron Triggers and Beat's alarm. Each does its own work, and the work of the other one if that is silent. */
import { limits } from "../../core/limits.ts";
import type { QueueName } from "../../core/tasks/queues.ts";
import { beatClock } from "../../db/statements/schedules/clock-beat.ts";
import { describeError } from "../../log.ts";
import { sweep } from "../sweep.ts";
import type { EnginePorts } from "../task.ts";
import { fireDue } from "./fire.ts";
import type { Schedule } from "./schedule.ts";

const MINUTE_MS = 60_000;
/** When Beat has been silent for this long, the cron sweeps for it. The cron runs once a minute, so at most 80 s after Beat's last tick. */
const BEAT_DEAD_MS = limits.beatOverdueSeconds * 1000;
/** Beat fires a tick of a cron that the platform has not fired this long after it was due. */
const CRON_GRACE_MS = 15_000;
/** When the crons have been silent for this long, the tick of the next minute is overdue too: they are dead. */
const CRON_DEAD_MS = MINUTE_MS + CRON_GRACE_MS;

export interface ClockPorts extends EnginePorts {
  /** The schedule table. */
  readonly schedules: readonly Schedule[];
  /** Sets Beat's alarm if it is missing or long past. */
  readonly wakeBeat: () => Promise<void>;
  /** Queues that hold messages, and queues of which the platform does not say. */
  readonly busyQueues: () => Promise<QueueName[]>;
}

const ofCron = (schedule: Schedule) => schedule.cron !== null;
const ofBeat = (schedule: Schedule) => schedule.everySeconds !== null;

/** A Cron Trigger fired. `scheduledMs` is the platform's time for it. */
export async function onCron(ports: ClockPorts, cron: string, scheduledMs: number): Promise<void> {
  const { nowMs, otherAgeMs } = await beatClock(ports.query, "cron");
  const minuteMs = Math.floor(scheduledMs / MINUTE_MS) * MINUTE_MS;
  const driven = ports.schedules.filter((schedule) => schedule.cron === cron);
  // The platform may fire a little before the database's clock has come to the minute.
  await fireDue(ports, driven, "cron", Math.max(nowMs, minuteMs), minuteMs);
  try {
    await ports.wakeBeat();
  } catch (error) {
    // Beat can't be reached. The cron does Beat's work below if Beat is silent.
    ports.log({ event: "fault", where: "clocks.wake", ...describeError(error) });
  }
  if (otherAgeMs === null || otherAgeMs > BEAT_DEAD_MS) {
    if (otherAgeMs !== null)
      ports.log({ event: "fault", where: "clocks", error: `beat was silent for ${Math.round(otherAgeMs / 1000)} s` });
    await sweep(ports, await ports.busyQueues());
    await fireDue(ports, ports.schedules.filter(ofBeat), "cron", nowMs);
  }
}

/** Beat's alarm fired: every 5 s. */
export async function onBeat(ports: ClockPorts): Promise<void> {
  const { nowMs, ownAgeMs, otherAgeMs } = await beatClock(ports.query, "beat");
  // Logged once, by the first tick of Beat that finds the crons silent.
  if (otherAgeMs !== null && otherAgeMs > CRON_DEAD_MS && otherAgeMs - (ownAgeMs ?? otherAgeMs) <= CRON_DEAD_MS) {
    ports.log({ event: "fault", where: "clocks", error: `cron was silent for ${Math.round(otherAgeMs / 1000)} s` });
  }
  await fireDue(ports, ports.schedules.filter(ofBeat), "beat", nowMs);
  await fireDue(ports, ports.schedules.filter(ofCron), "beat", nowMs - CRON_GRACE_MS);
  await sweep(ports, await ports.busyQueues());
}
