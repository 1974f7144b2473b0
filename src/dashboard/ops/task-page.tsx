/** One task: what it went through, why it isn't running, and what an operator can do about it. */
import { Link, useParams } from "wouter";
import { answered, api, within } from "../api/client.ts";
import { Card } from "../parts/card.tsx";
import { StateBadge } from "../parts/chip.tsx";
import { CopyId } from "../parts/copy-id.tsx";
import { JsonView } from "../parts/json-view.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { RelativeTime } from "../parts/time.tsx";
import { withQuery } from "../parts/with-query.ts";
import { Facts } from "./facts.tsx";
import { OpsPage } from "./ops-page.tsx";
import { usePolled } from "./polled.ts";
import { TaskActions } from "./task-actions.tsx";
import { TaskAttempts } from "./task-attempts.tsx";
import { lastListPath } from "./task-filter.ts";
import { TaskKind } from "./task-kind.tsx";
import { TaskStates } from "./task-states.tsx";
import { TaskTimeline } from "./task-timeline.tsx";
import { TaskWhy } from "./task-why.tsx";
import { Runtime, waits } from "./tasks-page.tsx";

const POLL_MS = 1500;
/** What has ended changes by a retry alone. */
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
            {history.data?.cancel_requested && !ended ? <span className="wait">cancel asked for</span> : null}
            <CopyId id={task.data.task_id} what="task id" shown={36} />
          </>
        ) : null
      }
      actions={task.data ? <TaskActions task={task.data} /> : null}
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
                    { name: "Queue", value: <Link href={`/ops/queues`}>{data.queue}</Link>, small: true },
                    { name: "Received", value: <RelativeTime at={data.created_at} />, small: true },
                    ...(waits(data) && why.data?.facts
                      ? [
                          {
                            name: "ETA",
                            value: <RelativeTime at={why.data.facts.due_at} />,
                            title: "When it is due: at once, unless a countdown, an eta or a retry says later",
                            small: true,
                          },
                        ]
                      : []),
                    { name: "Started", value: <RelativeTime at={data.started_at} />, small: true },
                    { name: "Ended", value: <RelativeTime at={data.finished_at} />, small: true },
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

function Progress({ value }: { readonly value: number }) {
  const percent = Math.round(value * 100);
  return (
    <div className="row">
      <div
        className="meter wide"
        role="progressbar"
        aria-label="Progress"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
      >
        <span style={{ width: `${percent}%` }} />
      </div>
      <span className="num">{percent} %</span>
    </div>
  );
}
