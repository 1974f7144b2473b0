/** One task: its history, why it isn't running, and what an operator can do. */
import { Link, useParams } from "wouter";
import type { TaskHistory } from "../../api/answers.ts";
import { answered, api, within } from "../../api/client.ts";
import { Card } from "../../parts/card.tsx";
import { StateBadge } from "../../parts/chip.tsx";
import { CopyId } from "../../parts/copy/copy-id.tsx";
import { ForOperators } from "../../parts/for-operators.tsx";
import { JsonView } from "../../parts/json-view.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { Moment } from "../../parts/text/time.tsx";
import { withQuery } from "../../parts/with-query.ts";
import { Facts } from "../facts.tsx";
import { OpsPage } from "../ops-page.tsx";
import { usePolled } from "../polled.ts";
import { ProgressBar } from "../progress-bar.tsx";
import { AboutLinks } from "./about.tsx";
import { TaskActions } from "./actions.tsx";
import { TaskAttempts } from "./attempts.tsx";
import { lastListPath } from "./filter.ts";
import { TaskKind } from "./kind.tsx";
import { Runtime, waits } from "./runtime.tsx";
import { TaskStates } from "./states.tsx";
import { TaskTimeline } from "./timeline.tsx";
import { TaskWhy } from "./why.tsx";

const POLL_MS = 1500;
/** An ended task changes only by a retry. */
const SLOW_POLL_MS = 10_000;

export default function TaskPage() {
  const { id = "" } = useParams();
  const param = { id: encodeURIComponent(id) };
  const one = api.tasks[":id"];
  const task = usePolled(["task", id], (signal) => answered(one.$get({ param, query: {} }, within(signal))), POLL_MS);
  const ended = task.data ? task.data.finished_at !== null : false;
  const pollMs = ended ? SLOW_POLL_MS : POLL_MS;
  const history = usePolled(
    ["task", id, "history"],
    (signal) => answered(one.history.$get({ param }, within(signal))),
    pollMs,
  );
  const why = usePolled(["task", id, "why"], (signal) => answered(one.why.$get({ param }, within(signal))), pollMs);
  return (
    <OpsPage
      title={task.data?.name ?? "Task"}
      heading={<span className="mono">{task.data?.name ?? "Task"}</span>}
      crumbs={<Link href={lastListPath()}>Tasks</Link>}
      sub={
        task.data ? (
          <>
            <StateBadge state={task.data.state} />
            {history.data ? <AboutLinks about={history.data.about} /> : null}
            {history.data?.cancel_requested && !ended ? <span className="wait">cancel asked for</span> : null}
            <CopyId id={task.data.task_id} what="task id" shown={36} />
          </>
        ) : null
      }
      actions={
        task.data ? (
          <ForOperators>
            <TaskActions task={task.data} isFinal={why.data?.verdict === "failed_for_good"} />
          </ForOperators>
        ) : null
      }
      polled={task}
    >
      <Loaded from={task} what="The task did not load.">
        {(data) => (
          <>
            <Card>
              <div className="stack">
                {data.progress !== null && !ended ? <Progress value={data.progress} /> : null}
                <Facts
                  facts={[
                    { name: "Queue", value: <Link href="/ops/queues">{data.queue}</Link>, small: true },
                    {
                      name: "Kind",
                      value: <Link href={`/ops/registered/${data.name}`}>its definition</Link>,
                      small: true,
                    },
                    ...codeFacts(history.data?.items ?? []),
                    ...(history.data?.signature
                      ? [
                          {
                            name: "Group of errors",
                            value: (
                              <Link href={withQuery("/ops/errors", { signature: history.data.signature })}>
                                all like it
                              </Link>
                            ),
                            title: history.data.signature,
                            small: true,
                          },
                        ]
                      : []),
                    { name: "Received", value: <Moment at={data.created_at} />, small: true },
                    ...(waits(data) && why.data?.facts
                      ? [
                          {
                            name: "ETA",
                            value: <Moment at={why.data.facts.due_at} />,
                            title: "When the task is due: at once, unless a countdown, an eta or a retry says later",
                            small: true,
                          },
                        ]
                      : []),
                    { name: "Started", value: <Moment at={data.started_at} />, small: true },
                    { name: "Ended", value: <Moment at={data.finished_at} />, small: true },
                    { name: "Runtime", value: <Runtime task={data} />, small: true },
                    { name: "Attempt", value: `${data.attempt} of ${data.max_attempts}`, small: true },
                    ...(history.data?.parent_id
                      ? [
                          {
                            name: "Run again from",
                            value: <Link href={`/ops/tasks/${history.data.parent_id}`}>its parent</Link>,
                            small: true,
                          },
                        ]
                      : []),
                  ]}
                />
              </div>
            </Card>
            <Card title={ended ? "What became of it" : "Why isn't this running?"}>
              <Loaded from={why} what="The verdict did not load." bones={3}>
                {(verdict) => <TaskWhy why={verdict} />}
              </Loaded>
            </Card>
            <div className="ops-grid">
              <Card title="Timeline">
                <Loaded from={history} what="The history did not load.">
                  {({ items: lines }) => <TaskTimeline lines={lines} ended={ended} />}
                </Loaded>
              </Card>
              <div className="stack">
                <Card title="States">
                  <Loaded from={history} what="The history did not load.">
                    {({ items: lines }) => <TaskStates visited={lines.map(({ state }) => state)} now={data.state} />}
                  </Loaded>
                </Card>
                <TaskKind name={data.name} />
              </div>
            </div>
            {data.error ? <TaskAttempts error={data.error} /> : null}
            <div className="ops-grid">
              <Card title="Arguments">
                <JsonView value={data.args} label="Arguments as JSON" />
              </Card>
              <Card title="Result">
                {data.result === null ? (
                  <p className="soft">{ended ? "None." : "None yet."}</p>
                ) : (
                  <JsonView value={data.result} label="Result as JSON" />
                )}
              </Card>
            </div>
            {history.data && history.data.children.length > 0 ? (
              <Card title="Run again as">
                <ul className="stack tight">
                  {history.data.children.map((child) => (
                    <li key={child}>
                      <Link className="mono" href={`/ops/tasks/${child}`}>
                        {child}
                      </Link>
                    </li>
                  ))}
                </ul>
              </Card>
            ) : null}
            <p>
              <Link href={withQuery("/ops/tasks", { name: data.name })}>All tasks of this kind</Link>
            </p>
          </>
        )}
      </Loaded>
    </OpsPage>
  );
}

/** The version of the code, once. A task that ran on several versions has them in its timeline. */
function codeFacts(lines: TaskHistory["items"]) {
  const versions = [...new Set(lines.flatMap(({ code_version }) => code_version ?? []))];
  const [only, ...others] = versions;
  if (only === undefined || others.length > 0) return [];
  return [{ name: "Code", value: <CopyId id={only} what="version of the code" shown={21} />, small: true }];
}

function Progress({ value }: { readonly value: number }) {
  return (
    <div className="row">
      <ProgressBar share={value} />
      <span className="num">{Math.round(value * 100)} %</span>
    </div>
  );
}
