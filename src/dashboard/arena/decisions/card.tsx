/** One decision as a folded card. Open, it shows what the agent saw, thought and ordered, and which orders were refused. */
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { Link } from "wouter";
import type { HeldDecision } from "../../live/apply-event.ts";
import { roundQuery } from "../../live/round-query.ts";
import { Chip } from "../../parts/chip.tsx";
import { CopyId } from "../../parts/copy/copy-id.tsx";
import { ErrorState, Skeleton } from "../../parts/states.tsx";
import { Price } from "../../parts/text/numbers.tsx";
import { ClockTime } from "../../parts/text/time.tsx";
import type { Look } from "../agents/look.ts";
import { AgentName } from "../agents/name.tsx";
import { useRoundTimes } from "../round-times.ts";
import { baseOf, doorSentence } from "../words.ts";
import { OrderList, OrderWords } from "./order-list.tsx";

/** Loaded with the first decision of a model that is opened. */
const ModelSteps = lazy(() => import("./model-steps.tsx"));

interface CardProps {
  readonly tournamentId: string;
  readonly decision: HeldDecision;
  readonly look: Look;
  /** An entry's own page shows the round in place of the name. */
  readonly byRound?: boolean;
  readonly openAtFirst?: boolean;
}

export function DecisionCard({ tournamentId, decision, look, byRound, openAtFirst }: CardProps) {
  const [open, setOpen] = useState(openAtFirst ?? false);
  const { agent, agent_id, outcome, orders, round, decided_at, reasoning } = decision;
  const { marketTime } = useRoundTimes();
  const refused = orders.filter(({ state }) => state === "refused").length;
  return (
    <details
      className={byRound ? "decision wide" : "decision"}
      open={open}
      data-glide={byRound ? round : undefined}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary>
        {byRound ? <span className="num round-no">Round {round}</span> : <AgentName look={look} name={agent} />}
        <span className="did">
          {orders.length === 0 ? (
            <span className="soft">{outcome === "held" ? "holds" : "no orders"}</span>
          ) : (
            orders.slice(0, 2).map((order) => <OrderWords key={order.seq} order={order} />)
          )}
          {orders.length > 2 ? <span className="soft">and {orders.length - 2} more</span> : null}
          {refused > 0 ? <Chip tone="bad">{refused} refused</Chip> : null}
        </span>
        {reasoning && (byRound || orders.length > 0) ? <span className="teaser cut">{reasoning}</span> : null}
        {marketTime && !byRound ? null : (
          // In a replay all decisions of a round have the time that stands above them.
          <span className="soft when">
            <ClockTime at={marketTime?.(round) ?? decided_at} />
          </span>
        )}
      </summary>
      {open ? (
        <div className="inside">
          <section>
            <h3 className="minor">Thought</h3>
            {reasoning === null ? (
              <p className="soft">The reasoning is older than the retention and was deleted.</p>
            ) : (
              <Reasoning tournamentId={tournamentId} decision={decision} />
            )}
            <p className="soft small">
              {decision.confidence ? (
                <>
                  Confidence <span className="num">{decision.confidence.toFixed(2)}</span>.{" "}
                </>
              ) : null}
              <Door tournamentId={tournamentId} decision={decision} />
            </p>
          </section>
          {orders.length > 0 ? (
            <section>
              <h3 className="minor">Ordered</h3>
              <OrderList orders={orders} />
            </section>
          ) : null}
          <Saw tournamentId={tournamentId} round={round} agentId={agent_id} />
          {look.kind === "llm" ? (
            <Suspense fallback={<Skeleton height="3rem" />}>
              <ModelSteps tournamentId={tournamentId} round={round} agentId={agent_id} />
            </Suspense>
          ) : null}
          {byRound ? null : (
            <Link className="small" href={`/t/${tournamentId}/${agent_id}`}>
              To its entry
            </Link>
          )}
        </div>
      ) : null}
    </details>
  );
}

/** How the decision came. */
function Door({ tournamentId, decision }: { readonly tournamentId: string; readonly decision: HeldDecision }) {
  const { round, agent_id } = decision;
  const { data } = useQuery(roundQuery(tournamentId, round, agent_id));
  const door = data?.decisions.find((item) => item.agent_id === agent_id)?.door ?? null;
  // Its line has its room before the answer comes.
  return <span>{door === null ? "\u00a0" : doorSentence(door)}</span>;
}

/** The feed cuts long reasoning. The whole text is read when the card is opened. */
function Reasoning({ tournamentId, decision }: { readonly tournamentId: string; readonly decision: HeldDecision }) {
  const { round, agent_id, reasoning, reasoning_cut: cut = false } = decision;
  const { data, error, refetch } = useQuery({ ...roundQuery(tournamentId, round, agent_id), enabled: cut });
  const whole = data?.decisions.find((item) => item.agent_id === agent_id)?.reasoning ?? reasoning;
  return (
    <>
      <p className="said">{whole || "It gave no reasons."}</p>
      {error && cut ? (
        <ErrorState what="The rest of the reasoning did not load." error={error} retry={() => void refetch()} />
      ) : null}
    </>
  );
}

function Saw({
  tournamentId,
  round,
  agentId,
}: {
  readonly tournamentId: string;
  readonly round: number;
  readonly agentId: string;
}) {
  const { data, error, refetch } = useQuery(roundQuery(tournamentId, round, agentId));
  if (error && !data)
    return <ErrorState what="The snapshot did not load." error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height="3rem" />;
  if (!data.snapshot) return null;
  return (
    <section>
      <h3 className="minor">
        Saw <span className="soft">the snapshot that all agents see, </span>
        <CopyId id={data.snapshot.hash} what="the snapshot's hash" />
      </h3>
      <Closes candles={data.snapshot.candles} />
    </section>
  );
}

export function Closes({ candles }: { readonly candles: Readonly<Record<string, Readonly<Record<string, string>>>> }) {
  return (
    <ul className="closes">
      {Object.entries(candles).map(([symbol, candle]) => (
        <li key={symbol}>
          <span className="soft">{baseOf(symbol)}</span> <Price value={candle.close ?? null} />
        </li>
      ))}
    </ul>
  );
}
