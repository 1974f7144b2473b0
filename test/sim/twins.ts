/**
 * Broken twins: the code with one guard taken out, under which the simulation must find a violation. The seed and the
 * words of the violation are those of docs/recovery.md, and a test holds them.
 */
export interface Twin {
  readonly name: string;
  /** What the guard is for. */
  readonly guard: string;
  readonly edits: readonly { readonly file: string; readonly guard: string; readonly broken: string }[];
  /** A seed under which it is found, within `steps`. */
  readonly seed: number;
  readonly steps: number;
  /** What the violation says. */
  readonly says: RegExp;
}

const STEPS = 1000;
const statements = "src/db/statements";

export const twins: readonly Twin[] = [
  {
    name: "decision-lock",
    guard: "decisions lock their round for share, so that a close waits for them",
    edits: [{ file: `${statements}/decision-write.ts`, guard: "deadline_at for share)", broken: "deadline_at)" }],
    seed: 1,
    steps: STEPS,
    says: /a decision of .* came when round/,
  },
  {
    name: "decision-version",
    guard: "a decision counts only for the version that it was made upon",
    edits: [{ file: `${statements}/decision-write.ts`, guard: " and a.version = e.version", broken: "" }],
    seed: 1,
    steps: STEPS,
    says: /the decision of .* is of version/,
  },
  {
    name: "fill-version",
    guard: "a fill is written only under the version that it was computed from, and only while an order is open",
    edits: [
      { file: `${statements}/fill-write.ts`, guard: " and b.version = e.version", broken: "" },
      { file: `${statements}/fill-write.ts`, guard: " and e.version = b.version", broken: "" },
      {
        file: `${statements}/fill-write.ts`,
        guard: "and exists (select from orders o where o.round_id = $1 and o.entry_id = e.id and o.state = 'open')",
        broken: "",
      },
    ],
    seed: 1,
    steps: STEPS,
    says: /trades|changed under|cash/,
  },
  {
    name: "close-state",
    guard: "only an open round closes",
    edits: [{ file: `${statements}/round-close.ts`, guard: "and r.state = 'open' and (", broken: "and (" }],
    seed: 1,
    steps: STEPS,
    says: /round .* went from .* to closed/,
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
    seed: 1,
    steps: STEPS,
    says: /settled with an order open/,
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
    seed: 1,
    steps: STEPS,
    says: /was taken from a live lease/,
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
    seed: 1,
    steps: STEPS,
    says: /was over and is|was changed after its end/,
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
    seed: 1,
    steps: STEPS,
    says: /is STARTED, and its lease ran out/,
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
    seed: 1,
    steps: STEPS,
    says: /calm minutes, task/,
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
    seed: 1,
    steps: STEPS,
    says: /was recovered/,
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
    seed: 11,
    steps: STEPS,
    says: /is upcoming and ended/,
  },
];
