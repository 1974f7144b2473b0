/** The form of an agent: a new one, a copy of another (?from=), or a change. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { Link, useLocation, useParams, useSearchParams } from "wouter";
import type { Agent, StrategyItem } from "../../../api/answers.ts";
import { answered, api, within } from "../../../api/client.ts";
import { faultsByField } from "../../../api/problem.ts";
import { useSession } from "../../../api/session.ts";
import { Button } from "../../../parts/button.tsx";
import { Card } from "../../../parts/card.tsx";
import { Field, TextArea, TextInput } from "../../../parts/field.tsx";
import { useFaultFocus } from "../../../parts/keyboard/fault-focus.ts";
import { Page } from "../../../parts/page.tsx";
import { EmptyState, ErrorState, SkeletonRows } from "../../../parts/states.tsx";
import { showToast } from "../../../parts/toasts.tsx";
import { bodyOf, copyOf, type Draft, draftOf, FIELDS, firstDraft, paramsOf, profileOf } from "./draft.ts";
import { LimitSliders } from "./limits.tsx";
import { StrategyPicker } from "./strategies.tsx";
import { strategiesQuery } from "./strategies-query.ts";

export default function AgentFormPage({ edits }: { readonly edits: boolean }) {
  const params = useParams();
  const [search] = useSearchParams();
  /** The agent to change or to copy; empty for a new one. */
  const id = (edits ? params.id : search.get("from")) ?? "";
  const { operator, known } = useSession();
  const [path] = useLocation();
  const strategies = useQuery(strategiesQuery);
  const agent = useQuery({
    queryKey: ["agent to change", id],
    queryFn: ({ signal }) => answered(api.agents[":id"].$get({ param: { id } }, within(signal))),
    enabled: id !== "" && operator,
    // The form begins with what is stored now.
    gcTime: 0,
  });
  const title = edits ? "Change an agent" : "New agent";
  const frame = (children: ReactNode) => (
    <Page title={title} crumbs={<Link href="/a">Agents</Link>} narrow>
      {children}
    </Page>
  );
  if (known && !operator) {
    const back = encodeURIComponent(id !== "" && !edits ? `${path}?from=${id}` : path);
    return frame(
      <EmptyState
        title={edits ? "This form is for operators" : "Only operators make agents"}
        actions={
          <Link className="btn solid" href={`/signin?back=${back}`}>
            Sign in
          </Link>
        }
      >
        Sign in with the operator key. You will come back here. <code>npm start</code> prints the key.{" "}
        {edits ? "An agent's own key changes its name and personality by PATCH /agents/{id}. " : null}Without it you can
        bring a program of your own by an invite: <Link href="/docs/doors">how agents from outside take part</Link>.
      </EmptyState>,
    );
  }
  const error = strategies.error ?? agent.error;
  if (error) {
    const retry = () => void Promise.all([strategies.refetch(), id === "" ? null : agent.refetch()]);
    return frame(<ErrorState what="The form did not load." error={error} retry={retry} />);
  }
  if (agent.data && !edits && agent.data.kind !== "house")
    return frame(
      <EmptyState title={`${agent.data.name} can't be copied`}>
        Only agents of the house are made from a form. This one is of the kind {agent.data.kind}:{" "}
        <Link href="/docs/agents">how such agents are made</Link>.
      </EmptyState>,
    );
  if (!known || !strategies.data || (id !== "" && !agent.data)) return frame(<SkeletonRows />);
  return frame(
    <AgentForm key={`${id} ${edits}`} strategies={strategies.data.items} agent={agent.data} edits={edits} />,
  );
}

interface FormProps {
  readonly strategies: readonly StrategyItem[];
  /** To be changed or copied; undefined for a new one. */
  readonly agent: Agent | undefined;
  readonly edits: boolean;
}

function AgentForm({ strategies, agent, edits }: FormProps) {
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const [draft, setDraft] = useState<Draft>(() => (!agent ? firstDraft : edits ? draftOf(agent) : copyOf(agent)));
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const { fields, rest } = faultsByField(error, FIELDS);
  useFaultFocus(error);
  const set = (change: Partial<Draft>) => setDraft((held) => ({ ...held, ...change }));
  const strategy = strategies.find((each) => each.strategy === draft.strategy);
  const params = paramsOf(strategy);
  // Another kind's decisions come from elsewhere: only how it presents itself can change here.
  const isHouse = agent === undefined || agent.kind === "house";
  const nameless = draft.name.trim() === "";

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const json = isHouse ? bodyOf(draft, strategy) : profileOf(draft);
      const stored =
        edits && agent
          ? await answered(api.agents[":id"].$patch({ param: { id: agent.id }, json }))
          : await answered(api.agents.$post({ json }));
      void client.invalidateQueries({ queryKey: ["agents"] });
      void client.invalidateQueries({ queryKey: ["agent", stored.id] });
      showToast(edits ? `${stored.name} is changed.` : `${stored.name} is made. Now enter it into a tournament.`);
      navigate(`/a/${stored.id}`);
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
    }
  };

  return (
    <form className="stack" onSubmit={(event) => void submit(event)} noValidate>
      {isHouse ? (
        <StrategyPicker
          strategies={strategies}
          chosen={draft.strategy}
          onChosen={(chosen) => set({ strategy: chosen })}
          faults={error !== null && draft.strategy === "" ? ["Choose a strategy."] : fields.strategy}
        />
      ) : null}
      <Card title="Who it is">
        <div className="form-grid">
          <Field
            label="Name"
            hint="Everybody sees it. A tournament takes no two names that look alike."
            faults={nameless && fields.name ? ["Give it a name."] : fields.name}
          >
            {(wiring) => (
              <TextInput
                {...wiring}
                name="name"
                required
                value={draft.name}
                onValue={(name) => set({ name })}
                placeholder="NightOwl"
              />
            )}
          </Field>
          {(isHouse ? params : []).map(({ name, required }) => (
            <Field
              key={name}
              label={`Parameter ${name}${required ? "" : " (optional)"}`}
              hint={descriptionOf(strategy, name)}
              faults={fields["config.params"]}
            >
              {(wiring) => (
                <TextInput
                  {...wiring}
                  mono
                  value={draft.params[name] ?? ""}
                  onValue={(value) => set({ params: { ...draft.params, [name]: value } })}
                />
              )}
            </Field>
          ))}
          {isHouse ? (
            <Field
              label="Thinks for, seconds"
              hint="Empty: it decides at once. With a number it waits so long, as a slow model would, and may be too late."
              faults={fields["config.thinking_seconds"]}
            >
              {(wiring) => (
                <TextInput
                  {...wiring}
                  mono
                  inputMode="decimal"
                  value={draft.thinkingSeconds}
                  onValue={(thinkingSeconds) => set({ thinkingSeconds })}
                />
              )}
            </Field>
          ) : null}
          <div className="span">
            <Field
              label="Character"
              hint="A sentence for spectators. It changes no decision."
              faults={fields.personality}
            >
              {(wiring) => (
                <TextArea {...wiring} value={draft.personality} onValue={(personality) => set({ personality })} />
              )}
            </Field>
          </div>
        </div>
      </Card>
      {isHouse && strategy?.limits ? (
        <LimitSliders draft={draft} defaults={strategy.limits} onLimits={(limits) => set({ limits })} faults={fields} />
      ) : null}
      {rest.length > 0 ? (
        <div className="fault-box" role="alert" tabIndex={-1}>
          <strong>{edits ? "It can't be changed like this." : "It can't be made like this."}</strong>
          {rest.map((line) => (
            <span key={line} className="said">
              {line}
            </span>
          ))}
        </div>
      ) : null}
      <div className="row wrap">
        <Button kind="solid" submit busy={busy}>
          {edits ? "Save" : "Make it"}
        </Button>
        <span className="soft small">
          {edits
            ? "Entries keep the settings that they joined with. The change holds from its next tournament on."
            : "Next you choose the tournament that it enters."}
        </span>
      </div>
    </form>
  );
}

/** From the JSON Schema of the strategy's parameters. */
function descriptionOf(strategy: StrategyItem | undefined, name: string): string | undefined {
  const field = strategy?.params.properties?.[name];
  return typeof field === "object" ? field.description : undefined;
}
