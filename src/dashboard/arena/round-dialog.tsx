/** One round whole: its times, snapshot and quote with their hash, every decision, who missed it. */
import { useQuery } from "@tanstack/react-query";
import { ChevronLeft, ChevronRight } from "lucide-react";
import type { RoundDetail } from "../api/answers.ts";
import { roundQuery } from "../live/tournament-queries.ts";
import { IconButton } from "../parts/button.tsx";
import { StateBadge } from "../parts/chip.tsx";
import { CopyId } from "../parts/copy-id.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { priceText } from "../parts/number-text.ts";
import { ErrorState, SkeletonRows } from "../parts/states.tsx";
import { ClockTime, DateTime } from "../parts/time.tsx";
import type { Look } from "./agent-look.ts";
import { Closes } from "./decision-card.tsx";
import { RoundGroup } from "./decisions-tab.tsx";
import { STEPS } from "./round-phase.ts";
import { baseOf, skipSentence } from "./words.ts";

interface RoundDialogProps {
  readonly tournamentId: string;
  readonly looks: ReadonlyMap<string, Look>;
  /** Null: closed. */
  readonly round: number | null;
  readonly onRound: (round: number | null) => void;
}

export function RoundDialog({ tournamentId, looks, round, onRound }: RoundDialogProps) {
  return (
    <Dialog open={round !== null} onClose={() => onRound(null)} title={`Round ${round ?? ""}`} wide>
      {round === null ? null : (
        <>
          <div className="row">
            <IconButton label="The round before" disabled={round === 0} onClick={() => onRound(round - 1)}>
              <ChevronLeft aria-hidden />
            </IconButton>
            <IconButton label="The next round" onClick={() => onRound(round + 1)}>
              <ChevronRight aria-hidden />
            </IconButton>
          </div>
          <Detail tournamentId={tournamentId} round={round} looks={looks} />
        </>
      )}
    </Dialog>
  );
}

interface DetailProps {
  readonly tournamentId: string;
  readonly looks: ReadonlyMap<string, Look>;
  readonly round: number;
}

function Detail({ tournamentId, looks, round }: DetailProps) {
  const { data, error, isPending, refetch } = useQuery(roundQuery(tournamentId, round));
  if (isPending) return <SkeletonRows />;
  if (error) return <ErrorState what="The round did not load." error={error} retry={() => void refetch()} />;
  return <RoundBody detail={data} tournamentId={tournamentId} looks={looks} />;
}

interface BodyProps {
  readonly detail: RoundDetail;
  readonly tournamentId: string;
  readonly looks: ReadonlyMap<string, Look>;
}

export function RoundBody({ detail, tournamentId, looks }: BodyProps) {
  const { number, due_at, snapshot, quote, hidden } = detail;
  const times = {
    open: detail.opened_at,
    closed: detail.closed_at,
    quoted: detail.quoted_at,
    settled: detail.settled_at,
  };
  const decisions = detail.decisions.map((item) => ({ ...item, round: number, due_at }));
  const group = {
    round: number,
    dueAt: due_at,
    made: decisions.filter(({ outcome }) => outcome === "made"),
    held: decisions.filter(({ outcome }) => outcome === "held"),
    missed: detail.missed.map((miss) => ({ ...miss, round: number })),
  };
  return (
    <div className="stack tight">
      <div className="row wrap">
        <StateBadge state={detail.state} />
        <span className="soft">
          due <DateTime at={due_at} />
        </span>
        {STEPS.map((step) => {
          const at = times[step];
          return at === null ? null : (
            <span key={step} className="soft small">
              {step} <ClockTime at={at} />
            </span>
          );
        })}
      </div>
      {detail.state === "skipped" ? <p>It was skipped: {skipSentence(detail.skip_reason)}.</p> : null}
      {snapshot ? (
        <section className="stack tight">
          <h3 className="minor">
            Snapshot <CopyId id={snapshot.hash} what="the snapshot's hash" />
          </h3>
          <Closes candles={snapshot.candles} />
        </section>
      ) : null}
      {quote ? (
        <section className="stack tight">
          <h3 className="minor">Quote, at which its orders filled</h3>
          <ul className="closes">
            {Object.entries(quote).map(([symbol, { bid, ask }]) => (
              <li key={symbol}>
                <span className="soft">{baseOf(symbol)}</span>{" "}
                <span className="num">
                  {priceText(bid)} / {priceText(ask)}
                </span>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      {hidden ? (
        <p className="soft">
          It is still open: what has been decided is hidden until it closes, or rivals would copy it.
        </p>
      ) : detail.state === "skipped" ? null : (
        <RoundGroup group={group} tournamentId={tournamentId} looks={looks} />
      )}
    </div>
  );
}
