/** A tournament in full: prices, the round under way or the replay, equity, tabs, leaderboard, entries. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import type { Tournament } from "../api/answers.ts";
import {
  boardAtQuery,
  boardQuery,
  entriesQuery,
  equityQuery,
  roundQuery,
  roundsQuery,
} from "../live/tournament-queries.ts";
import { Card } from "../parts/card.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { ErrorState } from "../parts/states.tsx";
import { useWide } from "../parts/use-wide.ts";
import { looksOf } from "./agent-look.ts";
import { EquityChart, type Range, rangeSeconds } from "./chart/equity-chart.tsx";
import { EntryCards } from "./entry-cards.tsx";
import { Leaderboard } from "./leaderboard.tsx";
import { ReplayBar } from "./replay-bar.tsx";
import { RoundDialog } from "./round-dialog.tsx";
import { RoundStrip } from "./round-strip.tsx";
import { TickerStrip } from "./ticker-strip.tsx";
import { TournamentTabs } from "./tournament-tabs.tsx";
import { useReplay } from "./use-replay.ts";

export function isOver(tournament: Tournament): boolean {
  return tournament.status === "completed" || tournament.status === "cancelled";
}

export function TournamentView({ tournament }: { readonly tournament: Tournament }) {
  const { id } = tournament;
  const wide = useWide();
  const [isolated, setIsolated] = useState<string | null>(null);
  const [range, setRange] = useState<Range>("all");
  const [dialog, setDialog] = useState<number | null>(null);
  const entriesAsked = useQuery(entriesQuery(id));
  const entries = entriesAsked.data;
  const { data: rounds } = useQuery(roundsQuery(id));
  const looks = useMemo(() => looksOf(entries ?? []), [entries]);
  const last = rounds?.find(({ state }) => state === "settled")?.number ?? -1;
  const over = isOver(tournament);
  const replay = useReplay(id, Math.max(0, last));
  const frame = over && last >= 0 ? replay.round : null;
  // A replay's frame may lie before what a short range reads.
  const from = useFromRound(tournament, frame === null ? range : "all", last);
  const equity = useQuery({ ...equityQuery(id, from), placeholderData: keepPreviousData });
  const now = useQuery(boardQuery(id));
  const then = useQuery({
    ...boardAtQuery(id, frame ?? 0),
    enabled: frame !== null,
    placeholderData: keepPreviousData,
  });
  const asked = useQuery({
    ...roundQuery(id, frame ?? 0),
    enabled: frame !== null,
    placeholderData: keepPreviousData,
  });
  const detail = asked.data;
  const board = frame === null ? now : then;
  const isolate = useCallback((agentId: string | null) => setIsolated(agentId), []);
  const prices = useMemo(() => {
    if (frame === null || !detail?.quote) return undefined;
    const at = detail.due_at;
    return Object.fromEntries(Object.entries(detail.quote).map(([symbol, { mid }]) => [symbol, { price: mid, at }]));
  }, [frame, detail]);

  return (
    <>
      {entriesAsked.error && !entries ? (
        <ErrorState
          what="The entries did not load: their colours and names are missing."
          error={entriesAsked.error}
          retry={() => void entriesAsked.refetch()}
        />
      ) : null}
      <TickerStrip
        tournamentId={id}
        symbols={tournament.symbols}
        board={board.data}
        looks={looks}
        {...(prices ? { prices } : {})}
      />
      {over ? (
        last >= 0 ? (
          <ReplayBar replay={replay} detail={frame === null ? undefined : detail} />
        ) : null
      ) : (
        <RoundStrip tournament={tournament} entries={entries ?? []} looks={looks} onRound={setDialog} />
      )}
      <div className="arena-grid">
        <Card title="Equity" flush className="equity-card">
          {equity.error && !equity.data ? (
            <ErrorState what="The chart did not load." error={equity.error} retry={() => void equity.refetch()} />
          ) : (
            <EquityChart
              equity={equity.data}
              looks={looks}
              isolated={isolated}
              onIsolate={isolate}
              range={range}
              onRange={setRange}
              until={frame}
              height={wide ? 430 : 300}
            />
          )}
        </Card>
        <TournamentTabs
          tournament={tournament}
          looks={looks}
          isolated={isolated}
          onIsolate={isolate}
          frame={frame}
          asked={asked}
        />
      </div>
      <Card
        title="Leaderboard"
        flush
        actions={
          <span className="soft small">
            {frame !== null
              ? then.isPlaceholderData
                ? `Round ${frame} is being read`
                : `After round ${frame}`
              : last < 0
                ? "Before the first round"
                : `After round ${last}`}
          </span>
        }
      >
        <Loaded from={board} what="The leaderboard did not load.">
          {(items) => (
            <Leaderboard tournamentId={id} board={items} looks={looks} isolated={isolated} onIsolate={isolate} />
          )}
        </Loaded>
      </Card>
      {board.data ? (
        <EntryCards tournamentId={id} board={board.data} looks={looks} isolated={isolated} holdings={frame === null} />
      ) : null}
      <RoundDialog tournamentId={id} looks={looks} round={dialog} onRound={setDialog} />
    </>
  );
}

/** The equity of a short range is read in full, not thinned; from which round is settled when the range is chosen. */
function useFromRound(tournament: Tournament, range: Range, last: number): number {
  const span = rangeSeconds[range];
  const known = last >= 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: not anew with each round; the feed appends those
  return useMemo(
    () => (span === null ? 0 : Math.max(0, last - Math.ceil(span / tournament.interval_seconds))),
    [span, known, tournament.interval_seconds],
  );
}
