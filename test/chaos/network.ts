/** The network between Worker and database: breaks calls on demand, and notes which answers were offered and committed. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { Random } from "../../src/core/random.ts";
import { DroppedConnection, type Interceptor } from "../../src/local/proxy/proxy.ts";
import type { Results, Statement } from "../../src/local/proxy/sql-runner.ts";

/** half_open: the call is taken and never answered. unknown: it is committed, and the answer is cut. */
export type NetworkFault = "none" | "dropped" | "half_open" | "slow" | "unknown";

const Decisions = z.array(z.object({ entry_id: z.string() }));
const Fills = z.array(z.object({ entry: z.string() }));
const Ids = z.array(z.string());

export class Network {
  fault: NetworkFault = "none";
  /** Calls that a fault hit. */
  hit = 0;
  /** Answers offered for work that had been offered before: "decision <round> <entry>" or "fill …". */
  repeats = 0;
  /** How many of the repeated answers came after the first one was committed, and changed nothing. */
  prevented = 0;
  /** Answers that the database acknowledged, and how often. More than once is a double. */
  readonly taken = new Map<string, number>();
  readonly #offered = new Set<string>();
  readonly #random: Random;
  #healed = Promise.withResolvers<void>();

  constructor(random: Random) {
    this.#random = random;
  }

  start(fault: NetworkFault): void {
    this.#healed = Promise.withResolvers<void>();
    this.fault = fault;
  }

  heal(): void {
    this.fault = "none";
    this.#healed.resolve();
  }

  readonly interceptor: Interceptor = {
    before: async (statements) => {
      for (const key of statements.flatMap(workOf)) {
        if (this.#offered.has(key)) this.repeats++;
        if (this.taken.has(key)) this.prevented++;
        this.#offered.add(key);
      }
      const chance = this.#random.next();
      if (this.fault === "dropped" && chance < 0.5) {
        this.hit++;
        throw new DroppedConnection();
      }
      if (this.fault === "half_open" && chance < 0.4) {
        this.hit++;
        await this.#healed.promise;
        throw new DroppedConnection();
      }
      if (this.fault === "slow") {
        this.hit++;
        await sleep(200 + chance * 2500);
      }
    },
    afterCommit: (statements, results) => {
      for (const [i, statement] of statements.entries()) {
        for (const key of takenOf(statement, results[i])) this.taken.set(key, (this.taken.get(key) ?? 0) + 1);
      }
      // Only writes can have an unknown outcome, so reads are left alone.
      const writes = statements.some(({ query }) => /\b(insert into|update|delete from)\b/.test(query));
      if (this.fault !== "unknown" || !writes || this.#random.next() > 0.6) return;
      this.hit++;
      throw new DroppedConnection();
    },
  };
}

function kindOf({ query }: Statement): "decision" | "fill" | null {
  if (query.includes("insert into decisions ")) return "decision";
  return query.includes("insert into trades ") ? "fill" : null;
}

function workOf(statement: Statement): string[] {
  const kind = kindOf(statement);
  if (kind === null) return [];
  const rows: unknown = JSON.parse(String(statement.params[1]));
  const entries =
    kind === "decision" ? Decisions.parse(rows).map((row) => row.entry_id) : Fills.parse(rows).map((row) => row.entry);
  return entries.map((entry) => `${kind} ${statement.params[0]} ${entry}`);
}

function takenOf(statement: Statement, result: Results | undefined): string[] {
  const kind = kindOf(statement);
  const column = result?.fields.findIndex(({ name }) => name === (kind === "decision" ? "decided" : "settled")) ?? -1;
  const text = result?.rows[0]?.[column];
  if (kind === null || text == null) return [];
  return Ids.parse(JSON.parse(text)).map((entry) => `${kind} ${statement.params[0]} ${entry}`);
}
