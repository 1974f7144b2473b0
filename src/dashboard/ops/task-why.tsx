/** "Why isn't this running?" in three lines; where nobody reports, it says so instead of guessing. */
import type { Why } from "../../core/why.ts";
import { Chip } from "../parts/chip.tsx";
import { RelativeTime } from "../parts/time.tsx";

export function TaskWhy({ why }: { readonly why: Why & { readonly facts_age: { readonly read_at: string } } }) {
  const unknown = why.verdict === "telemetry_stale";
  return (
    <dl className="why">
      <dt>Verdict</dt>
      <dd>
        <Chip tone={unknown ? "wait" : "plain"}>
          {unknown ? "unknown: reports are stale" : why.verdict.replaceAll("_", " ")}
        </Chip>
      </dd>
      <dt>Cause</dt>
      <dd className="said">{why.cause}</dd>
      <dt>Next</dt>
      <dd className="said">
        {why.next_action}
        {why.next_at ? (
          <span className="soft">
            {" "}
            (<RelativeTime at={why.next_at} />)
          </span>
        ) : null}
      </dd>
    </dl>
  );
}
