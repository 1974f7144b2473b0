/** A tournament in full: prices, the round under way or the replay, equity, tabs, leaderboard, entries. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import type { Tournament } from "../../api/answers.ts";
import { roundQuery } from "../../live/round-query.ts";
import { boardAtQuery, boardQuery, entriesQuery, equityQuery, roundsQuery } from "../../live/tournament-queries.ts";
import { Card } from "../../parts/card.tsx";
import { useEscape } from "../../parts/keyboard/use-escape.ts";
import { Loaded } from "../../parts/loaded.tsx";
import { ErrorState } from "../../parts/states.tsx";
import { useWide } from "../../parts/use-wide.ts";
import { looksOf } from "../agents/look.ts";
import { EquityChart } from "../chart/equity-chart.tsx";
import { type Range, rangeSeconds } from "../chart/ranges.ts";
import { useChosen } from "../chosen.ts";
import { EntryCards } from "../entry/cards.tsx";
import { Leaderboard } from "../leaderboard.tsx";
import { ReplayBar } from "../replay/bar.tsx";
import { useReplay } from "../replay/use-replay.ts";
import { RoundTimesContext, useRoundTimesOf } from "../round-times.ts";
import { RoundDialog } from "../rounds/dialog.tsx";
import { RoundStrip } from "../rounds/strip.tsx";
import { TickerStrip } from "../ticker-strip.tsx";
import { Exports } from "./exports.tsx";
import { TournamentTabs } from "./tabs.tsx";

export function isOver(tournament: Tournament): boolean {
  return tournament.status === "completed" || tournament.status === "cancelled";
}

export function TournamentView({ tournament }: { readonly tournament: Tournament }) {
  const { id } = tournament;
  const wide = useWide();
  const [chosen, choose] = useChosen();
  const entriesAsked = useQuery(entriesQuery(id));
  const entries = entriesAsked.data;
  const { data: rounds } = useQuery(roundsQuery(id));
  const looks = useMemo(() => looksOf(entries ?? []), [entries]);
  // An address may name an agent that does not play here.
  const isolated = chosen.agent !== null && looks.has(chosen.agent) ? chosen.agent : null;
  const last = rounds?.find(({ state }) => state === "settled")?.number ?? -1;
  const newest = rounds?.[0]?.number ?? 0;
  const over = isOver(tournament);
  const times = useRoundTimesOf(tournament);
  const replay = useReplay(id, Math.max(0, last), over);
  const frame = over && last >= 0 ? replay.round : null;
  // A replay's frame may lie before what a short range reads.
  const from = useFromRound(tournament, frame === null ? chosen.range : "all", last);
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
  // The round that a rank's arrow asks about. In a replay the address names the player's frame, not an open dialog.
  const [why, setWhy] = useState<number | null>(null);
  const isolate = useCallback((agent: string | null) => choose({ agent }), [choose]);
  const openRound = useCallback((round: number | null) => choose({ round }), [choose]);
  const askRound = over ? setWhy : openRound;
  useEscape(isolated !== null, () => isolate(null));
  const prices = useMemo(() => {
    if (frame === null || !detail?.quote) return undefined;
    const at = detail.due_at;
    return Object.fromEntries(Object.entries(detail.quote).map(([symbol, { mid }]) => [symbol, { price: mid, at }]));
  }, [frame, detail]);

  return (
    <RoundTimesContext value={times}>
      {entriesAsked.error && !entries ? (
        <ErrorState
          what="The entries did not load. Their colours and names are missing."
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
          <ReplayBar
            tournamentId={id}
            replay={replay}
            detail={frame === null ? undefined : detail}
            trades={(now.data ?? []).reduce((sum, { trades }) => sum + trades, 0)}
          />
        ) : null
      ) : (
        <RoundStrip tournament={tournament} entries={entries ?? []} looks={looks} onRound={openRound} />
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
              chosen={chosen}
              onChosen={choose}
              until={frame}
              height={wide ? 430 : 300}
            />
          )}
        </Card>
        <TournamentTabs
          tournament={tournament}
          looks={looks}
          entries={entries ?? []}
          isolated={isolated}
          onIsolate={isolate}
          tab={chosen.tab}
          onTab={(tab) => choose({ tab })}
          frame={frame}
          asked={asked}
        />
      </div>
      <Card
        title="Leaderboard"
        flush
        actions={
          <>
            <Exports tournamentId={id} />
            <span className="soft small">
              {frame !== null
                ? then.isPending || then.isPlaceholderData
                  ? `Round ${frame} is being read`
                  : `After round ${frame}`
                : last < 0
                  ? "Before the first round"
                  : `After round ${last}`}
            </span>
          </>
        }
      >
        <Loaded from={board} what="The leaderboard did not load.">
          {(items) => (
            <Leaderboard
              tournamentId={id}
              board={items}
              looks={looks}
              isolated={isolated}
              onIsolate={isolate}
              round={frame ?? (last < 0 ? null : last)}
              onRound={askRound}
            />
          )}
        </Loaded>
      </Card>
      {board.data ? (
        <EntryCards tournamentId={id} board={board.data} looks={looks} isolated={isolated} holdings={frame === null} />
      ) : null}
      <RoundDialog
        tournamentId={id}
        looks={looks}
        round={over ? why : chosen.round}
        newest={newest}
        onRound={askRound}
      />
    </RoundTimesContext>
  );
}

/** The first round of a short range, whose equity is read in full, not thinned. It is fixed when the range is chosen. */
function useFromRound(tournament: Tournament, range: Range, last: number): number {
  const span = rangeSeconds[range];
  const known = last >= 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round changes nothing here, because the feed appends it
  return useMemo(
    () => (span === null ? 0 : Math.max(0, last - Math.ceil(span / tournament.interval_seconds))),
    [span, known, tournament.interval_seconds],
  );
}
