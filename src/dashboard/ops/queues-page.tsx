/** The queues: what waits and for how long, who takes it, and what an operator can do about it. */
import { useRef, useState } from "react";
import { Link } from "wouter";
import type { Queue, TaskStats } from "../api/answers.ts";
import { answered, api } from "../api/client.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { Chip } from "../parts/chip.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Count } from "../parts/numbers.tsx";
import { Duration, RelativeTime } from "../parts/time.tsx";
import { Facts } from "./facts.tsx";
import { OpsPage } from "./ops-page.tsx";
import { useAction, useQueues, useTaskStats } from "./polled.ts";
import { LimitDialog } from "./queue-limit.tsx";
import { PurgeDialog } from "./queue-purge.tsx";
import { RedriveDialog } from "./queue-redrive.tsx";
import { ReasonDialog } from "./reason-dialog.tsx";
import { Sparkline } from "./sparkline.tsx";

const POINTS = 60;
const DONE = new Set(["SUCCESS", "FAILURE", "REVOKED"]);

export default function QueuesPage() {
  const queues = useQueues();
  const stats = useTaskStats();
  const paces = usePaces(stats.data);
  return (
    <OpsPage
      title="Queues"
      sub="Rows are the truth, messages only wake: what waits here is counted from rows."
      polled={queues}
    >
      <Loaded from={queues} what="The queues did not load.">
        {({ items }) => (
          <div className="ops-grid">
            {items.map((queue) => (
              <QueueCard key={queue.name} queue={queue} pace={paces.get(queue.name) ?? []} />
            ))}
          </div>
        )}
      </Loaded>
    </OpsPage>
  );
}

/** Tasks that ended between two questions, by queue, since this page was opened. */
function usePaces(stats: TaskStats | undefined): ReadonlyMap<string, readonly number[]> {
  const kept = useRef<{ seen: TaskStats | null; totals: Map<string, number>; paces: Map<string, readonly number[]> }>({
    seen: null,
    totals: new Map(),
    paces: new Map(),
  });
  const { current } = kept;
  if (stats && stats !== current.seen) {
    const totals = new Map<string, number>();
    for (const { queue, state, tasks } of stats.tasks) {
      if (DONE.has(state)) totals.set(queue, (totals.get(queue) ?? 0) + tasks);
    }
    for (const [queue, total] of totals) {
      const before = current.totals.get(queue);
      // A clean-up takes finished tasks away: what it left is no pace.
      const step = before === undefined ? null : Math.max(0, total - before);
      if (step !== null) current.paces.set(queue, [...(current.paces.get(queue) ?? []), step].slice(-POINTS));
    }
    current.totals = totals;
    current.seen = stats;
  }
  return current.paces;
}

function QueueCard({ queue, pace }: { readonly queue: Queue; readonly pace: readonly number[] }) {
  const [asks, setAsks] = useState<"pause" | "purge" | "redrive" | "limit" | null>(null);
  const param = { name: queue.name };
  const pause = useAction(
    (reason: string) => answered(api.queues[":name"].pause.$post({ param, json: reason ? { reason } : {} })),
    `The queue ${queue.name} is paused.`,
    "Not paused.",
  );
  const resume = useAction(
    () => answered(api.queues[":name"].resume.$post({ param })),
    `The queue ${queue.name} runs again; what is owed is sent.`,
    "Not resumed.",
  );
  const close = () => setAsks(null);
  const many = (value: number) =>
    value >= queue.counted_up_to ? (
      <>
        ≥ <Count value={value} />
      </>
    ) : (
      <Count value={value} />
    );
  const letters = queue.dead_letters.to_redrive + queue.dead_letters.unreadable;
  return (
    <Card
      title={
        <span className="row">
          <Link className="plain mono" href={`/ops/tasks?queue=${queue.name}`}>
            {queue.name}
          </Link>
          {queue.paused ? <Chip tone="wait">paused</Chip> : null}
          {queue.consumers_seen === 0 ? (
            <Chip tone="bad" dot>
              no consumers
            </Chip>
          ) : (
            <Chip tone="good" dot>
              {queue.consumers_seen === 1 ? "1 consumer" : `${queue.consumers_seen} consumers`}
            </Chip>
          )}
        </span>
      }
      actions={
        queue.paused ? (
          <Button tiny kind="solid" busy={resume.isPending} onClick={() => resume.mutate(undefined)}>
            Resume
          </Button>
        ) : (
          <Button tiny busy={pause.isPending} onClick={() => setAsks("pause")}>
            Pause
          </Button>
        )
      }
    >
      <div className="stack">
        {queue.warning ? <p className="note-bar bad">{queue.warning}</p> : null}
        {queue.paused ? (
          <p className="note-bar">
            <span>
              Paused by {queue.paused.by} <RelativeTime at={queue.paused.since} />
            </span>
            {queue.paused.reason ? <span className="said">{queue.paused.reason}</span> : null}
          </p>
        ) : null}
        <Facts
          facts={[
            { name: "Waiting", value: many(queue.waiting), title: "Due, and not running" },
            { name: "Oldest waits", value: <Duration seconds={queue.oldest_waiting_seconds} /> },
            { name: "In flight", value: many(queue.running) },
            { name: "Scheduled", value: many(queue.scheduled), title: "For later: countdowns, etas, retries" },
            {
              name: "Limit",
              value:
                queue.max_running === null ? <span className="small">none</span> : <Count value={queue.max_running} />,
              title: "Tasks of it that run at once, over all consumers",
            },
            {
              name: "Platform",
              value: <Count value={queue.platform_backlog?.messages ?? null} />,
              title: "Messages, as the platform counts them",
            },
            { name: "Dead letters", value: <Count value={queue.dead_letters.total} /> },
          ]}
        />
        <div>
          <Sparkline values={pace} />
          <p className="small soft">
            {pace.length === 0
              ? "Tasks ended, every 3 s: counting begins now"
              : `Tasks ended, every 3 s: ${pace.at(-1)} just now, ${Math.max(...pace)} at most`}
          </p>
        </div>
        <div className="row wrap">
          <Button tiny onClick={() => setAsks("limit")}>
            Limit
          </Button>
          <Button tiny disabled={letters === 0} onClick={() => setAsks("redrive")}>
            Redrive dead letters
          </Button>
          <Button tiny kind="danger" onClick={() => setAsks("purge")}>
            Purge
          </Button>
        </div>
      </div>
      <ReasonDialog
        open={asks === "pause"}
        title={`Pause ${queue.name}`}
        effect="Nothing of it is handed out until it is resumed. What runs now ends as it would. Nothing is lost."
        onClose={close}
        onReason={(reason) => {
          close();
          pause.mutate(reason);
        }}
      />
      <PurgeDialog queue={queue.name} open={asks === "purge"} onClose={close} />
      <RedriveDialog queue={queue.name} open={asks === "redrive"} onClose={close} />
      <LimitDialog queue={queue} open={asks === "limit"} onClose={close} />
    </Card>
  );
}
