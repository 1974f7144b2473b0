/** All tournaments but the featured one, in groups: live, paused, to come, finished. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { Link } from "wouter";
import type { Tournament } from "../../api/answers.ts";
import { Chip, StateBadge } from "../../parts/chip.tsx";
import { Count } from "../../parts/text/numbers.tsx";
import { RelativeTime, useNow } from "../../parts/text/time.tsx";
import { FieldSize, StartTime } from "../tournament/head.tsx";
import { baseOf, hasOpenEnd, intervalText } from "../words.ts";

interface ListProps {
  readonly tournaments: readonly Tournament[];
  readonly featured: string | null;
}

export function TournamentList({ tournaments, featured }: ListProps) {
  const rest = tournaments.filter(({ id }) => id !== featured);
  const groups = [
    { title: "Live", items: rest.filter(({ status }) => status === "live") },
    { title: "Paused", items: rest.filter(({ status }) => status === "paused") },
    {
      title: "To come",
      items: rest.filter(({ status }) => status === "upcoming").sort((a, b) => (a.starts_at < b.starts_at ? -1 : 1)),
    },
    { title: "Finished", items: rest.filter(({ status }) => status === "completed" || status === "cancelled") },
  ];
  useRefreshAtStart(rest);
  return (
    <div className="stack" id="all-tournaments">
      {groups.map(({ title, items }) =>
        items.length === 0 ? null : (
          <section key={title} className="stack tight">
            <h2>
              {title} <span className="soft num">{items.length}</span>
            </h2>
            <ul className="tournament-list">
              {items.map((tournament) => (
                <li key={tournament.id}>
                  <Row tournament={tournament} />
                </li>
              ))}
            </ul>
          </section>
        ),
      )}
    </div>
  );
}

function Row({ tournament }: { readonly tournament: Tournament }) {
  const { id, name, status, market, symbols, interval_seconds, ended_at, winner, current_round, rounds } = tournament;
  return (
    <Link href={`/t/${id}`} className="tournament-row plain">
      <span className="row">
        <strong className="cut" title={name}>
          {name}
        </strong>
        {market === "replay" ? <Chip>replay</Chip> : null}
      </span>
      <StateBadge state={status} />
      <span className="soft cut">{symbols.map(baseOf).join(", ")}</span>
      <span className="soft">
        <FieldSize tournament={tournament} />
      </span>
      <span className="soft">
        {current_round ? (
          <>
            round <Count value={current_round.number} />
            {hasOpenEnd(rounds) ? (
              ", open end"
            ) : (
              <>
                {" "}
                of <Count value={rounds} />
              </>
            )}
          </>
        ) : (
          `a round every ${intervalText(interval_seconds)}`
        )}
      </span>
      <span className="soft cut">
        {status === "upcoming" ? (
          <StartTime tournament={tournament} />
        ) : winner ? (
          <>won by {winner.agent}</>
        ) : ended_at ? (
          <>
            ended <RelativeTime at={ended_at} />
          </>
        ) : null}
      </span>
    </Link>
  );
}

/** A tournament that starts changes its group, so the list is read again at the next start. */
function useRefreshAtStart(tournaments: readonly Tournament[]): void {
  const client = useQueryClient();
  const now = useNow();
  const next = tournaments
    .filter(({ status, market }) => status === "upcoming" && market !== "replay")
    .map(({ starts_at }) => Date.parse(starts_at) + 2000)
    .filter((at) => at > now - 1500)
    .sort((a, b) => a - b)[0];
  const due = next !== undefined && next <= now;
  useEffect(() => {
    if (due) void client.invalidateQueries({ queryKey: ["tournaments"] });
  }, [due, client]);
}
