/** A new tournament: a form with defaults that work, a look at what it would be, then it is made and watched. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Link, useLocation } from "wouter";
import type { PreflightAnswer } from "../api/answers.ts";
import { answered, api, formWith, getAll, within } from "../api/client.ts";
import { faultsByField } from "../api/problem.ts";
import { useSession } from "../api/session.ts";
import { Button } from "../parts/button.tsx";
import { useFaultFocus } from "../parts/fault-focus.ts";
import { Page } from "../parts/page.tsx";
import { EmptyState, SkeletonRows } from "../parts/states.tsx";
import { say, sayError } from "../parts/toasts.tsx";
import { AgentPicker } from "./new-agents.tsx";
import { bodyOf, type Draft, FIELDS, firstDraft } from "./new-draft.ts";
import { MarketFields, RuleFields, TimeFields } from "./new-fields.tsx";
import { Preflight } from "./preflight.tsx";

const AGENTS_MAX = 10_000;
/** The newest: older ones are named to POST /tournaments. */
const SOURCES_MAX = 300;
const crumbs = <Link href="/">Arena</Link>;

export default function NewPage() {
  const { operator, known } = useSession();
  if (!known) {
    return (
      <Page title="New tournament" crumbs={crumbs} narrow>
        <SkeletonRows />
      </Page>
    );
  }
  if (!operator) {
    return (
      <Page title="New tournament" crumbs={crumbs} narrow>
        <EmptyState
          title="Only operators make tournaments"
          actions={
            <Link className="btn solid" href="/signin?back=/new">
              Sign in
            </Link>
          }
        >
          Sign in with the operator key; you come back here.
        </EmptyState>
      </Page>
    );
  }
  return <NewForm />;
}

function NewForm() {
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const [draft, setDraft] = useState<Draft>(() => firstDraft(new Date()));
  const [error, setError] = useState<unknown>(null);
  const [plan, setPlan] = useState<PreflightAnswer | null>(null);
  const [busy, setBusy] = useState<"look" | "make" | null>(null);
  const asked = useQuery({
    queryKey: ["agents", "all"],
    queryFn: ({ signal }) => getAll(AGENTS_MAX, (query) => answered(api.agents.$get({ query }, within(signal)))),
    refetchOnMount: "always",
  });
  const agents = asked.data;
  const candles = useQuery({
    queryKey: ["candle-sources"],
    queryFn: ({ signal }) =>
      getAll(SOURCES_MAX, (query) => answered(api["candle-sources"].$get({ query }, within(signal)))),
    refetchOnMount: "always",
  });
  const { fields, rest } = faultsByField(error, FIELDS);
  useFaultFocus(error);
  const set = (change: Partial<Draft>) => {
    setDraft((held) => ({ ...held, ...change }));
    // What was said holds for what was asked, and that has changed.
    setPlan(null);
  };
  const body = () => bodyOf(draft, agents?.map(({ id }) => id) ?? [], new Date());

  const run = async (what: "look" | "make", work: () => Promise<void>) => {
    setBusy(what);
    setError(null);
    try {
      await work();
    } catch (thrown) {
      setError(thrown);
      setPlan(null);
    } finally {
      setBusy(null);
    }
  };
  const ask = (dry_run: "true" | "false") => answered(api.tournaments.$post({ query: { dry_run }, json: body() }));
  const look = () => run("look", async () => setPlan(formWith(await ask("true"), "warnings")));
  const make = () =>
    run("make", async () => {
      const made = formWith(await ask("false"), "id");
      void client.invalidateQueries({ queryKey: ["tournaments"] });
      say(`${made.name} is made.`);
      if (draft.market === "replay" || draft.start === "now") {
        const start = answered(api.tournaments[":id"].start.$post({ param: { id: made.id } }));
        await start.catch((thrown) => sayError("It did not start.", thrown));
      }
      navigate(`/t/${made.id}`);
    });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void (plan ? make() : look());
  };

  return (
    <Page title="New tournament" crumbs={crumbs} narrow>
      <form className="stack" onSubmit={submit} noValidate>
        <MarketFields draft={draft} set={set} faults={fields} candles={candles} />
        <TimeFields
          draft={draft}
          set={set}
          faults={fields}
          candles={candles.data?.find(({ id }) => id === draft.candleSource)}
        />
        <AgentPicker
          asked={asked}
          chosen={draft.agentIds}
          onChosen={(agentIds) => set({ agentIds })}
          faults={fields.agent_ids}
        />
        <RuleFields draft={draft} set={set} faults={fields} />
        {rest.length > 0 ? (
          <div className="fault-box" role="alert" tabIndex={-1}>
            <strong>It can't be made like this.</strong>
            {rest.map((line) => (
              <span key={line} className="said">
                {line}
              </span>
            ))}
          </div>
        ) : null}
        {plan ? <Preflight answer={plan} /> : null}
        <div className="row wrap">
          {plan ? (
            <Button kind="solid" submit busy={busy === "make"}>
              Make it{draft.market === "replay" || draft.start === "now" ? " and start" : ""}
            </Button>
          ) : (
            <Button kind="solid" submit busy={busy === "look"} disabled={agents === undefined}>
              See what will happen
            </Button>
          )}
          <span className="soft small">
            {plan
              ? "Nothing is made yet. Change a field, and it is looked at anew."
              : "Nothing is made before you have seen it."}
          </span>
        </div>
      </form>
    </Page>
  );
}
