/** One bulk job: who asked for it, how far it is, and why tasks were skipped or failed. */
import { Link, useParams } from "wouter";
import type { BulkJob } from "../../api/answers.ts";
import { answered, api, within } from "../../api/client.ts";
import { Card } from "../../parts/card.tsx";
import { ConfirmButton } from "../../parts/confirm.tsx";
import { ForOperators } from "../../parts/for-operators.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { Count } from "../../parts/text/numbers.tsx";
import { countText } from "../../parts/text/plural.ts";
import { Moment } from "../../parts/text/time.tsx";
import { withQuery } from "../../parts/with-query.ts";
import { Facts } from "../facts.tsx";
import { OpsPage } from "../ops-page.tsx";
import { useAction, usePolled } from "../polled.ts";
import { BulkState, filterText } from "./list-page.tsx";
import { JobBar, Outcome } from "./outcome.tsx";

const POLL_MS = 1000;
const doneWords: Readonly<Record<BulkJob["action"], string>> = {
  retry: "Started over",
  cancel: "Cancelled",
  delete: "Deleted",
};

export default function BulkPage() {
  const { id = "" } = useParams();
  const job = usePolled(
    ["bulk", id],
    (signal) => answered(api.bulk[":id"].$get({ param: { id: encodeURIComponent(id) } }, within(signal))),
    POLL_MS,
  );
  const abort = useAction(
    () => answered(api.bulk.$post({ json: { bulk_id: id, abort: true } })),
    "Aborted. What was done stays done.",
    "Not aborted.",
  );
  const resume = useAction(
    () => answered(api.bulk[":id"].resume.$post({ param: { id: encodeURIComponent(id) } })),
    "Resumed. It goes on with the tasks that are left.",
    "Not resumed.",
  );
  return (
    <OpsPage
      title="Bulk job"
      heading={job.data ? `${job.data.action} ${countText(job.data.frozen, "task")}` : "Bulk job"}
      crumbs={<Link href="/ops/bulk">Bulk jobs</Link>}
      sub={job.data ? <BulkState job={job.data} /> : null}
      actions={
        <>
          {job.data && job.data.state !== "dry_run" && job.data.action !== "delete" ? (
            <Link className="btn" href={withQuery("/ops/tasks", { bulk_id: id })}>
              View {job.data.frozen === 1 ? "this task" : "these tasks"}
            </Link>
          ) : null}
          <ForOperators>
            {job.data?.resumable ? (
              <ConfirmButton
                label="Resume"
                busy={resume.isPending}
                title="Resume this job?"
                effect={leftText(job.data)}
                yes="Resume it"
                no="Leave it"
                onYes={() => resume.mutate(undefined)}
              />
            ) : null}
            {job.data?.state === "running" ? (
              <ConfirmButton
                label="Abort"
                kind="danger"
                busy={abort.isPending}
                title="Abort this job?"
                effect="What it has done stays done, and the rest is left as it is. It can be resumed for six days."
                yes="Abort it"
                no="Let it go on"
                onYes={() => abort.mutate(undefined)}
              />
            ) : null}
          </ForOperators>
        </>
      }
      polled={job}
    >
      <Loaded from={job} what="The bulk job did not load.">
        {(data) => (
          <>
            <Card title="Progress">
              <div className="stack">
                <JobBar job={data} />
                <Facts
                  facts={[
                    { name: "Frozen", value: <Count value={data.frozen} />, title: "Tasks that the dry run chose" },
                    {
                      name: doneWords[data.action],
                      value: <Count value={data.done} />,
                    },
                    {
                      name: "Skipped",
                      value: <Count value={data.skipped} />,
                      title: "What was asked would not fit their state, or not help",
                    },
                    {
                      name: "Refused",
                      value: <Count value={data.failed} />,
                      title: "The database refused the change",
                    },
                    { name: "Looked at", value: <span className="num">{Math.floor(data.progress * 100)} %</span> },
                  ]}
                />
              </div>
            </Card>
            {data.action === "delete" || data.outcome.looked_at === 0 ? null : <Outcome job={data} />}
            <Card title="The job">
              <Facts
                facts={[
                  { name: "By", value: data.by, small: true },
                  { name: "On", value: <span className="said">{filterText(data.filter)}</span>, small: true },
                  { name: "Asked for", value: <Moment at={data.created_at} />, small: true },
                  { name: "Started", value: <Moment at={data.started_at} />, small: true },
                  { name: "Ended", value: <Moment at={data.finished_at} />, small: true },
                  { name: "Resumed", value: resumedText(data.resumes), small: true },
                  {
                    name: "Its task",
                    value: data.task_id ? <Link href={`/ops/tasks/${data.task_id}`}>run_bulk_job</Link> : "none yet",
                    small: true,
                  },
                ]}
              />
            </Card>
            {Object.keys(data.reasons).length > 0 ? (
              <Card title="Skipped or failed, and why">
                <ul className="stack tight">
                  {Object.entries(data.reasons).map(([reason, tasks]) => (
                    <li key={reason} className="row between">
                      <span className="said">{reason}</span>
                      <Count value={tasks} />
                    </li>
                  ))}
                </ul>
              </Card>
            ) : null}
          </>
        )}
      </Loaded>
    </OpsPage>
  );
}

function leftText({ state, action, frozen, done, skipped, failed }: BulkJob): string {
  const left = (frozen - done - skipped - failed).toLocaleString("en");
  const ended = state === "running" ? "Its task has ended, so nobody works on it. " : "";
  return `${ended}Left to ${action}: ${left} of ${frozen.toLocaleString("en")}. It goes on with exactly these tasks. What was done stays done.`;
}

function resumedText(resumes: number): string {
  return resumes === 0 ? "never" : resumes === 1 ? "once" : `${resumes.toLocaleString("en")} times`;
}
