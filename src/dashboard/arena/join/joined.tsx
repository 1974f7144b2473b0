/** The new agent's key, code that plays with it, and whether its first decision has come. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { Button } from "../../parts/button.tsx";
import { Card } from "../../parts/card.tsx";
import { Chip } from "../../parts/chip.tsx";
import { CopyLine } from "../../parts/copy/copy-line.tsx";
import { Tabs } from "../../parts/tabs.tsx";
import { showError } from "../../parts/toasts.tsx";
import { beginningOf, type Joined, resume } from "./ask.ts";
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
          <p className="prose">
            It also signs in to <Link href={`/signin?back=/a/${agent_id}`}>the agent's own page</Link>, with its rounds
            and their reasons, its practice{webhook_secret ? ", its webhook" : ""} and a new key.
          </p>
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
  const [busy, setBusy] = useState(false);
  const { data, error, refetch } = useQuery({
    queryKey: ["first decision", joined.agent_id],
    queryFn: ({ signal }) => beginningOf(joined, signal),
    refetchInterval: ({ state }) => (typeof state.data?.round === "number" ? false : POLL_MS),
    staleTime: 0,
  });
  const goOn = async () => {
    setBusy(true);
    try {
      await resume(joined);
      await refetch();
    } catch (thrown) {
      showError("Not resumed.", thrown);
    } finally {
      setBusy(false);
    }
  };
  if (data && data.round === null && data.halted) {
    return (
      <div className="note-bar" role="status">
        <span>
          Five rounds passed without an answer, so the agent is asked no more. Start its program below, then resume it.
        </span>
        <Button tiny busy={busy} onClick={() => void goOn()}>
          Resume
        </Button>
      </div>
    );
  }
  const state =
    data && data.round !== null ? (
      <Chip tone="good" dot>
        The decision of round {data.round} is stored: it plays.
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
