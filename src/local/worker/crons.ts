/** Fires wrangler.toml's crons on schedule: front.mjs runs a cron when it is asked to, and this file asks. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Cron } from "croner";
import { checkedCrons } from "../../engine/schedules/cron.ts";
import { PROJECT } from "./wrangler.ts";

export interface CronOptions {
  /** The Worker's address now. */
  readonly workerUrl: string;
  /** front.mjs fires crons only for a caller that brings it. */
  readonly secret: string;
  readonly crons: readonly string[];
  /** Told of each firing that failed. */
  readonly onError: (line: string) => void;
}

/** The same as in front.mjs. */
const SECRET_HEADER = "agonus-local-secret";
const EVERY_MINUTE = "* * * * *";
/** Longer than a run may take: the platform gives a cron 15 minutes, but the next firing is near. */
const FIRE_TIMEOUT_MILLISECONDS = 120_000;

/** Fires one cron, as the platform would. Rejects when the Worker can't be reached. */
export async function fireCron(
  workerUrl: string,
  secret: string,
  cron: string,
  signal: AbortSignal,
): Promise<{ ok: boolean; status: number; text: string }> {
  const url = `${workerUrl}/cdn-cgi/local/scheduled?cron=${encodeURIComponent(cron)}`;
  const answer = await fetch(url, { method: "POST", headers: { [SECRET_HEADER]: secret }, signal });
  return { ok: answer.ok, status: answer.status, text: await answer.text() };
}

/** UTC, one firing of each in flight at a time; a failed firing is reported and not repeated. Never throws. */
export function startCrons({ workerUrl, secret, crons, onError }: CronOptions): { stop(): Promise<void> } {
  const abort = new AbortController();
  const running = new Set<Promise<void>>();
  const fire = async (cron: string) => {
    try {
      const signal = AbortSignal.any([abort.signal, AbortSignal.timeout(FIRE_TIMEOUT_MILLISECONDS)]);
      const { ok, status, text } = await fireCron(workerUrl, secret, cron, signal);
      if (!ok) onError(`The cron ${cron} failed (${status}): ${text.slice(0, 200)}`);
    } catch (error) {
      if (!abort.signal.aborted)
        onError(`The cron ${cron} did not reach the Worker: ${error instanceof Error ? error.message : error}`);
    }
  };
  const jobs = crons.map(
    (cron) =>
      new Cron(cron, { timezone: "UTC", protect: true, unref: true }, async () => {
        const run = fire(cron);
        running.add(run);
        await run;
        running.delete(run);
      }),
  );
  // The clocks of an old data folder are as old as its last run: the minute's cron makes them, and what was owed, fresh.
  if (crons.includes(EVERY_MINUTE)) {
    const run = fire(EVERY_MINUTE);
    running.add(run);
    run.finally(() => running.delete(run));
  }
  return {
    stop: async () => {
      for (const job of jobs) job.stop();
      abort.abort();
      await Promise.allSettled(running);
    },
  };
}

/** The crons of a project's wrangler.toml. Throws an Error with a sentence when there is no list of them, or one can't stand. */
export function readCrons(project: string = PROJECT): readonly string[] {
  return checkedCrons(cronsOf(readFileSync(join(project, "wrangler.toml"), "utf8")));
}

/** Only the top-level [triggers]; environments inherit it. */
export function cronsOf(toml: string): string[] {
  const section = /^\[triggers\][ \t]*$([\s\S]*?)(?=^\s*\[[a-z]|(?![\s\S]))/m.exec(toml)?.[1];
  const list = section && /^[ \t]*crons[ \t]*=[ \t]*\[([^\]]{0,2000})\]/m.exec(section)?.[1];
  if (list === undefined || list === "") throw new Error("wrangler.toml has no crons = [...] under [triggers].");
  return [...list.replace(/#.*$/gm, "").matchAll(/"([^"]+)"|'([^']+)'/g)].flatMap(
    (match) => match[1] ?? match[2] ?? [],
  );
}
