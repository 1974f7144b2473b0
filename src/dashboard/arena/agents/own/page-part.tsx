/** The part of an agent's page that only its author and operators see: its rounds with their reasons, its practice, its webhook, and its key. */
import { useState } from "react";
import { Link } from "wouter";
import type { Agent, AgentEntryItem } from "../../../api/answers.ts";
import { useSession } from "../../../api/session.ts";
import { Field, Select } from "../../../parts/field.tsx";
import { Halted } from "./halted.tsx";
import { OwnKey } from "./own-key.tsx";
import { Practice } from "./practice.tsx";
import { OwnRounds } from "./rounds.tsx";
import { Webhook } from "./webhook.tsx";

interface OwnProps {
  readonly agent: Agent;
  readonly entries: readonly AgentEntryItem[];
}

export function OwnAgent({ agent, entries }: OwnProps) {
  const { agentId, reads, operator } = useSession();
  const [picked, setPicked] = useState<string | null>(null);
  const isOwn = agentId === agent.id;
  if (agent.kind === "house" || (!isOwn && !reads)) return null;
  const entry = entries.find(({ entry_id }) => entry_id === picked) ?? entries[0];
  return (
    <>
      {entries
        .filter(({ halted_at, tournament_status }) => halted_at !== null && tournament_status !== "completed")
        .map((halted) => (
          <Halted key={halted.entry_id} entry={halted} mayResume={isOwn || operator} />
        ))}
      {isOwn ? <OwnKey agent={agent} /> : null}
      {agent.kind === "webhook" ? <Webhook agent={agent} mayAct={isOwn || operator} /> : null}
      <Practice agent={agent} mayBegin={(isOwn || operator) && agent.archived_at === null} />
      {entry ? (
        <OwnRounds
          key={entry.entry_id}
          agentId={agent.id}
          tournamentId={entry.tournament_id}
          link={
            <Link href={`/t/${entry.tournament_id}/${agent.id}`}>Its memory and results in {entry.tournament}</Link>
          }
          choice={
            entries.length > 1 ? (
              <div className="tab-pad">
                <Field label="Tournament">
                  {(wiring) => (
                    <Select
                      {...wiring}
                      options={entries.map(({ entry_id, tournament }) => ({ value: entry_id, label: tournament }))}
                      value={entry.entry_id}
                      onValue={setPicked}
                    />
                  )}
                </Field>
              </div>
            ) : null
          }
        />
      ) : null}
    </>
  );
}
