/** Guards of tasks, schedules, requests and recoveries, taken out. */
import { statements, type Twin } from "./twin.ts";

export const twinsOfTasks: readonly Twin[] = [
  {
    name: "claim-lease",
    guard: "a task is taken from another only when its lease ran out",
    edits: [
      {
        file: `${statements}/task-claim.ts`,
        guard: "(lease_until < agonus_now() and not cancel_requested",
        broken: "(not cancel_requested",
      },
    ],
    run: "--seed 2 --steps 400 --faults message_duplicated=0.5",
    says: /was taken from a live lease/,
  },
  {
    name: "claim-due",
    guard: "a task begins when it is due",
    edits: [
      {
        file: `${statements}/task-claim.ts`,
        guard: "(state in ('PENDING', 'RETRY') and due_at <= agonus_now()",
        broken: "(state in ('PENDING', 'RETRY')",
      },
    ],
    run: "--seed 1 --steps 300 --faults agent_throws=0.9,message_duplicated=0.5",
    says: /began before it was due/,
  },
  {
    name: "finish-token",
    guard: "only the holder of its token ends an attempt",
    edits: [
      {
        file: `${statements}/task-finish.ts`,
        guard: "where t.id = $1 and t.token = $2 and t.state = 'STARTED' returning t.id",
        broken: "where t.id = $1 and $2::uuid is not null returning t.id",
      },
    ],
    run: "--seed 7 --steps 500 --faults handler_slow=0.05",
    says: /was over and is|was changed after its end|started without a live lease/,
  },
  {
    name: "cancel-final",
    guard: "what was cancelled while it ran is not tried again",
    edits: [
      {
        file: `${statements}/task-finish.ts`,
        guard: "case when t.cancel_requested and $3 in ('RETRY', 'PENDING') then",
        broken: "case when false and $3 in ('RETRY', 'PENDING') then",
      },
    ],
    run: "--seed 1 --steps 300 --faults cancel_meets_ending=0.5,object_unreachable=0.1",
    says: /goes on though it was cancelled/,
  },
  {
    name: "sweep-leases",
    guard: "the sweep takes back what a dead one held",
    edits: [
      {
        file: `${statements}/task-sweep.ts`,
        guard: "state = 'STARTED' and lease_until < agonus_now() order by id",
        broken: "state = 'STARTED' and lease_until < agonus_now() and false order by id",
      },
    ],
    run: "--seed 1 --steps 400 --faults crash_before_commit=0.03",
    says: /is STARTED, and its lease ran out/,
  },
  {
    name: "sweep-live",
    guard: "the sweep leaves alone whose lease still runs",
    edits: [
      {
        file: `${statements}/task-sweep.ts`,
        guard: "state = 'STARTED' and lease_until < agonus_now() order by id",
        broken: "state = 'STARTED' order by id",
      },
    ],
    run: "--seed 1 --steps 200",
    says: /was swept from a live lease/,
  },
  {
    name: "sweep-unsent",
    guard: "the sweep sends again what nobody took",
    edits: [
      {
        file: `${statements}/task-sweep.ts`,
        guard: "`state in ('PENDING', 'RETRY') and due_at <= agonus_now()",
        broken: "`state in ('PENDING', 'RETRY') and due_at <= agonus_now() and sent_at is null and attempt > 0",
      },
    ],
    run: "--seed 1 --steps 300 --faults message_dropped=0.3",
    says: /calm minutes, task/,
  },
  {
    name: "task-key",
    guard: "a key has one task, whoever enqueues it again",
    edits: [
      {
        file: `${statements}/task-insert.ts`,
        guard: "where $8::text is null or exists (select from keyed) on conflict do nothing",
        broken: "where true on conflict do nothing",
      },
    ],
    run: "--seed 1 --steps 400 --faults message_duplicated=0.5",
    says: /tasks have the key/,
  },
  {
    name: "request-key",
    guard: "a request that is repeated under its idempotency key begins nothing anew",
    edits: [
      {
        file: `${statements}/idempotency.ts`,
        guard: "where i.created_at < agonus_now() - interval '24 hours'\n  or (",
        broken: "where true\n  or (",
      },
      {
        file: `${statements}/idempotency.ts`,
        guard: "body = case when i.created_at < agonus_now() - interval '24 hours' then excluded.body else i.body end",
        broken: "body = excluded.body",
      },
    ],
    run: "--seed 1 --steps 500",
    says: /a request with key .* was told task/,
  },
  {
    name: "tick-key",
    guard: "a tick that two clocks fire runs once",
    edits: [
      {
        file: "src/schedules/fire.ts",
        guard: "ports.enqueue(schedule.name, {}, { key, by: firedBy })",
        broken: "ports.enqueue(schedule.name, {}, { key: null, by: firedBy })",
      },
    ],
    run: "--seed 1 --steps 300 --faults cron_twice=0.7,statement_slow=0.3",
    says: /ran for no tick/,
  },
  {
    name: "recovery-count",
    guard: "a recovery that is run again raises nothing twice",
    edits: [
      {
        file: `${statements}/entry-recover.ts`,
        guard: "where id = $1 and recoveries = $2",
        broken: "where id = $1 and $2::int is not null",
      },
    ],
    run: "--seed 18 --steps 300 --faults outcome_unknown=0.25",
    says: /was recovered/,
  },
  {
    name: "stale-share",
    guard: "when more than a fifth look crashed at once, the outage is ours and nothing is raised",
    edits: [
      {
        file: "src/tasks/recover-crashed-agents.ts",
        guard: "if (found > Math.max(1, live * limits.staleShareMax)) {",
        broken: "if (found > Number.MAX_SAFE_INTEGER) {",
      },
    ],
    run: "--seed 12 --steps 3000 --no-operator --only queue_stalled,alarm_lost --faults queue_stalled=0.05,alarm_lost=1",
    says: /entries were taken for crashed at once/,
  },
];
