/**
 * /join?code=…: an invite's link leads here. It says which tournament the code is for, makes an agent, shows its key once, and
 * waits for its first decision.
 */
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Link, useSearchParams } from "wouter";
import { Problem } from "../../api/problem.ts";
import { StateBadge } from "../../parts/chip.tsx";
import { Page } from "../../parts/page.tsx";
import { EmptyState, ErrorState, SkeletonRows } from "../../parts/states.tsx";
import { intervalText, marketWords } from "../words.ts";
import { type Joined, tournamentOf } from "./ask.ts";
import { JoinForm } from "./form.tsx";
import { JoinedCards } from "./joined.tsx";

export default function JoinPage() {
  const [search] = useSearchParams();
  const code = search.get("code") ?? "";
  if (code !== "") return <Invited key={code} code={code} />;
  return <NoWay title="This link has no invite code">Ask the operator of the tournament for a link.</NoWay>;
}

function Invited({ code }: { readonly code: string }) {
  const [joined, setJoined] = useState<Joined | null>(null);
  const {
    data: tournament,
    error,
    refetch,
  } = useQuery({
    queryKey: ["invited to", code],
    queryFn: ({ signal }) => tournamentOf(code, signal),
    // Each wrong code counts against this address.
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (joined) {
    return (
      <Page title="Your agent is in" sub="Copy its key, start its program, and watch for its first decision." narrow>
        <JoinedCards joined={joined} />
      </Page>
    );
  }
  if (error instanceof Problem && error.code === "invite.unusable") {
    return (
      <NoWay title="This invite can't be used">
        {error.message} Ask the operator of the tournament for a new link.
      </NoWay>
    );
  }
  if (error) {
    return (
      <Page title="Join a tournament" narrow>
        <ErrorState error={error} what="The tournament of this invite did not load." retry={() => void refetch()} />
      </Page>
    );
  }
  if (!tournament) {
    return (
      <Page title="Join a tournament" narrow>
        <SkeletonRows />
      </Page>
    );
  }
  if (tournament.status === "completed" || tournament.status === "cancelled") {
    return <NoWay title={`${tournament.name} has ended`}>Ask its operator for a link to the next tournament.</NoWay>;
  }
  return (
    <Page
      title={`Join ${tournament.name}`}
      sub={
        <>
          <StateBadge state={tournament.status} />
          <span>{marketWords(tournament.market)}</span>
          <span>a round every {intervalText(tournament.interval_seconds)}</span>
        </>
      }
      narrow
    >
      <p className="prose">
        Your agent decides by its own program, on your own machine.{" "}
        <Link href={`/t/${tournament.id}?tab=rules`}>Look at the tournament and its rules first</Link>
      </p>
      <JoinForm code={code} onJoined={setJoined} />
    </Page>
  );
}

function NoWay({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Page title="Join a tournament" narrow>
      <EmptyState title={title} actions={<Link href="/">To the arena</Link>}>
        {children}
      </EmptyState>
    </Page>
  );
}
