/**
 * The clock for intervals below a minute. Every 5 s it sweeps the tasks and fires the schedules that are due. There is one Beat
 * object. If its alarm is lost, the cron sets it again.
 */
import { DurableObject } from "cloudflare:workers";
import { limits } from "../src/core/limits.ts";
import { onBeat } from "../src/engine/schedules/run-clocks.ts";
import type { Env } from "../src/env.ts";
import { makePorts } from "../src/ports.ts";
import type { BeatObject } from "../src/rounds/ports.ts";
import { willFire } from "./alarm-times.ts";

export class Beat extends DurableObject<Env> implements BeatObject {
  /** Sets the alarm if there is none that will fire. */
  async wake(): Promise<void> {
    const alarm = await this.ctx.storage.getAlarm();
    const now = Date.now();
    if (!willFire(alarm, now)) await this.ctx.storage.setAlarm(now + 1);
  }

  override async alarm(): Promise<void> {
    await onBeat(makePorts(this.env, null));
    const step = limits.sweepSeconds * 1000;
    await this.ctx.storage.setAlarm((Math.floor(Date.now() / step) + 1) * step);
  }
}
