/**
 * One tournament's object: runs `advance` on time, and tells its spectators. It holds nothing that Postgres doesn't know;
 * hints, crons and its own alarm all lead to the same guarded statements. Storage: `tournament_id`, for its alarm; the
 * feed's frames (feed-log.ts).
 */
import { DurableObject } from "cloudflare:workers";
import { readTournament } from "../src/db/statements/tournament-live.ts";
import type { Env } from "../src/env.ts";
import { describeError } from "../src/log.ts";
import { makePorts } from "../src/ports.ts";
import { advance } from "../src/rounds/advance.ts";
import { pokeEntries } from "../src/rounds/poke.ts";
import { Feed, LOOK_MS } from "./feed.ts";

/** The alarm that stands behind every run: should it die, the next one starts from here. */
const SAFETY_MS = 15_000;

/** A run that takes longer hangs in a call that nobody answers: the next one goes on beside it, which every arrow bears. */
const RUN_MAX_MS = 60_000;

function isUnderWay(run: { readonly since: number } | null): boolean {
  return run !== null && Date.now() - run.since < RUN_MAX_MS;
}

export class Arena extends DurableObject<Env> {
  #running: { readonly done: Promise<void>; readonly since: number } | null = null;
  #again = false;
  #runs = 0;
  #poked = false;
  readonly #feed = new Feed(this.ctx, () => makePorts(this.env, null));

  /** Looks at what is due, now. A call that comes while one runs has that one look again, and doesn't wait for it. */
  async wake(tournamentId: string, correlationId?: string): Promise<void> {
    // What a round owes is nobody's request: only the call itself is told on its behalf.
    if (correlationId) makePorts(this.env, correlationId).log({ event: "woken", tournament_id: tournamentId });
    if (isUnderWay(this.#running)) {
      this.#again = true;
      return;
    }
    const run = { done: this.#run(tournamentId), since: Date.now() };
    this.#running = run;
    try {
      await run.done;
    } finally {
      if (this.#running === run) this.#running = null;
    }
  }

  /** A spectator's WebSocket: ?resume= is the token of the last frame that it had. */
  override async fetch(request: Request): Promise<Response> {
    const tournamentId = this.ctx.id.name;
    if (tournamentId === undefined) return new Response(null, { status: 404 });
    const isFirst = !this.#feed.isWatched;
    const response = await this.#feed.join(tournamentId, new URL(request.url).searchParams.get("resume"));
    if (isFirst && response.status === 101) {
      await this.#remember(tournamentId);
      await this.#arm(LOOK_MS);
    }
    return response;
  }

  /** Nothing that a spectator sends is heard, but "ping", which doesn't come here. */
  override webSocketMessage(socket: WebSocket): void {
    socket.close(1008, "the feed takes no messages");
  }

  override webSocketClose(socket: WebSocket): void {
    socket.close();
  }

  override async alarm(): Promise<void> {
    const tournamentId = await this.ctx.storage.get<string>("tournament_id");
    if (!tournamentId) return;
    // This alarm is used up: should the run that is under way fail, the platform must have one to try again.
    const running = isUnderWay(this.#running) ? this.#running : null;
    await this.wake(tournamentId);
    await running?.done;
  }

  async #run(tournamentId: string): Promise<void> {
    this.#runs += 1;
    const own = this.#runs;
    await this.#remember(tournamentId);
    await this.#arm(SAFETY_MS);
    const ports = makePorts(this.env, null);
    do {
      this.#again = false;
      const { afterMs, status, beatIsSilent } = await advance(ports, tournamentId);
      if (beatIsSilent) await this.#wakeBeat(ports);
      if (status === "live" && !this.#poked) {
        const tournament = await readTournament(ports.query, tournamentId);
        if (tournament) await pokeEntries(ports, tournament);
        this.#poked = true;
      }
      if (status === null) ports.log({ event: "unknown", what: "tournament", ids: [tournamentId], count: 1 });
      if (status !== "live") this.#poked = false;
      this.#feed.nudge(tournamentId);
      // A run that was thought to hang and comes back late leaves the alarm to those that began after it.
      if (own !== this.#runs) return;
      if (afterMs === null) await this.ctx.storage.deleteAlarm();
      else await this.#set(status === "live" && this.#feed.isWatched ? Math.min(afterMs, LOOK_MS) : afterMs);
    } while (this.#again);
  }

  /** Its alarm may be lost, and the cron looks once a minute: a live tournament finds it sooner. */
  async #wakeBeat(ports: ReturnType<typeof makePorts>): Promise<void> {
    try {
      await ports.pokeBeat();
    } catch (error) {
      ports.log({ event: "fault", where: "clocks.poke", ...describeError(error) });
    }
  }

  async #remember(tournamentId: string): Promise<void> {
    if ((await this.ctx.storage.get<string>("tournament_id")) !== tournamentId) {
      await this.ctx.storage.put("tournament_id", tournamentId);
    }
  }

  /** Kept where it is when it is armed earlier than asked for, but not past: that one was used up or lost. */
  async #arm(afterMs: number): Promise<void> {
    const now = Date.now();
    const armed = await this.ctx.storage.getAlarm();
    if (armed === null || armed <= now || armed > now + afterMs) await this.#set(afterMs);
  }

  async #set(afterMs: number): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + Math.max(1, Math.ceil(afterMs)));
  }
}
