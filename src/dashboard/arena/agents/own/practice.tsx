/** The agent's practice: whether it has qualified, what its last practice was like, and a new one. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { limits } from "../../../../core/limits.ts";
import type { Agent, Qualification } from "../../../api/answers.ts";
import { answered, api, within } from "../../../api/client.ts";
import { Button } from "../../../parts/button.tsx";
import { Card } from "../../../parts/card.tsx";
import { Chip } from "../../../parts/chip.tsx";
import { Loaded } from "../../../parts/loaded.tsx";
import { countText } from "../../../parts/text/plural.ts";
import { RelativeTime } from "../../../parts/text/time.tsx";
import { showError } from "../../../parts/toasts.tsx";
import { codeSentence } from "../../words.ts";

const POLL_MS = 5000;

interface PracticeProps {
  readonly agent: Agent;
  readonly mayBegin: boolean;
}

export function Practice({ agent: { id, kind }, mayBegin }: PracticeProps) {
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [begun, setBegun] = useState<string | null>(null);
  const qualification = useQuery({
    queryKey: ["agent", id, "qualification"],
    queryFn: ({ signal }) => answered(api.agents[":id"].qualification.$get({ param: { id } }, within(signal))),
    refetchInterval: begun === null ? false : POLL_MS,
  });
  const begin = async () => {
    setBusy(true);
    try {
      const { tournament_id } = await answered(api.agents[":id"].practice.$post({ param: { id }, json: {} }));
      setBegun(tournament_id);
      await client.invalidateQueries({ queryKey: ["agent", id] });
    } catch (error) {
      showError("No practice began.", error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Card
      title="Practice"
      actions={
        mayBegin ? (
          <Button tiny busy={busy} onClick={() => void begin()}>
            Begin a practice
          </Button>
        ) : null
      }
    >
      <div className="stack tight">
        <p className="small soft prose">
          A private replay of {limits.qualifyingRoundsMin} rounds against two house agents and cash. It counts nowhere.
          Who answers 95 % of its rounds has qualified: some tournaments take no others.
        </p>
        <Loaded from={qualification} what="Its qualification did not load." bones={1}>
          {(known) => <LastPractice of={known} />}
        </Loaded>
        {begun === null ? null : (
          <p role="status">
            A practice has begun.{" "}
            {kind === "webhook" ? (
              "Its rounds are sent to the webhook."
            ) : kind === "llm" ? (
              "Its model is asked in each round."
            ) : (
              <>
                The program asks for its rounds with <code>tournament_id={begun}</code>.
              </>
            )}{" "}
            <Link href={`/t/${begun}`}>Watch it</Link>
          </p>
        )}
      </div>
    </Card>
  );
}

function LastPractice({
  of: { qualified, rounds, answered: in_time, late, refused, reasons, at },
}: {
  readonly of: Qualification;
}) {
  if (at === null) return <p>It has ended no practice yet.</p>;
  return (
    <>
      <p className="row wrap">
        <Chip tone={qualified ? "good" : "wait"} dot>
          {qualified ? "qualified" : "not qualified"}
        </Chip>
        <span>
          It answered {in_time} of {countText(rounds, "round")}, and {countText(refused, "order")}{" "}
          {refused === 1 ? "was" : "were"} refused.
        </span>
        <span className="soft">
          <RelativeTime at={at} />
        </span>
      </p>
      {late > 0 ? <p>{countText(late, "round")} closed without an answer.</p> : null}
      {reasons.length > 0 ? (
        <ul className="stack tight">
          {reasons.map(({ code, count }) => (
            <li key={code}>
              <span className="num">{count}</span> × {codeSentence(code)} <span className="soft mono">{code}</span>
            </li>
          ))}
        </ul>
      ) : null}
    </>
  );
}
