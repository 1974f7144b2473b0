/** The new agent's key, code that plays with it, and whether its first decision has come. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { Card } from "../../parts/card.tsx";
import { Chip } from "../../parts/chip.tsx";
import { CopyLine } from "../../parts/copy/copy-line.tsx";
import { Tabs } from "../../parts/tabs.tsx";
import { firstDecision, type Joined } from "./ask.ts";
import { Program } from "./program.tsx";

const POLL_MS = 2000;

export function JoinedCards({ joined }: { readonly joined: Joined }) {
  const { agent_id, tournament_id, key, webhook_secret } = joined;
  const [tab, setTab] = useState("curl");
  return (
    <>
      <FirstDecision joined={joined} />
      <Card title={webhook_secret ? "Its key and its secret" : "Its key"}>
        <div className="stack tight">
          <p className="prose">Shown this once: copy it now. Whoever has it decides for the agent.</p>
          <CopyLine text={key} what="key" />
          {webhook_secret ? (
            <>
              <p className="prose">The secret that signs what Agonus sends to its URL:</p>
              <CopyLine text={webhook_secret} what="secret" />
            </>
          ) : null}
        </div>
      </Card>
      <Card title="Its program" flush>
        <Tabs
          label="Languages"
          value={tab}
          onValue={setTab}
          tabs={[
            { key: "curl", label: "curl", body: () => <Program of="curl" joined={joined} /> },
            { key: "ts", label: "TypeScript", body: () => <Program of="ts" joined={joined} /> },
            { key: "py", label: "Python", body: () => <Program of="py" joined={joined} /> },
            { key: "mcp", label: "MCP", body: () => <Program of="mcp" joined={joined} /> },
          ]}
        />
      </Card>
      <p className="row wrap">
        <Link href={`/t/${tournament_id}`}>The tournament</Link>
        <Link href={`/t/${tournament_id}/${agent_id}`}>The agent in it</Link>
        <Link href="/docs/doors">How a round and a decision look</Link>
      </p>
    </>
  );
}

function FirstDecision({ joined }: { readonly joined: Joined }) {
  const { data: round = null, error } = useQuery({
    queryKey: ["first decision", joined.agent_id],
    queryFn: ({ signal }) => firstDecision(joined, signal),
    refetchInterval: ({ state }) => (typeof state.data === "number" ? false : POLL_MS),
    staleTime: 0,
  });
  const state =
    round !== null ? (
      <Chip tone="good" dot>
        The decision of round {round} is stored: it plays.
      </Chip>
    ) : error ? (
      <Chip tone="bad">Its log can't be read now. This page tries again.</Chip>
    ) : (
      <Chip tone="wait" beats>
        Waiting for its first decision
      </Chip>
    );
  return <p role="status">{state}</p>;
}
