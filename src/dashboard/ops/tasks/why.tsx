/** "Why isn't this running?" in three lines. A line without fresh reports says "unknown" and does not guess. */
import type { WhyLine } from "../../../core/why/lines.ts";
import type { TaskVerdict } from "../../api/answers.ts";
import { Chip, type Tone } from "../../parts/chip.tsx";
import { RelativeTime } from "../../parts/text/time.tsx";

const questions = [
  ["flow", "Flow", "Does its queue let it through?"],
  ["execution", "Execution", "What became of its attempts?"],
  ["liveness", "Liveness", "Are the consumers and clocks alive that must act?"],
] as const;
const tones: Readonly<Record<WhyLine["status"], Tone>> = {
  ok: "good",
  waits: "wait",
  stuck: "bad",
  failed: "bad",
  unknown: "wait",
};

/** The verdict as a heading. Those that are not here are said with their own words. */
const titles: Readonly<Partial<Record<TaskVerdict["verdict"], string>>> = {
  telemetry_stale: "unknown: reports are stale",
  failed: "failed: a retry may succeed",
  failed_for_good: "failed, final: a retry can't help",
};

export function TaskWhy({ why }: { readonly why: TaskVerdict }) {
  return (
    <div className="stack tight">
      <p className="row wrap">
        <strong>{titles[why.verdict] ?? why.verdict.replaceAll("_", " ")}</strong>
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
