/** "Why isn't this running?" in three lines; where nobody reports, a line says so instead of guessing. */
import type { WhyLine } from "../../core/why-lines.ts";
import type { TaskVerdict } from "../api/answers.ts";
import { Chip, type Tone } from "../parts/chip.tsx";
import { RelativeTime } from "../parts/time.tsx";

const questions = [
  ["flow", "Flow", "Does its queue let it through?"],
  ["execution", "Execution", "What became of its attempts?"],
  ["liveness", "Liveness", "Are those alive who must act?"],
] as const;
const tones: Readonly<Record<WhyLine["status"], Tone>> = { ok: "good", waits: "wait", stuck: "bad", unknown: "wait" };

export function TaskWhy({ why }: { readonly why: TaskVerdict }) {
  return (
    <div className="stack tight">
      <p className="row wrap">
        <strong>
          {why.verdict === "telemetry_stale" ? "unknown: reports are stale" : why.verdict.replaceAll("_", " ")}
        </strong>
        {why.next_at ? (
          <span className="soft">
            next: <RelativeTime at={why.next_at} />
          </span>
        ) : null}
      </p>
      <dl className="why">
        {questions.map(([key, name, question]) => {
          const { status, cause, next_action } = why.lines[key];
          return (
            <div key={key}>
              <dt title={question}>{name}</dt>
              <dd>
                <Chip tone={tones[status]} dot>
                  {status}
                </Chip>
              </dd>
              <dd className="said">
                {cause}
                {next_action === "None." ? null : <span className="soft"> {next_action}</span>}
              </dd>
            </div>
          );
        })}
      </dl>
    </div>
  );
}
