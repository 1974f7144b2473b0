/** The periodic tasks: in words, with what their last tick did and when the next one is due. */
import { useState } from "react";
import { Link } from "wouter";
import type { Schedule } from "../api/answers.ts";
import { answered, api, within } from "../api/client.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { Chip, StateBadge } from "../parts/chip.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { Duration, RelativeTime } from "../parts/time.tsx";
import { spanText } from "../parts/time-text.ts";
import { CLOCK_LATE_SECONDS } from "./clocks.ts";
import { Facts } from "./facts.tsx";
import { OpsPage } from "./ops-page.tsx";
import { useAction, usePolled } from "./polled.ts";
import { ReasonDialog } from "./reason-dialog.tsx";

const columns: readonly Column<Schedule>[] = [
  {
    id: "name",
    header: "Schedule",
    cell: (row) => (
      <span className="two-lines">
        <Link className="mono" href={`/ops/schedules/${row.name}`}>
          {row.name}
        </Link>
        <span className="soft small">{row.description}</span>
      </span>
    ),
  },
  {
    id: "when",
    header: "When",
    cell: (row) => (
      <span className="two-lines">
        <span>{row.in_words}</span>
        <span className="mono soft small">{row.cron ?? `every ${row.every_seconds} s`}</span>
      </span>
    ),
  },
  {
    id: "last",
    header: "Last tick",
    cell: (row) =>
      row.last ? (
        <span className="row">
          <RelativeTime at={row.last.due_at} />
          <StateBadge state={row.last.outcome ?? "fired"} />
          {row.last.task_id ? (
            <Link href={`/ops/tasks/${row.last.task_id}`}>{row.last.task_state ?? "its task"}</Link>
          ) : null}
        </span>
      ) : (
        <span className="soft">none yet</span>
      ),
  },
  {
    id: "next",
    header: "Next",
    cell: (row) =>
      row.paused ? (
        <span className="two-lines">
          <Chip tone="wait">paused</Chip>
          <span className="soft small said">{row.paused.reason ?? `by ${row.paused.by}`}</span>
        </span>
      ) : (
        <RelativeTime at={row.next_due_at} />
      ),
  },
  { id: "clock", header: "Fired by", cell: (row) => row.last?.fired_by ?? row.driven_by },
  { id: "overlap", header: "If it still runs", cell: (row) => row.overlap.replaceAll("_", " ") },
  { id: "missed", header: "Missed ticks", cell: (row) => missedText(row) },
  { id: "act", header: "Actions", cell: (row) => <ScheduleActions schedule={row} /> },
];

export function missedText({ missed }: Schedule): string {
  if ("within_seconds" in missed) return `catch up within ${spanText(missed.within_seconds)}`;
  return missed.policy.replaceAll("_", " ");
}

export const useSchedules = () =>
  usePolled(["schedules"], (signal) => answered(api.schedules.$get({}, within(signal))));

export default function SchedulesPage() {
  const schedules = useSchedules();
  return (
    <OpsPage
      title="Schedules"
      sub="Two clocks fire them, and each inserts the ticks that the other one owed. No tick runs twice."
      polled={schedules}
    >
      <Loaded from={schedules} what="The schedules did not load.">
        {({ items, clocks }) => (
          <>
            <Card title="Clocks">
              <Facts
                facts={[
                  {
                    name: "Cron Triggers, last beat",
                    value: <ClockAge age={clocks.cron.age_seconds} late={CLOCK_LATE_SECONDS.cron} />,
                  },
                  {
                    name: "Beat object, last beat",
                    value: <ClockAge age={clocks.beat.age_seconds} late={CLOCK_LATE_SECONDS.beat} />,
                  },
                ]}
              />
            </Card>
            <Card flush>
              <Table label="Schedules" rows={items} columns={columns} rowKey={(row) => row.name} />
            </Card>
          </>
        )}
      </Loaded>
    </OpsPage>
  );
}

function ClockAge({ age, late }: { readonly age: number | null; readonly late: number }) {
  if (age === null) return <Chip tone="wait">not yet</Chip>;
  return (
    <span className="row">
      <Duration seconds={age} />
      {age > late ? (
        <Chip tone="bad" dot>
          dead: the other one fires
        </Chip>
      ) : (
        <Chip tone="good" dot>
          ticks
        </Chip>
      )}
    </span>
  );
}

export function ScheduleActions({ schedule }: { readonly schedule: Schedule }) {
  const [asks, setAsks] = useState(false);
  const { name } = schedule;
  const param = { name };
  const run = useAction(() => answered(api.schedules[":name"].run.$post({ param })), `${name} is queued.`, "Not run.");
  const resume = useAction(
    () => answered(api.schedules[":name"].resume.$post({ param })),
    `${name} runs again.`,
    "Not resumed.",
  );
  const pause = useAction(
    (reason: string) => answered(api.schedules[":name"].pause.$post({ param, json: reason ? { reason } : {} })),
    `${name} is paused.`,
    "Not paused.",
  );
  return (
    <span className="row">
      <Button tiny busy={run.isPending} aria-label={`Run now: ${name}`} onClick={() => run.mutate(undefined)}>
        Run now
      </Button>
      {schedule.paused ? (
        <Button tiny busy={resume.isPending} aria-label={`Resume ${name}`} onClick={() => resume.mutate(undefined)}>
          Resume
        </Button>
      ) : (
        <Button tiny busy={pause.isPending} aria-label={`Pause ${name}`} onClick={() => setAsks(true)}>
          Pause
        </Button>
      )}
      <ReasonDialog
        open={asks}
        title={`Pause ${name}`}
        effect="Its ticks are noted as skipped until it is resumed, with this reason."
        onClose={() => setAsks(false)}
        onReason={(reason) => {
          setAsks(false);
          pause.mutate(reason);
        }}
      />
    </span>
  );
}
