/** The periodic tasks: when they run, what their last tick did, and when the next tick is due. */
import { useState } from "react";
import { Link } from "wouter";
import type { Schedule } from "../../api/answers.ts";
import { answered, api, within } from "../../api/client.ts";
import { Button } from "../../parts/button.tsx";
import { Card } from "../../parts/card.tsx";
import { Chip, StateBadge } from "../../parts/chip.tsx";
import { ForOperators } from "../../parts/for-operators.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { type Column, Table } from "../../parts/table/table.tsx";
import { Duration, Moment, RelativeTime } from "../../parts/text/time.tsx";
import { spanText } from "../../parts/text/time-text.ts";
import { Facts } from "../facts.tsx";
import { OpsPage } from "../ops-page.tsx";
import { useAction, usePolled } from "../polled.ts";
import { ReasonDialog } from "../reason-dialog.tsx";
import { CLOCK_LATE_SECONDS } from "./clocks.ts";
import { TickOutcome } from "./tick.tsx";

const columns: readonly Column<Schedule>[] = [
  {
    id: "name",
    header: "Schedule",
    cell: (row) => (
      <span className="two-lines">
        <Link className="mono" href={`/ops/schedules/${row.name}`}>
          {row.name}
        </Link>
        <span className="small wraps">{row.description}</span>
        <span className="soft small wraps" title="If a tick comes late, and if the run before it still goes on">
          {missedText(row)}; {overlapText(row)}
        </span>
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
    card: "wide",
    cell: (row) => (
      // Three lines, whatever they say: a tick grows no row.
      <span className="two-lines last-tick">
        {row.last ? <Moment at={row.last.due_at} /> : <span className="soft">none yet</span>}
        <span className="row">
          {row.last ? (
            <>
              <TickOutcome outcome={row.last.outcome ?? "fired"} dueAt={row.last.due_at} firedAt={row.last.fired_at} />
              <span className="small soft by">by {row.last.fired_by}</span>
              <TaskLink id={row.last.task_id} state={row.last.task_state} />
            </>
          ) : null}
        </span>
        <span className="row small soft">
          {row.last_by_hand ? (
            <>
              by hand <RelativeTime at={row.last_by_hand.at} />
              <TaskLink id={row.last_by_hand.task_id} state={row.last_by_hand.task_state} />
            </>
          ) : (
            "not run by hand"
          )}
        </span>
      </span>
    ),
  },
  {
    id: "next",
    header: "Next",
    card: "wide",
    cell: (row) =>
      row.paused ? (
        <span className="two-lines">
          <Chip tone="wait">paused</Chip>
          <span className="soft small said">{row.paused.reason ?? `by ${row.paused.by}`}</span>
        </span>
      ) : (
        <span className="stacked">
          <Moment at={row.next_due_at} />
        </span>
      ),
  },
  {
    id: "act",
    header: "Actions",
    card: "wide",
    cell: (row) => (
      <ForOperators>
        <ScheduleActions schedule={row} />
      </ForOperators>
    ),
  },
];

/** What becomes of ticks that no clock fired in time. */
export function missedText({ missed }: Schedule): string {
  if ("within_seconds" in missed) return `missed ticks run, if not older than ${spanText(missed.within_seconds)}`;
  return missed.policy === "skip" ? "missed ticks are dropped" : "one run stands for all missed ticks";
}

/** What a tick does while the run before it has not ended. */
export const overlapText = ({ overlap }: Schedule): string =>
  overlap === "skip" ? "skipped while the run before goes on" : "runs beside the run before";

function TaskLink({ id, state }: { readonly id: string | null; readonly state: string | null }) {
  return id ? <Link href={`/ops/tasks/${id}`}>{state ? <StateBadge state={state} /> : "its task"}</Link> : null;
}

export const useSchedules = () =>
  usePolled(["schedules"], (signal) => answered(api.schedules.$get({}, within(signal))));

export default function SchedulesPage() {
  const schedules = useSchedules();
  return (
    <OpsPage
      title="Schedules"
      sub="Two clocks fire the ticks. Each also fires the ticks that the other missed. No tick runs twice."
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
          dead: the other clock fires
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
  const run = useAction(
    () => answered(api.schedules[":name"].run.$post({ param })),
    ({ task_id }) => ({ text: `${name} is queued.`, href: `/ops/tasks/${task_id}`, link: "Its task" }),
    "Not run.",
  );
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
        effect="Until it is resumed, its ticks are recorded as skipped, with this reason."
        onClose={() => setAsks(false)}
        onReason={(reason) => {
          setAsks(false);
          pause.mutate(reason);
        }}
      />
    </span>
  );
}
