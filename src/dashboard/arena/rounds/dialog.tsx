/** One round in full: its times, who passed whom, its snapshot and quote with their hashes, every decision and every miss. */
import { useQuery } from "@tanstack/react-query";
import { ChevronLeft, ChevronRight } from "lucide-react";
import type { RoundDetail } from "../../api/answers.ts";
import { roundQuery } from "../../live/round-query.ts";
import { IconButton } from "../../parts/button.tsx";
import { StateBadge } from "../../parts/chip.tsx";
import { CopyId } from "../../parts/copy/copy-id.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { ErrorState, SkeletonRows } from "../../parts/states.tsx";
import { Price } from "../../parts/text/numbers.tsx";
import { ClockTime, DateTime } from "../../parts/text/time.tsx";
import type { Look } from "../agents/look.ts";
import { Closes } from "../decisions/card.tsx";
import { RoundGroup } from "../decisions/round-group.tsx";
import { useRoundTimes } from "../round-times.ts";
import { baseOf, skipSentence } from "../words.ts";
import { STEPS } from "./phase.ts";
import { RankMoves } from "./rank-moves.tsx";
import { Receipts } from "./receipts.tsx";

interface RoundDialogProps {
  readonly tournamentId: string;
  readonly looks: ReadonlyMap<string, Look>;
  /** Null for a closed dialog. */
  readonly round: number | null;
  /** The newest round. */
  readonly newest: number;
  readonly onRound: (round: number | null) => void;
}

export function RoundDialog({ tournamentId, looks, round, newest, onRound }: RoundDialogProps) {
  return (
    <Dialog open={round !== null} onClose={() => onRound(null)} title={`Round ${round ?? ""}`} wide>
      {round === null ? null : (
        <>
          <div className="row">
            <IconButton
              label="The round before"
              data-key="before"
              disabled={round === 0}
              onClick={() => onRound(round - 1)}
            >
              <ChevronLeft aria-hidden />
            </IconButton>
            <IconButton
              label="The next round"
              data-key="next"
              disabled={round >= newest}
              onClick={() => onRound(round + 1)}
            >
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
  const { marketTime, everySeconds } = useRoundTimes();
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
    part: false,
  };
  const traded = new Set(
    decisions.flatMap(({ agent_id, orders }) => (orders.some(({ fill }) => fill !== null) ? [agent_id] : [])),
  );
  return (
    <div className="stack tight">
      <div className="row wrap">
        <StateBadge state={detail.state} />
        <span className="soft">
          {marketTime ? "" : "due "}
          <DateTime at={due_at} everySeconds={everySeconds} />
        </span>
        {marketTime
          ? null
          : STEPS.map((step) => {
              const at = times[step];
              return at === null ? null : (
                <span key={step} className="soft small">
                  {step} <ClockTime at={at} />
                </span>
              );
            })}
      </div>
      {detail.state === "skipped" ? <p>It was skipped: {skipSentence(detail.skip_reason)}.</p> : null}
      <Receipts of={detail.receipts} />
      {detail.state === "settled" ? (
        <RankMoves tournamentId={tournamentId} round={number} looks={looks} traded={traded} />
      ) : null}
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
            {Object.entries(quote).map(([symbol, { bid, ask, filled, venue }]) => (
              <li key={symbol}>
                <span className="soft">{baseOf(symbol)}</span> <Price value={bid} /> <span className="num">/</span>{" "}
                <Price value={ask} />
                {venue ? <span className="soft small"> {venue}</span> : null}
                {filled ? <span className="soft small"> nobody traded: no order filled</span> : null}
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      {hidden ? (
        <p className="soft">
          The round is still open. Its decisions are hidden until it closes, because rivals would copy them.
        </p>
      ) : detail.state === "skipped" ? null : (
        <RoundGroup group={group} tournamentId={tournamentId} looks={looks} />
      )}
    </div>
  );
}
