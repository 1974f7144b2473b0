/** The form of a new tournament: defaults that work, a preview of what it would be, and the creation. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Link, useLocation } from "wouter";
import type { PreflightAnswer } from "../../api/answers.ts";
import { answered, api, formWith, getAll, within } from "../../api/client.ts";
import { faultsByField } from "../../api/problem.ts";
import { useSession } from "../../api/session.ts";
import { Button } from "../../parts/button.tsx";
import { useFaultFocus } from "../../parts/keyboard/fault-focus.ts";
import { Page } from "../../parts/page.tsx";
import { EmptyState, SkeletonRows } from "../../parts/states.tsx";
import { showError, showToast } from "../../parts/toasts.tsx";
import { AgentPicker } from "./agents.tsx";
import { bodyOf, type Draft, FIELDS, firstDraft, playersOf, symbolsOf } from "./draft.ts";
import { MarketFields, RuleFields, TimeFields } from "./fields.tsx";
import { viewerZone } from "./local-time.ts";
import { skippedFault } from "./local-time-field.tsx";
import { Preflight } from "./preflight.tsx";

const AGENTS_MAX = 10_000;
/** The newest stored candles. POST /tournaments takes older ones too. */
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
          Sign in with the operator key. You will come back here.
        </EmptyState>
      </Page>
    );
  }
  return <NewForm />;
}

function NewForm() {
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const zone = viewerZone();
  const [draft, setDraft] = useState<Draft>(() => firstDraft(new Date(), zone));
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
    // The preview was for the old values.
    setPlan(null);
  };
  const players = playersOf(draft, agents ?? []);
  const faults = draft.name.trim() === "" && fields.name ? { ...fields, name: ["Give it a name."] } : fields;

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
  const ask = (dry_run: "true" | "false", asked: Draft) =>
    answered(api.tournaments.$post({ query: { dry_run }, json: bodyOf(asked, agents ?? [], new Date(), zone) }));
  const look = (asked = draft) => run("look", async () => setPlan(formWith(await ask("true", asked), "warnings")));
  const leaveOut = (ids: readonly string[]) => {
    const smaller = { ...draft, agentIds: players.filter((id) => !ids.includes(id)) };
    setDraft(smaller);
    void look(smaller);
  };
  const make = () =>
    run("make", async () => {
      const made = formWith(await ask("false", draft), "id");
      void client.invalidateQueries({ queryKey: ["tournaments"] });
      showToast(`${made.name} is made.`);
      if (draft.market === "replay" || draft.start === "now") {
        const start = answered(api.tournaments[":id"].start.$post({ param: { id: made.id } }));
        await start.catch((thrown) => showError("It did not start.", thrown));
      }
      navigate(`/t/${made.id}`);
    });
  const timed = draft.market === "replay" || draft.start === "at";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // The field itself already shows this fault: the API can't know which time was meant.
    if (timed && [draft.startsAt, draft.endsAt].some((entered) => skippedFault(entered, zone) !== null)) return;
    void (plan ? make() : look());
  };

  return (
    <Page title="New tournament" crumbs={crumbs} narrow>
      <form className="stack" onSubmit={submit} noValidate>
        <MarketFields draft={draft} set={set} faults={faults} zone={zone} candles={candles} />
        <TimeFields
          draft={draft}
          set={set}
          faults={fields}
          zone={zone}
          candles={candles.data?.find(({ id }) => id === draft.candleSource)}
        />
        <AgentPicker
          asked={asked}
          chosen={players}
          symbols={symbolsOf(draft)}
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
        {plan ? <Preflight answer={plan} onLeaveOut={leaveOut} /> : null}
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
              ? "Nothing is made yet. Change a field to look again."
              : "Nothing is made before you have seen the preview."}
          </span>
        </div>
      </form>
    </Page>
  );
}
