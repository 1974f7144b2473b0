/**
 * Broken twins: the code with one guard taken out, under which the simulation must find a violation. The seed and the
 * words of the violation are those of docs/recovery.md, and a test holds both. Where a second guard stands behind the
 * first one (a key behind a version), both are out.
 */
export interface Twin {
  readonly name: string;
  /** What the guard is for. */
  readonly guard: string;
  readonly edits?: readonly { readonly file: string; readonly guard: string; readonly broken: string }[];
  /** What else is taken out, of the database. */
  readonly sql?: readonly string[];
  /** Under which it is found. */
  readonly run: string;
  /** What the violation says. */
  readonly says: RegExp;
}

const statements = "src/db/statements";
const decisionWrite = `${statements}/decision-write.ts`;
const fillWrite = `${statements}/fill-write.ts`;
const dropKey = (table: string) =>
  `do $$ declare c text; begin
     for c in select conname from pg_constraint where conrelid = '${table}'::regclass and contype in ('p', 'u') loop
       execute format('alter table ${table} drop constraint %I cascade', c);
     end loop; end $$`;

export const twins: readonly Twin[] = [
  {
    name: "decision-lock",
    guard: "decisions lock their round for share, so that a close waits for them",
    edits: [{ file: decisionWrite, guard: "deadline_at for share)", broken: "deadline_at)" }],
    run: "--seed 1 --steps 1000",
    says: /a decision of .* came when round/,
  },
  {
    name: "decision-deadline",
    guard: "no decision is stored after the deadline, also while nobody has closed the round",
    edits: [{ file: decisionWrite, guard: "and agonus_now() < deadline_at for share)", broken: "for share)" }],
    run: "--seed 1 --steps 1000",
    says: /a decision of .* came after the deadline/,
  },
  {
    name: "decision-version",
    guard: "a decision counts only for the version that it was made upon",
    edits: [{ file: decisionWrite, guard: " and a.version = e.version", broken: "" }],
    run: "--seed 1 --steps 1000",
    says: /the decision of .* is of version/,
  },
  {
    name: "decision-key",
    guard: "an entry has one decision a round",
    sql: ["decisions", "decision_details", "orders"].map(dropKey),
    run: "--seed 1 --steps 1000",
    says: /decided|rows|changed under|is of version/,
  },
  {
    name: "decision-orders",
    guard: "orders come only from decisions that the same statement stored",
    edits: [
      {
        file: decisionWrite,
        guard: "kept as (select f.* from fresh f join decided d on d.entry_id = f.id)",
        broken: "kept as (select f.* from fresh f)",
      },
    ],
    sql: ["decision_details", "orders"].map(dropKey),
    run: "--seed 1 --steps 1000",
    says: /the decision of .* has .* orders and .* rows/,
  },
  {
    name: "order-raises",
    guard: "who orders has its version raised, so that what was read before is stale",
    edits: [
      {
        file: decisionWrite,
        guard: "set version = e.version + 1 from kept k",
        broken: "set version = e.version from kept k",
      },
    ],
    run: "--seed 1 --steps 1000",
    says: /the decision of .* is of version/,
  },
  {
    name: "fill-version",
    guard: "a fill is written only under the version that it was computed from, and only while an order is open",
    edits: [
      { file: fillWrite, guard: " and b.version = e.version", broken: "" },
      { file: fillWrite, guard: " and e.version = b.version", broken: "" },
      {
        file: fillWrite,
        guard: "and exists (select from orders o where o.round_id = $1 and o.entry_id = e.id and o.state = 'open')",
        broken: "",
      },
    ],
    run: "--seed 1 --steps 1000",
    says: /trades|changed under|cash/,
  },
  {
    name: "fill-key",
    guard: "an order has one fill",
    edits: [
      { file: fillWrite, guard: " and b.version = e.version", broken: "" },
      { file: fillWrite, guard: " and e.version = b.version", broken: "" },
      {
        file: fillWrite,
        guard: "and exists (select from orders o where o.round_id = $1 and o.entry_id = e.id and o.state = 'open')",
        broken: "",
      },
      { file: fillWrite, guard: " and o.seq = f.seq and o.state = 'open'", broken: " and o.seq = f.seq" },
    ],
    sql: [dropKey("trades")],
    run: "--seed 1 --steps 1000",
    says: /an order of .* went from/,
  },
  {
    name: "fill-cash",
    guard: "a buy is cut to the cash that there is",
    edits: [
      {
        file: "src/core/fills.ts",
        guard: "const spend = amount.gt(cash) ? cash : amount;",
        broken: "const spend = amount;",
      },
      {
        file: "src/core/fills.ts",
        guard: "if (left.lt(ZERO)) {\n    quantity",
        broken: 'if (left.lt(cash.times(decimal("-99")))) {\n    quantity',
      },
    ],
    sql: ["alter table entries drop constraint entries_cash"],
    run: "--seed 1 --steps 1000",
    says: /cash/,
  },
  {
    name: "close-state",
    guard: "only an open round closes",
    edits: [{ file: `${statements}/round-close.ts`, guard: "and r.state = 'open' and (", broken: "and (" }],
    run: "--seed 1 --steps 1000",
    says: /round .* was closed twice|round .* went from .* to closed/,
  },
  {
    name: "settle-owed",
    guard: "a round is settled only when no order is open",
    edits: [
      {
        file: `${statements}/round-settle.ts`,
        guard: "and not exists (select from orders o where o.round_id = r.id and o.state = 'open')",
        broken: "",
      },
      {
        file: "src/rounds/advance.ts",
        guard: "if (look.owes_fills) {",
        broken: "if (look.owes_fills && look.sends === 0) {",
      },
    ],
    run: "--seed 1 --steps 1000",
    says: /settled with an order open/,
  },
  {
    name: "active-round",
    guard: "a tournament has one round under way",
    edits: [
      {
        file: `${statements}/round-open.ts`,
        guard: "coalesce((select max(number) from rounds where tournament_id = t.id), -1) = $3::int - 1",
        broken: "true",
      },
      {
        file: `${statements}/round-open.ts`,
        guard:
          "and not exists (select from rounds where tournament_id = t.id and state in ('open', 'closed', 'quoted'))",
        broken: "",
      },
    ],
    sql: ["drop index rounds_one_active", "alter table rounds drop constraint rounds_number cascade"],
    run: "--seed 1 --steps 1000",
    says: /opened before the one before was over|two rounds of|not without a gap/,
  },
  {
    name: "open-live",
    guard: "a round opens only while its tournament is live",
    edits: [
      {
        file: `${statements}/round-open.ts`,
        guard: "where id = $2 and status = 'live' for",
        broken: "where id = $2 for",
      },
    ],
    run: "--seed 1 --steps 1000",
    says: /opened in a tournament that is not live/,
  },
  {
    name: "open-deadline",
    guard: "no round opens after its own deadline",
    edits: [
      {
        file: `${statements}/round-open.ts`,
        guard: "and ($5::float8 is null or agonus_now() < to_timestamp($5::float8 / 1000))",
        broken: "and ($5::float8 is null or true)",
      },
    ],
    run: "--seed 1 --steps 1000",
    says: /round .* opened at/,
  },
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
    run: "--seed 1 --steps 1000",
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
    run: "--seed 1 --steps 1000",
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
    run: "--seed 1 --steps 1000",
    says: /was over and is|was changed after its end/,
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
    run: "--seed 1 --steps 1000",
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
    run: "--seed 1 --steps 1000",
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
    run: "--seed 1 --steps 1000",
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
    run: "--seed 1 --steps 1000",
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
    run: "--seed 1 --steps 1000",
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
    run: "--seed 1 --steps 1000",
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
    run: "--seed 1 --steps 1000",
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
    run: "--seed 1 --steps 1000",
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
    run: "--seed 1 --steps 4000",
    says: /entries were taken for crashed at once/,
  },
  {
    name: "replay-lost",
    guard: "no platform fault makes a replay's entry miss its round",
    edits: [
      {
        file: `${statements}/task-sweep.ts`,
        guard: "and not (t.name = 'run_agent_decision' and t.key is not null",
        broken: "and not (t.name = 'nobody'",
      },
    ],
    run: "--seed 1 --steps 4000",
    says: /the platform made .* miss round/,
  },
  {
    name: "arena-hung",
    guard: "a run of the Arena that hangs in a call holds its tournament for a minute at most",
    edits: [{ file: "durable-objects/arena.ts", guard: "RUN_MAX_MS = 60_000", broken: "RUN_MAX_MS = 3_600_000" }],
    run: "--seed 1 --steps 300 --faults object_hangs=0.3",
    says: /calm minutes, (round|tournament)/,
  },
  {
    name: "late-start",
    guard: "a tournament whose whole span passed in an outage starts late, skips its rounds and ends",
    edits: [
      {
        file: `${statements}/tournament-live.ts`,
        guard: "and starts_at <= agonus_now()\n",
        broken: "and starts_at <= agonus_now() and ends_at > agonus_now()\n",
      },
    ],
    run: "--seed 11 --steps 1000",
    says: /is upcoming and ended/,
  },
];
