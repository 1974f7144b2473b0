/** Guards of the round protocol, taken out. */
import { dropKeys, statements, type Twin } from "./twin.ts";

const decisionWrite = `${statements}/decision-write.ts`;
const fillWrite = `${statements}/fill-write.ts`;

export const twinsOfRounds: readonly Twin[] = [
  {
    name: "decision-lock",
    guard: "decisions lock their round for share, so that a close waits for them",
    edits: [{ file: decisionWrite, guard: "deadline_at for share)", broken: "deadline_at)" }],
    run: "--seed 2 --steps 300 --faults close_meets_decisions=0.5",
    says: /a decision of .* came when round/,
  },
  {
    name: "decision-deadline",
    guard: "no decision is stored after the deadline, also while nobody has closed the round",
    edits: [{ file: decisionWrite, guard: "and agonus_now() < deadline_at for share)", broken: "for share)" }],
    run: "--seed 5 --steps 300 --faults statement_slow=0.3",
    says: /a decision of .* came after the deadline/,
  },
  {
    name: "decision-version",
    guard: "a decision counts only for the version that it was made upon",
    edits: [{ file: decisionWrite, guard: " and a.version = e.version", broken: "" }],
    run: "--seed 2 --steps 300",
    says: /the decision of .* is of version/,
  },
  {
    name: "decision-key",
    guard: "an entry has one decision a round",
    sql: ["decisions", "decision_details", "orders"].map(dropKeys),
    run: "--seed 2 --steps 300 --faults statement_meets_itself=0.5",
    says: /more decisions than participants|decided, .* missed it/,
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
      { file: decisionWrite, guard: " and a.version = e.version", broken: "" },
    ],
    sql: ["decision_details", "orders"].map(dropKeys),
    run: "--seed 4 --steps 300 --faults statement_meets_itself=0.5",
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
    run: "--seed 1 --steps 300",
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
    run: "--seed 13 --steps 300 --faults statement_meets_itself=0.5",
    says: /ledger: entries/,
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
    sql: [dropKeys("trades")],
    run: "--seed 13 --steps 300 --faults statement_meets_itself=0.5",
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
    run: "--seed 4 --steps 300",
    says: /ledger: trades.cash_change/,
  },
  {
    name: "close-state",
    guard: "only an open round closes",
    edits: [{ file: `${statements}/round-close.ts`, guard: "and r.state = 'open' and (", broken: "and (" }],
    run: "--seed 4 --steps 300 --faults statement_meets_itself=0.5",
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
    run: "--seed 5 --steps 400 --faults statement_slow=0.3,message_dropped=0.3,message_delayed=0.5",
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
    run: "--seed 3 --steps 300 --faults statement_meets_itself=0.5",
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
    run: "--seed 20 --steps 300 --faults statement_slow=0.5",
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
    run: "--seed 1 --steps 400 --faults statement_slow=0.3",
    says: /round .* opened at/,
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
    run: "--seed 12 --steps 2100 --only alarm_lost --faults alarm_lost=1",
    says: /the platform made .* miss round/,
  },
  {
    name: "arena-hung",
    guard: "a run of the Arena that hangs in a call holds its tournament for a minute at most",
    edits: [{ file: "durable-objects/arena.ts", guard: "RUN_MAX_MS = 60_000", broken: "RUN_MAX_MS = 3_600_000" }],
    run: "--seed 3 --steps 300 --faults object_hangs=0.3",
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
    run: "--seed 6 --steps 300 --faults alarm_lost=1,cron_outage=1",
    says: /is upcoming and ended/,
  },
];
