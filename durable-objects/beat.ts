/** The clock below a minute: every 5 s it sweeps and fires what is due. One object; the cron watches over its alarm. */
import { DurableObject } from "cloudflare:workers";
import { limits } from "../src/core/limits.ts";
import type { Env } from "../src/env.ts";
import { makePorts } from "../src/ports.ts";
import { onBeat } from "../src/schedules/run-clocks.ts";

export class Beat extends DurableObject<Env> {
  /** Arms the alarm where it is missing or past. */
  async poke(): Promise<void> {
    const alarm = await this.ctx.storage.getAlarm();
    const now = Date.now();
    if (alarm === null || alarm < now - 2 * limits.sweepSeconds * 1000) await this.ctx.storage.setAlarm(now + 1);
  }

  override async alarm(): Promise<void> {
    await onBeat(makePorts(this.env, null));
    const step = limits.sweepSeconds * 1000;
    await this.ctx.storage.setAlarm((Math.floor(Date.now() / step) + 1) * step);
  }
}
