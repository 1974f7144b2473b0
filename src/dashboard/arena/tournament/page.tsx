import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "wouter";
import { useFeed } from "../../live/feed.ts";
import { tournamentQuery } from "../../live/tournament-queries.ts";
import { ConnectionBadge } from "../../parts/connection-badge.tsx";
import { Page } from "../../parts/page.tsx";
import { ErrorState, SkeletonRows } from "../../parts/states.tsx";
import { StaleNote } from "../stale-note.tsx";
import { TournamentControls } from "./controls.tsx";
import { TournamentFacts } from "./head.tsx";
import { InvitesButton } from "./invites-button.tsx";
import { ResultLine } from "./result.tsx";
import { isOver, TournamentView } from "./view.tsx";

export function TournamentPage() {
  const { id = "" } = useParams();
  const { data: tournament, error, refetch } = useQuery(tournamentQuery(id));
  const connection = useFeed(id, !tournament || isOver(tournament));
  const crumbs = <Link href="/">Arena</Link>;
  if (error && !tournament) {
    return (
      <Page title="Tournament" crumbs={crumbs}>
        <ErrorState what="This tournament did not load." error={error} retry={() => void refetch()} />
      </Page>
    );
  }
  if (!tournament) {
    return (
      <Page title="Tournament" heading={<span className="soft">…</span>} crumbs={crumbs}>
        <SkeletonRows rows={10} />
      </Page>
    );
  }
  return (
    <Page
      title={tournament.name}
      crumbs={crumbs}
      sub={<TournamentFacts tournament={tournament} />}
      status={<ConnectionBadge state={connection} />}
      actions={
        <>
          <InvitesButton tournament={tournament} />
          <TournamentControls tournament={tournament} />
        </>
      }
    >
      {isOver(tournament) ? <ResultLine tournament={tournament} /> : null}
      <StaleNote state={connection} />
      <TournamentView key={tournament.id} tournament={tournament} />
    </Page>
  );
}
