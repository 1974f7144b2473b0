/** A replay's player: the round that is shown, whether it plays, and how fast. Frames are read before they are shown. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { useSearchParams } from "wouter";
import { roundQuery } from "../../live/round-query.ts";
import { boardAtQuery } from "../../live/tournament-queries.ts";

/** Rounds a second. */
export const SPEEDS = [1, 4, 16, 64] as const;
export type Speed = (typeof SPEEDS)[number];

export interface Replay {
  /** Null for the end: the tournament as it stands. */
  readonly round: number | null;
  readonly last: number;
  readonly playing: boolean;
  readonly speed: Speed;
  readonly setSpeed: (speed: Speed) => void;
  readonly toggle: () => void;
  readonly show: (round: number | null) => void;
}

/** More frames a second could not be told apart, so a faster replay shows fewer rounds. */
const FRAMES_A_SECOND = 4;
const AHEAD = 3;

/** `active`: the tournament is over. While it runs, the address may name a round that is open in a dialog. */
export function useReplay(tournamentId: string, last: number, active: boolean): Replay {
  const client = useQueryClient();
  const [search, setSearch] = useSearchParams();
  const asked = Number.parseInt(search.get("round") ?? "", 10);
  const [round, setRound] = useState<number | null>(Number.isNaN(asked) ? null : asked);
  const [playing, setPlaying] = useState(false);
  const [speed, setSpeed] = useState<Speed>(4);
  const stride = Math.max(1, speed / FRAMES_A_SECOND);
  const at = useRef(round);
  at.current = round;

  /** Reads a frame before it is shown, and begins to read the frames after it. */
  const ready = useCallback(
    async (frame: number) => {
      for (let i = 1; i <= AHEAD; i++) {
        const next = Math.min(last, frame + i * stride);
        void client.prefetchQuery(boardAtQuery(tournamentId, next));
        void client.prefetchQuery(roundQuery(tournamentId, next));
      }
      await Promise.all([
        client.ensureQueryData(boardAtQuery(tournamentId, frame)),
        client.ensureQueryData(roundQuery(tournamentId, frame)),
      ]);
    },
    [client, tournamentId, last, stride],
  );

  useEffect(() => {
    if (!playing) return;
    let stopped = false;
    const wait = 1000 / Math.min(speed, FRAMES_A_SECOND);
    const run = async () => {
      while (!stopped) {
        const next = Math.min(last, (at.current ?? -1) + stride);
        const began = performance.now();
        await ready(next).catch(() => {
          // A frame that can't be read stops the player. The page shows the error.
          stopped = true;
          setPlaying(false);
        });
        await new Promise((done) => setTimeout(done, Math.max(0, wait - (performance.now() - began))));
        if (stopped) return;
        setRound(next);
        if (next >= last) {
          setPlaying(false);
          return;
        }
      }
    };
    void run();
    return () => {
      stopped = true;
    };
  }, [playing, speed, stride, last, ready]);

  // The address follows the frame when the player stands still, so that the link can be shared.
  useEffect(() => {
    if (playing || !active) return;
    const shown = search.get("round");
    if (shown === (round === null ? null : String(round))) return;
    setSearch(
      (params) => {
        if (round === null) params.delete("round");
        else params.set("round", String(round));
        return params;
      },
      { replace: true },
    );
  }, [round, playing, active, search, setSearch]);

  const show = useCallback(
    (next: number | null) => setRound(next === null ? null : Math.max(0, Math.min(last, next))),
    [last],
  );
  const toggle = useCallback(() => {
    if (!playing && (at.current === null || at.current >= last)) setRound(0);
    setPlaying((on) => !on);
  }, [playing, last]);
  return { round: round === null ? null : Math.min(round, last), last, playing, speed, setSpeed, toggle, show };
}
