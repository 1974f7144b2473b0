/** Every recovery, and how well recoveries meet the objective. */
import { useSearchParams } from "wouter";
import type { RecoverySummary } from "../../api/answers.ts";
import { answered, api, within } from "../../api/client.ts";
import { Button } from "../../parts/button.tsx";
import { Card } from "../../parts/card.tsx";
import { CopyId } from "../../parts/copy/copy-id.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { Segmented } from "../../parts/segmented.tsx";
import { EmptyState } from "../../parts/states.tsx";
import { Table } from "../../parts/table/table.tsx";
import { Count, Percent } from "../../parts/text/numbers.tsx";
import { Duration } from "../../parts/text/time.tsx";
import { useChoice } from "../choice.ts";
import { Facts } from "../facts.tsx";
import { OpsPage } from "../ops-page.tsx";
import { NewerButton, PagedFoot, usePages } from "../paged-list.tsx";
import { usePolled } from "../polled.ts";
import { columns } from "./columns.tsx";
import { causes } from "./words.ts";

export default function RecoveriesPage() {
  const [cause, setCause] = useChoice("cause", causes);
  const [search, setSearch] = useSearchParams();
  const agent = search.get("agent_id");
  const rows = usePages(
    ["recoveries", cause, agent],
    (cursor, signal) => {
      const query = { cause: cause === "all" ? undefined : cause, agent_id: agent ?? undefined, cursor };
      return answered(api.recoveries.$get({ query }, within(signal)));
    },
    { calm: ({ id }) => id },
  );
  const whole = usePolled(["recoveries"], (signal) =>
    answered(api.recoveries.$get({ query: { limit: "1" } }, within(signal))),
  );
  return (
    <OpsPage
      title="Recoveries"
      sub="A recovery is a fault of ours that was found and mended. Whatever breaks, the owed decision should be stored within a minute."
      polled={rows}
    >
      <div className="objective">
        <Loaded from={whole} what="The objective did not load.">
          {({ summary }) => <Objective summary={summary} />}
        </Loaded>
      </div>
      {agent === null ? null : (
        <p className="row wrap">
          <span>
            Only those of {rows.data?.[0]?.agent ?? "one agent"}. <CopyId id={agent} what="agent id" />
          </span>
          <Button tiny onClick={() => setSearch({}, { replace: true })}>
            Show all
          </Button>
        </p>
      )}
      <Card
        flush
        title="Recoveries"
        actions={
          <>
            <NewerButton pages={rows} />
            <Segmented label="Cause" value={cause} options={causes} onValue={setCause} />
          </>
        }
      >
        <Loaded from={rows} what="The recoveries did not load.">
          {(items) => (
            <Table
              label="Recoveries"
              rows={items}
              columns={columns}
              rowKey={(row) => row.id}
              height="60vh"
              empty={
                <EmptyState title="Nothing had to be recovered">
                  Each recovery leaves a line here for 30 days: of a lost attempt, of a silent agent, or by hand.
                </EmptyState>
              }
              foot={<PagedFoot pages={rows} />}
            />
          )}
        </Loaded>
      </Card>
    </OpsPage>
  );
}

function Objective({ summary }: { readonly summary: RecoverySummary }) {
  const { objective } = summary;
  const burn = (value: number) => (
    <span className={value > 1 ? "bad" : value > 0.5 ? "wait" : ""}>
      <Percent value={value} />
    </span>
  );
  return (
    <Card title={`Objective: ${objective.target * 100} % of recoveries within ${objective.seconds} s`}>
      <p className="small soft prose">
        Only faults of the platform count: an agent that thinks for too long, and what an operator did, do not. A
        decision that was sent again and then came by its first message was late, not lost, and is no recovery.
      </p>
      <Facts
        facts={[
          {
            name: "Met the objective",
            value: <Percent value={objective.share} />,
            title: "Of the recoveries that count: those that the platform caused",
          },
          { name: "Met", value: <Count value={objective.met} />, title: "The decision was stored in time" },
          {
            name: "Missed",
            value: <Bad count={objective.missed} />,
            title: "The decision came later, or was lost",
          },
          {
            name: "Decisions lost",
            value: <Bad count={summary.decisions_lost} />,
            title: "The round closed without the decision, and the fault was the platform's",
          },
          {
            name: "Usual time",
            value: <Duration measured seconds={summary.seconds.p50} />,
            title: "From the detection to the stored decision: half of the recoveries were not slower (p50)",
          },
          {
            name: "Slow",
            value: <Duration measured seconds={summary.seconds.p95} />,
            title: "From the detection: one in twenty was slower (p95)",
          },
          {
            name: "Slowest",
            value: <Duration measured seconds={summary.seconds.max} />,
            title: "From the detection",
          },
          {
            name: "Slow, from the last sign of life",
            value: <Duration measured seconds={summary.since_interruption.p95} />,
            title: "One in twenty agents was away for longer (p95), where the last sign of life is known",
          },
          {
            name: "Missed by their own fault",
            value: <Count value={summary.decisions_missed_by_own - summary.decisions_missed_by_operator} />,
            title: "Decisions of this list that their agents were too slow for, or failed at",
          },
          {
            name: "Missed by an operator",
            value: <Count value={summary.decisions_missed_by_operator} />,
            title: "Decisions of this list that a paused queue or a cancelled task cost",
          },
          {
            name: "Duplicates prevented",
            value: <Count value={summary.duplicates_prevented} />,
            title: "Answers that came late or again, and were refused",
          },
          {
            name: "Error budget used, 24 h",
            value: burn(objective.burn["24h"]),
            title: "The share that missed, divided by the share that may miss. 100 % is the whole budget",
          },
          { name: "Error budget used, 7 d", value: burn(objective.burn["7d"]), title: "The same over seven days" },
        ]}
      />
    </Card>
  );
}

function Bad({ count }: { readonly count: number }) {
  return (
    <span className={count > 0 ? "bad" : ""}>
      <Count value={count} />
    </span>
  );
}
