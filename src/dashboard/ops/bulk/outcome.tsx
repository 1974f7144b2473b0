/** How far a bulk job is, and what became of the tasks that it started over or cancelled. */
import { Link } from "wouter";
import type { BulkJob, BulkJobDetail } from "../../api/answers.ts";
import { Card } from "../../parts/card.tsx";
import { StateBadge } from "../../parts/chip.tsx";
import { countText } from "../../parts/text/plural.ts";
import { withQuery } from "../../parts/with-query.ts";
import { taskStates } from "../tasks/filter.ts";

/** A bar over the whole width: done, skipped, refused, and what is left. */
export function JobBar({ job }: { readonly job: BulkJob }) {
  const parts = [
    ["SUCCESS", job.done],
    ["", job.skipped],
    ["FAILURE", job.failed],
  ] as const;
  return (
    <div
      className="split job-bar"
      role="progressbar"
      aria-label="Progress"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(job.progress * 100)}
    >
      {parts.map(([state, tasks]) => (
        <span key={state} className={`bar ${state}`} style={{ width: `${(tasks / job.frozen) * 100}%` }} />
      ))}
    </div>
  );
}

/** "Done" says that the job has done its part: what its tasks came to stands here. */
export function Outcome({ job }: { readonly job: BulkJobDetail }) {
  const { looked_at, states } = job.outcome;
  const known = taskStates.filter((state) => (states[state] ?? 0) > 0);
  const there = known.reduce((sum, state) => sum + (states[state] ?? 0), 0);
  return (
    <Card title={job.action === "retry" ? "What the tasks came to" : "The tasks now"}>
      <div className="stack tight">
        <div className="split job-bar" aria-hidden="true">
          {known.map((state) => (
            <span
              key={state}
              className={`bar ${state}`}
              style={{ width: `${((states[state] ?? 0) / looked_at) * 100}%` }}
            />
          ))}
        </div>
        <p className="row wrap gaps">
          {known.map((state) => (
            <Link key={state} className="plain row" href={withQuery("/ops/tasks", { bulk_id: job.bulk_id, state })}>
              <StateBadge state={state} /> <span className="num">{(states[state] ?? 0).toLocaleString("en")}</span>
            </Link>
          ))}
          {there < looked_at ? <span className="small soft">{countText(looked_at - there, "task")} gone</span> : null}
        </p>
        {looked_at < job.done ? (
          <p className="small soft">Of the first {countText(looked_at, "task")}. The list of tasks has all.</p>
        ) : null}
      </div>
    </Card>
  );
}
