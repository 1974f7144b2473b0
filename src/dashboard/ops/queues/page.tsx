/** The queues: what waits and for how long, how many consumers take it, and what an operator can do. */
import { useState } from "react";
import { Link } from "wouter";
import type { Queue, TaskStats } from "../../api/answers.ts";
import { answered, api } from "../../api/client.ts";
import { Button } from "../../parts/button.tsx";
import { Card } from "../../parts/card.tsx";
import { Chip } from "../../parts/chip.tsx";
import { ForOperators } from "../../parts/for-operators.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { Count } from "../../parts/text/numbers.tsx";
import { countText } from "../../parts/text/plural.ts";
import { Duration, RelativeTime } from "../../parts/text/time.tsx";
import { Facts } from "../facts.tsx";
import { OpsPage } from "../ops-page.tsx";
import { MinuteBars } from "../overview/minute-bars.tsx";
import { useAction, useQueues, useTaskStats } from "../polled.ts";
import { ReasonDialog } from "../reason-dialog.tsx";
import { LimitDialog } from "./limit.tsx";
import { PurgeDialog } from "./purge.tsx";
import { RedriveDialog } from "./redrive.tsx";

/**
 * By queue: what a pause costs. The counts beside it do not show this, because they count tasks, and house agents and fills are
 * asked for by messages without a task.
 */
const heldBack: Readonly<Record<string, string>> = {
  agents: "The agents that it asks miss each live round that closes meanwhile.",
  trading: "Rounds wait for their fills meanwhile, and live rounds that fall due are skipped.",
};

export default function QueuesPage() {
  const queues = useQueues();
  const stats = useTaskStats();
  return (
    <OpsPage title="Queues" sub="The numbers are counted from rows. Messages only wake a consumer." polled={queues}>
      <Loaded from={queues} what="The queues did not load.">
        {({ items }) => (
          <div className="ops-grid">
            {items.map((queue) => (
              <QueueCard key={queue.name} queue={queue} minutes={stats.data?.history ?? []} />
            ))}
          </div>
        )}
      </Loaded>
    </OpsPage>
  );
}

interface QueueCardProps {
  readonly queue: Queue;
  readonly minutes: TaskStats["history"];
}

function QueueCard({ queue, minutes }: QueueCardProps) {
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
          <Chip tone={queue.warning ? "bad" : queue.consumers_alive > 0 ? "good" : "plain"} dot>
            {queue.consumers_alive > 0 ? `${countText(queue.consumers_alive, "consumer")} alive` : "no consumer alive"}
          </Chip>
        </span>
      }
      actions={
        <ForOperators>
          {queue.paused ? (
            <Button tiny kind="solid" busy={resume.isPending} onClick={() => resume.mutate(undefined)}>
              Resume
            </Button>
          ) : (
            <Button tiny busy={pause.isPending} onClick={() => setAsks("pause")}>
              Pause
            </Button>
          )}
        </ForOperators>
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
            {heldBack[queue.name] ? <span className="said">{heldBack[queue.name]}</span> : null}
          </p>
        ) : null}
        <Facts
          facts={[
            { name: "Waiting", value: many(queue.waiting), title: "Due, and not running" },
            { name: "Oldest waits", value: <Duration seconds={queue.oldest_waiting_seconds} /> },
            { name: "In flight", value: many(queue.running) },
            { name: "Scheduled", value: many(queue.scheduled), title: "For later: countdowns, etas, retries" },
            {
              name: "Runs at most",
              value:
                queue.max_running === null ? (
                  <span className="small">no limit of ours</span>
                ) : (
                  <Count value={queue.max_running} />
                ),
              title: "How many of its tasks run at once, over all consumers. Without a limit the platform decides",
            },
            {
              name: "Messages under way",
              value: <Count value={queue.platform_backlog?.messages ?? null} />,
              title:
                "As the platform counts them; a dash where it gives no count. A message only wakes a consumer: the rows say what waits",
            },
            { name: "Dead letters", value: <Count value={queue.dead_letters.total} /> },
          ]}
        />
        <MinuteBars minutes={minutes} queue={queue.name} />
        <ForOperators>
          <div className="row wrap">
            <Button tiny onClick={() => setAsks("limit")}>
              Set a limit
            </Button>
            <Button tiny disabled={letters === 0} onClick={() => setAsks("redrive")}>
              Redrive dead letters
            </Button>
            <Button tiny kind="danger" onClick={() => setAsks("purge")}>
              Purge
            </Button>
          </div>
        </ForOperators>
      </div>
      <ReasonDialog
        open={asks === "pause"}
        title={`Pause ${queue.name}`}
        effect={`No task of it starts until it is resumed. Running tasks end as usual. ${heldBack[queue.name] ?? "Nothing is lost."}`}
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
