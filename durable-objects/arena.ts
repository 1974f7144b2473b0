/**
 * The object of one tournament. It runs `advance` on time and tells the spectators what is new. It holds nothing that
 * Postgres does not know: wakes, crons and its own alarm all run the same guarded statements.
 *
 * Storage: `tournament_id`, for the alarm, and the frames of the feed (src/feed/log.ts).
 */
import { DurableObject } from "cloudflare:workers";
import { readTournament } from "../src/db/statements/tournaments/live.ts";
import type { Env } from "../src/env.ts";
import { Feed, LOOK_MS } from "../src/feed/spectators.ts";
import { describeError } from "../src/log.ts";
import { makePorts } from "../src/ports.ts";
import { advance } from "../src/rounds/advance.ts";
import type { RoundNews } from "../src/rounds/doors/openings.ts";
import type { ArenaObject } from "../src/rounds/ports.ts";
import { wakeEntries } from "../src/rounds/wake.ts";
import { willFire } from "./alarm-times.ts";
import { RoundNewsBoard } from "./round-news.ts";

/**
 * An alarm this far ahead is set before a run that a wake started: if that run dies, the alarm starts the next one. A run
 * that an alarm started sets none, because the platform retries a failed alarm sooner, unless another alarm is set by then.
 */
const SAFETY_MS = 15_000;

/** A run that takes longer hangs in a call without an answer. The next run starts beside it; the guards of all statements allow that. */
const RUN_MAX_MS = /* guard arena-hung */ 60_000 /* end */;

function isUnderWay(run: { readonly since: number } | null): boolean {
  return run !== null && Date.now() - run.since < RUN_MAX_MS;
}

export class Arena extends DurableObject<Env> implements ArenaObject {
  #running: { readonly done: Promise<void>; readonly since: number } | null = null;
  #again = false;
  #runs = 0;
  #wokeEntries = false;
  /** As the last look saw it. */
  #awaited = 0;
  readonly #news = new RoundNewsBoard();
  readonly #feed = new Feed(this.ctx, () => makePorts(this.env, null));

  /** Looks at what is due. A call during a run makes that run look once more, and returns without waiting for it. */
  async wake(tournamentId: string, correlationId?: string): Promise<void> {
    // Only the call is logged under the caller's id: what the round owes was not asked for by this request.
    if (correlationId) makePorts(this.env, correlationId).log({ event: "woken", tournament_id: tournamentId });
    if (isUnderWay(this.#running)) {
      this.#again = true;
      return;
    }
    await this.#look(tournamentId, "wake");
  }

  /** As `wake`. Returns how many agents from outside the open round still waits for. */
  async takeAnswers(tournamentId: string): Promise<number> {
    await this.wake(tournamentId);
    return this.#awaited;
  }

  /** For those who wait for a round. One call an isolate waits here for all of them. An object that knows nothing looks first. */
  async untilOpening(tournamentId: string, after: number, waitMs: number): Promise<RoundNews> {
    if (this.#news.isEmpty) await this.wake(tournamentId);
    return this.#news.until(after, waitMs);
  }

  async #look(tournamentId: string, startedBy: "wake" | "alarm"): Promise<void> {
    const run = { done: this.#run(tournamentId, startedBy), since: Date.now() };
    this.#running = run;
    try {
      await run.done;
    } finally {
      if (this.#running === run) this.#running = null;
    }
  }

  /** Opens a spectator's WebSocket. `?resume=` is the token of the last frame that the spectator has, `?address=` its address. */
  override async fetch(request: Request): Promise<Response> {
    const tournamentId = this.ctx.id.name;
    if (tournamentId === undefined) return new Response(null, { status: 404 });
    const isFirst = !this.#feed.isWatched;
    const asked = new URL(request.url).searchParams;
    const response = await this.#feed.join(tournamentId, asked.get("resume"), asked.get("address"));
    if (isFirst && response.status === 101) {
      await this.#remember(tournamentId);
      await this.#arm(LOOK_MS);
    }
    return response;
  }

  /** Closes the socket of a spectator that sends anything but "ping", which the platform answers without waking the object. */
  override webSocketMessage(socket: WebSocket): void {
    socket.close(1008, "the feed takes no messages");
  }

  override webSocketClose(socket: WebSocket): void {
    socket.close();
  }

  override async alarm(): Promise<void> {
    const tournamentId = await this.ctx.storage.get<string>("tournament_id");
    if (!tournamentId) return;
    // This alarm has fired and will not fire again. It waits for the run under way, so that a failure of that run fails the
    // alarm too, and the platform retries it.
    const running = isUnderWay(this.#running) ? this.#running : null;
    if (running === null) return this.#look(tournamentId, "alarm");
    this.#again = true;
    await running.done;
  }

  async #run(tournamentId: string, startedBy: "wake" | "alarm"): Promise<void> {
    this.#runs += 1;
    const own = this.#runs;
    await this.#remember(tournamentId);
    if (startedBy === "wake") await this.#arm(SAFETY_MS);
    const ports = makePorts(this.env, null);
    do {
      this.#again = false;
      const { afterMs, status, latest, awaited, beatIsSilent } = await advance(ports, tournamentId);
      this.#awaited = awaited;
      this.#news.tell({ latest, isOver: status === "completed" || status === "cancelled" });
      if (beatIsSilent) await this.#wakeBeat(ports);
      if (status === "live" && !this.#wokeEntries) {
        const tournament = await readTournament(ports.query, tournamentId);
        if (tournament) await wakeEntries(ports, tournament);
        this.#wokeEntries = true;
      }
      if (status === null) ports.log({ event: "unknown", what: "tournament", ids: [tournamentId], count: 1 });
      if (status !== "live") this.#wokeEntries = false;
      this.#feed.wake(tournamentId);
      // A run that was taken for hung and comes back late leaves the alarm to the runs that began after it.
      if (own !== this.#runs) return;
      if (afterMs === null) await this.ctx.storage.deleteAlarm();
      else await this.#set(status === "live" && this.#feed.isWatched ? Math.min(afterMs, LOOK_MS) : afterMs);
    } while (this.#again);
  }

  /** Beat's alarm may be lost. The cron checks Beat once a minute; a live tournament notices its silence sooner. */
  async #wakeBeat(ports: ReturnType<typeof makePorts>): Promise<void> {
    try {
      await ports.wakeBeat();
    } catch (error) {
      ports.log({ event: "fault", where: "clocks.wake", ...describeError(error) });
    }
  }

  async #remember(tournamentId: string): Promise<void> {
    if ((await this.ctx.storage.get<string>("tournament_id")) !== tournamentId) {
      await this.ctx.storage.put("tournament_id", tournamentId);
    }
  }

  /** Sets the alarm, unless one is set that fires earlier or that the platform is about to retry. */
  async #arm(afterMs: number): Promise<void> {
    const now = Date.now();
    const armed = await this.ctx.storage.getAlarm();
    if (!willFire(armed, now) || armed > now + afterMs) await this.#set(afterMs);
  }

  async #set(afterMs: number): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + Math.max(1, Math.ceil(afterMs)));
  }
}
