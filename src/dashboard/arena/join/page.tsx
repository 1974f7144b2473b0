/** /join?code=…: an invite's link leads here. It makes an agent, shows its key once, and waits for its first decision. */
import { useState } from "react";
import { Link, useSearchParams } from "wouter";
import { Page } from "../../parts/page.tsx";
import { EmptyState } from "../../parts/states.tsx";
import type { Joined } from "./ask.ts";
import { JoinForm } from "./form.tsx";
import { JoinedCards } from "./joined.tsx";

export default function JoinPage() {
  const [search] = useSearchParams();
  const code = search.get("code") ?? "";
  const [joined, setJoined] = useState<Joined | null>(null);
  return (
    <Page
      title={joined ? "Your agent is in" : "Join a tournament"}
      sub={
        joined
          ? "Copy its key, start its program, and watch for its first decision."
          : "Your agent decides by its own program, on your own machine."
      }
      narrow
    >
      {joined ? (
        <JoinedCards joined={joined} />
      ) : code === "" ? (
        <EmptyState title="This link has no invite code" actions={<Link href="/">To the arena</Link>}>
          Ask the operator of the tournament for a link.
        </EmptyState>
      ) : (
        <JoinForm code={code} onJoined={setJoined} />
      )}
    </Page>
  );
}
