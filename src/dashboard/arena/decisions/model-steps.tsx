/** How a language model came to its decision: what it was told, and each step with tokens, cost and time. Long texts are folded. */
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { plainNumber } from "../../../core/text/json-text.ts";
import type { ModelSteps as Recorded } from "../../api/answers.ts";
import { stepsQuery } from "../../live/model-queries.ts";
import { Chip } from "../../parts/chip.tsx";
import { JsonView } from "../../parts/json-view.tsx";
import { ErrorState, Skeleton } from "../../parts/states.tsx";
import { priceText } from "../../parts/text/number-text.ts";
import { Count } from "../../parts/text/numbers.tsx";
import { countText } from "../../parts/text/plural.ts";
import { codeSentence } from "../words.ts";
import { type Talk, type TalkStep, type ToolCall, talkOf } from "./model-talk.ts";

interface StepsProps {
  readonly tournamentId: string;
  readonly round: number;
  readonly agentId: string;
}

export default function ModelSteps({ tournamentId, round, agentId }: StepsProps) {
  const { data, error, refetch } = useQuery(stepsQuery(tournamentId, round, agentId));
  if (error && !data) return <ErrorState what="The steps did not load." error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height="3rem" />;
  return (
    <section aria-label="How it decided" className="model-talk">
      <h3 className="minor">How it decided</h3>
      {data.fault === null ? null : <p>{codeSentence(data.fault)}</p>}
      <Talked data={data} />
    </section>
  );
}

function Talked({ data }: { readonly data: Recorded }) {
  const talk = talkOf(data);
  if (!talk) return <p className="soft">No step is stored: none was sent, or they were deleted.</p>;
  return (
    <>
      <Sums talk={talk} />
      {data.prompt_hidden ? (
        <p className="soft small">
          What it was told, and what its tools gave back, is public when the tournament has ended.
        </p>
      ) : null}
      {talk.told.length === 0 ? null : (
        <Fold name="What it was told" more={talk.told.map(({ name }) => name).join(", ")}>
          {() =>
            talk.told.map(({ role, name, text }) => (
              <Fold key={`${role} ${name}`} name={name} more={role === "system" ? "system" : ""}>
                {() => <Text text={text} label={name} />}
              </Fold>
            ))
          }
        </Fold>
      )}
      <ol className="model-steps">
        {talk.steps.map((step) => (
          <Step key={`${step.step} ${step.attempt}`} step={step} />
        ))}
      </ol>
    </>
  );
}

function Sums({ talk }: { readonly talk: Talk }) {
  const { model, steps, inputTokens, outputTokens, usd, seconds } = talk;
  return (
    <p className="small">
      <span className="said">{model}</span>: {countText(steps.length, "step")}, <Count value={inputTokens} /> tokens in,{" "}
      <Count value={outputTokens} /> out{usd === null ? ", price unknown" : `, $${priceText(plainNumber(usd))}`},{" "}
      {seconds.toFixed(1)} s
    </p>
  );
}

function Step({ step }: { readonly step: TalkStep }) {
  return (
    <li>
      <StepLine step={step} />
      {step.detail === null ? null : <p className="soft small said">{step.detail}</p>}
      {step.asked.map((text) => (
        <p key={text} className="small said">
          <span className="soft">It was told: </span>
          {text}
        </p>
      ))}
      {step.texts.map((text, n) =>
        step.state === "failed" ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the texts of an answer never change
          <Fold key={n} name="What came" more={text}>
            {() => <Text text={text} label="what came" />}
          </Fold>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: the texts of an answer never change
          <p key={n} className="said">
            {text}
          </p>
        ),
      )}
      {step.calls.map((call, n) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the calls of an answer never change
        <Call key={n} call={call} />
      ))}
    </li>
  );
}

function StepLine({ step }: { readonly step: TalkStep }) {
  const { usd, latency_ms, attempt, state, lost, estimated, excess_tokens } = step;
  const open = lost ? "no answer came" : "no answer yet";
  return (
    <p className="small">
      <b>Step {step.step + 1}</b>
      {attempt > 0 ? `, attempt ${attempt + 1}` : ""}{" "}
      <span className="soft">
        <Count value={step.input_tokens} /> tokens in, <Count value={step.output_tokens} /> out
        {estimated ? " (estimated)" : ""}
        {usd === null ? "" : `, $${priceText(usd)}`}
        {latency_ms === null ? "" : `, ${(latency_ms / 1000).toFixed(1)} s`}
      </span>{" "}
      {excess_tokens > 0 ? <Chip tone="bad">{excess_tokens} more than reserved</Chip> : null}
      {state === "answered" ? null : (
        <Chip tone={state === "failed" ? "bad" : "wait"}>{state === "failed" ? "failed" : open}</Chip>
      )}
    </p>
  );
}

/** Arguments of so many characters stand in the line of their call. */
const INLINE_CHARS = 120;

function Call({ call: { name, args, back } }: { readonly call: ToolCall }) {
  const inline = JSON.stringify(args);
  const fits = inline.length <= INLINE_CHARS;
  return (
    <div>
      <p className="small">
        <span className="soft">calls </span>
        <b>{name}</b> {fits ? <span className="num said">{inline}</span> : null}
      </p>
      {fits ? null : <JsonView value={args} label={`arguments of ${name}`} />}
      {back === null ? null : (
        <Fold name="It got back" more={back}>
          {() => <Text text={back} label={`what ${name} gave back`} />}
        </Fold>
      )}
    </div>
  );
}

interface FoldProps {
  readonly name: string;
  /** Shown beside the name, as far as there is room. */
  readonly more: string;
  /** Made when it is opened for the first time: a prompt is long. */
  readonly children: () => ReactNode;
}

const MORE_CHARS = 200;

function Fold({ name, more, children }: FoldProps) {
  const [wasOpen, setWasOpen] = useState(false);
  return (
    <details className="model-part" onToggle={() => setWasOpen(true)}>
      <summary className="small">
        <span>{name}</span>
        {more === "" ? null : <span className="soft cut">{more.slice(0, MORE_CHARS)}</span>}
      </summary>
      {wasOpen ? children() : null}
    </details>
  );
}

function Text({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className="json" aria-label={label} tabIndex={0}>
      <pre className="said">{text}</pre>
    </section>
  );
}
