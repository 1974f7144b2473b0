/** Twins without a guard of tasks, schedules, requests or recoveries. */
import type { Twin } from "./twin.ts";

export const twinsOfTasks: readonly Twin[] = [
  {
    name: "claim-lease",
    guard: "a task is taken from another only when its lease ran out",
    without: [{ guard: "claim-lease", broken: "true" }],
    run: "--steps 400 --faults message_duplicated=0.5",
    says: /was taken from a live lease/,
  },
  {
    name: "claim-due",
    guard: "a task begins when it is due",
    without: [{ guard: "claim-due" }],
    run: "--steps 300 --faults agent_throws=0.9,message_duplicated=0.5",
    says: /began before it was due/,
  },
  {
    name: "finish-token",
    guard: "only the holder of its token ends an attempt",
    without: [{ guard: "finish-token", broken: "$2::uuid is not null" }, { guard: "finish-state" }],
    run: "--steps 600 --faults handler_slow=0.05,agent_throws=0.5,queue_stalled=0,cron_outage=0",
    says: /ended twice|was over and is|was changed after its end|started without a live lease/,
  },
  {
    name: "cancel-final",
    guard: "a task that was cancelled while it ran is not tried again",
    without: [{ guard: "cancel-final", broken: "false" }],
    run: "--steps 300 --faults cancel_meets_ending=0.5,object_unreachable=0.1",
    says: /goes on though it was cancelled/,
  },
  {
    name: "sweep-leases",
    guard: "the sweep takes back the lease of a dead consumer",
    without: [{ guard: "sweep-lease", broken: "and lease_until < agonus_now() and false" }],
    run: "--steps 400 --faults crash_before_commit=0.03",
    says: /is STARTED, (and its lease ran out|due at)/,
  },
  {
    name: "sweep-live",
    guard: "the sweep leaves a lease alone that still runs",
    without: [{ guard: "sweep-lease" }],
    run: "--steps 200",
    says: /was swept from a live lease/,
  },
  {
    name: "sweep-unsent",
    guard: "the sweep sends a task again that nobody took",
    without: [{ guard: "sweep-unsent", broken: "and due_at <= agonus_now() and sent_at is null and attempt > 0" }],
    run: "--steps 300 --faults message_dropped=0.3",
    says: /calm minutes, task/,
  },
  {
    name: "task-key",
    guard: "a key has one task, however often it is enqueued",
    without: [{ guard: "task-key", broken: "true" }],
    run: "--steps 400 --faults message_duplicated=0.5",
    says: /tasks have the key/,
  },
  {
    name: "request-key",
    guard: "a request that is repeated under its idempotency key begins nothing anew",
    without: [
      { guard: "request-key", broken: "true" },
      { guard: "request-body", broken: "excluded.body" },
    ],
    run: "--steps 500",
    says: /a request with key .* was told task/,
  },
  {
    name: "tick-key",
    guard: "a tick that two clocks fire runs once",
    without: [{ guard: "tick-key", broken: "null" }],
    run: "--steps 300 --faults cron_twice=0.7,statement_slow=0.3",
    says: /ran for no tick/,
  },
  {
    name: "recovery-count",
    guard: "a recovery that is run again raises nothing twice",
    without: [{ guard: "recovery-count", broken: "and $2::int is not null" }],
    run: "--steps 600 --faults outcome_unknown=0.25",
    says: /was recovered/,
  },
  {
    name: "stale-share",
    guard: "when more than a fifth look crashed at once, the outage is ours and nothing is raised",
    without: [{ guard: "stale-share", broken: "found > Number.MAX_SAFE_INTEGER" }],
    run: "--steps 3000 --no-operator --only queue_stalled,alarm_lost --faults queue_stalled=0.05,alarm_lost=1",
    says: /entries were taken for crashed at once/,
  },
];
