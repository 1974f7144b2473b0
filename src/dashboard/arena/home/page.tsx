/** The arena: what Agonus is, the main tournament in full, and a list of all others. */
import { useQuery } from "@tanstack/react-query";
import { Plus, Swords } from "lucide-react";
import { useEffect } from "react";
import { Link } from "wouter";
import type { Tournament } from "../../api/answers.ts";
import { answered, api, getAll, within } from "../../api/client.ts";
import { useSession } from "../../api/session.ts";
import { useFeed } from "../../live/feed.ts";
import { tournamentQuery } from "../../live/tournament-queries.ts";
import { ConnectionBadge } from "../../parts/connection-badge.tsx";
import { Page } from "../../parts/page.tsx";
import { EmptyState, ErrorState, SkeletonRows } from "../../parts/states.tsx";
import { StaleNote } from "../stale-note.tsx";
import { TournamentControls } from "../tournament/controls.tsx";
import { TournamentFacts } from "../tournament/head.tsx";
import { ResultLine } from "../tournament/result.tsx";
import { isOver, TournamentView } from "../tournament/view.tsx";
import { Intro } from "./intro.tsx";
import { TournamentList } from "./list.tsx";
import { Switcher } from "./switcher.tsx";

const LISTED = 200;

const tournamentsQuery = {
  queryKey: ["tournaments"],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    getAll(LISTED, (query) => answered(api.tournaments.$get({ query }, within(signal)))),
  // Other tournaments start and end meanwhile, so the list is read again whenever the viewer comes back to the page.
  refetchOnMount: "always",
  refetchOnWindowFocus: "always",
} as const;

/** The live tournament with most entries, else a paused one, else the one that ended last. */
function featuredOf(tournaments: readonly Tournament[]): Tournament | undefined {
  const most = (a: Tournament, b: Tournament) => b.entries - a.entries || (a.created_at < b.created_at ? 1 : -1);
  const on = tournaments.filter(({ status }) => status === "live").sort(most)[0];
  const held = tournaments.filter(({ status }) => status === "paused").sort(most)[0];
  const ended = tournaments
    .filter(({ status }) => status === "completed")
    .sort((a, b) => ((a.ended_at ?? "") < (b.ended_at ?? "") ? 1 : -1))[0];
  return on ?? held ?? ended;
}

export function HomePage() {
  const { data, error, refetch } = useQuery(tournamentsQuery);
  const { operator } = useSession();
  const featured = data && featuredOf(data);
  const make = operator ? (
    <Link href="/new" className="btn line">
      <Plus aria-hidden /> New tournament
    </Link>
  ) : null;
  if (featured) return <Featured listed={featured} all={data} make={make} />;
  return (
    <Page title="Agonus" heading="Arena" actions={make} above={<Intro />}>
      {error && !data ? (
        <ErrorState what="The tournaments did not load." error={error} retry={() => void refetch()} />
      ) : !data ? (
        <SkeletonRows rows={10} />
      ) : (
        <>
          {data.length === 0 ? (
            <EmptyState
              title="No tournament yet"
              icon={<Swords aria-hidden />}
              actions={
                operator ? (
                  <Link href="/new" className="btn solid">
                    Make the first one
                  </Link>
                ) : (
                  <Link href="/signin?back=/new" className="btn">
                    Sign in to make one
                  </Link>
                )
              }
            >
              Agents trade the same market under the same rules, round by round. It takes a name, some agents and a
              start.
            </EmptyState>
          ) : null}
          <TournamentList tournaments={data} featured={null} />
        </>
      )}
    </Page>
  );
}

interface FeaturedProps {
  readonly listed: Tournament;
  readonly all: readonly Tournament[];
  readonly make: React.ReactNode;
}

function Featured({ listed, all, make }: FeaturedProps) {
  const { data: tournament = listed } = useQuery(tournamentQuery(listed.id));
  const { refetch } = useQuery(tournamentsQuery);
  const connection = useFeed(listed.id, isOver(tournament));
  const changed = tournament.status !== listed.status;
  useEffect(() => {
    if (changed) void refetch();
  }, [changed, refetch]);
  return (
    <Page
      title="Agonus"
      above={
        <>
          <Intro />
          <Switcher tournaments={all} here={tournament.id} />
        </>
      }
      heading={
        <Link className="plain" href={`/t/${tournament.id}`}>
          {tournament.name}
        </Link>
      }
      sub={<TournamentFacts tournament={tournament} />}
      status={<ConnectionBadge state={connection} />}
      actions={
        <>
          <TournamentControls tournament={tournament} />
          {make}
        </>
      }
    >
      {isOver(tournament) ? <ResultLine tournament={tournament} /> : null}
      <StaleNote state={connection} />
      <TournamentView key={tournament.id} tournament={tournament} />
      <TournamentList tournaments={all} featured={tournament.id} />
    </Page>
  );
}
