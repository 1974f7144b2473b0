/**
 * Statements that overlap: a second connection holds a lock that the statement needs, and commits while the statement
 * waits. Each race has a name and a chance, as a fault has.
 */
import type { Query } from "../../src/db/query.ts";
import type { Platform } from "./platform.ts";
import { uuidv7 } from "./uuid.ts";

type Value = string | number | boolean | null;
type Rows = { command: string; rowCount: number | null; fields: import("pg").FieldDef[]; rows: (string | null)[][] };

export interface Stage {
  readonly platform: Platform;
  readonly statement: { readonly query: string; readonly params: readonly Value[] };
  readonly run: (text: string, params: readonly Value[], connection: number) => Promise<Rows>;
  readonly admin: Query;
  /** Whether the connection waits for a lock. */
  readonly waits: (connection: number) => Promise<boolean>;
}

export interface Race {
  readonly name: string;
  readonly run: (stage: Stage) => Promise<Rows>;
}

const isDecisions = (text: string) => text.includes("insert into decisions");
const isFills = (text: string) => text.includes("insert into trades");
const isBlock = (text: string) => text.includes("insert into rounds") && isDecisions(text);
const isOpening = (text: string) => text.includes("insert into rounds") && text.includes("insert into snapshots");
const isKeyed = (text: string) => text.includes("insert into task_keys (key, task_id) select $8, $1");
const isEnding = (text: string) => /^\s*update tasks t set state = case when/.test(text);
const isArrow = (text: string) => /update rounds r? ?set state = '(closed|quoted|settled)'/.test(text);

/** Answers the race that the statement meets here, if any. */
export function raceOf(platform: Platform, { query: text, params }: Stage["statement"]): Race | null {
  if (isBlock(text)) {
    if (platform.strikes("recovery_meets_block")) return recoveryMeets("block");
    if (platform.strikes("pause_meets_block")) return pauseMeetsBlock;
    if (platform.strikes("leave_meets_block")) return leaveMeetsBlock;
  } else if (isDecisions(text)) {
    if (platform.strikes("close_meets_decisions")) return closeMeetsDecisions;
    if (platform.strikes("recovery_meets_decisions")) return recoveryMeets("decisions");
  }
  if (isFills(text) && platform.strikes("recovery_meets_fills")) return recoveryMeets("fills");
  if (isEnding(text) && platform.strikes("cancel_meets_ending")) return cancelMeetsEnding;
  const keyed = isKeyed(text) && params[7] !== null;
  if (isDecisions(text) || isFills(text) || isOpening(text) || isArrow(text) || keyed) {
    if (platform.strikes("statement_meets_itself")) return meetsItself;
  }
  return null;
}

/** Ids of the entries in the statement's rows: in its second parameter, or in the fifth of a block. */
function entriesOf({ statement }: Stage): string[] {
  const rows: unknown = JSON.parse(String(statement.params[isBlock(statement.query) ? 4 : 1]));
  if (!Array.isArray(rows)) return [];
  return rows.map((row) => String(row.entry_id ?? row.entry)).sort();
}

/** Waits, in real time, until the connection waits for a lock or its statement is over. No outcome depends on the time. */
async function waitingOrOver(stage: Stage, connection: number, over: Promise<unknown>): Promise<boolean> {
  let ended = false;
  over.then(
    () => {
      ended = true;
    },
    () => {
      ended = true;
    },
  );
  while (!ended) {
    if (await stage.waits(connection)) return true;
  }
  return false;
}

/**
 * The decisions wait for an entry's row, which a rival holds. Meanwhile the deadline passes, and the round is closed. The
 * close must wait for the decisions, or they must not be stored.
 */
const closeMeetsDecisions: Race = {
  name: "close_meets_decisions",
  async run(stage) {
    const { platform, statement, run, admin } = stage;
    const [roundId] = statement.params;
    const [entry] = entriesOf(stage);
    const [round] = await admin<{ ms: number | null; state: string }>(
      `select case when deadline_at = 'infinity' then null else agonus_ms(deadline_at) end as ms, state from rounds where id = $1`,
      [roundId],
    );
    if (!entry || round?.ms == null || round.state !== "open" || round.ms <= platform.sim.now) {
      return run(statement.query, statement.params, 0);
    }
    await run("begin", [], 1);
    await run("select id from entries where id = $1 for no key update", [entry], 1);
    const decisions = run(statement.query, statement.params, 0);
    decisions.catch(() => {});
    const waits = await waitingOrOver(stage, 0, decisions);
    if (!waits) {
      await run("commit", [], 1);
      return decisions;
    }
    // The deadline passes while the decisions wait: they began in time, so the audit must not call them late.
    await admin("insert into sim_overtaken values ($1)", [roundId]);
    platform.sim.now = Math.ceil(round.ms) + 1;
    const close = admin(
      `update rounds set state = 'closed', closed_at = agonus_now(), sent_at = null, sends = 0
       where id = $1 and state = 'open' and agonus_now() >= deadline_at returning id`,
      [roundId],
    );
    close.catch(() => {});
    // A close that need not wait ends in a moment. One that must wait does so for as long as the rival holds its lock.
    await Promise.race([close, new Promise((resolve) => setTimeout(resolve, 40))]);
    await run("commit", [], 1);
    const written = await decisions;
    const closed = await close;
    platform.sim.log(`  the close ${closed.length > 0 ? "came" : "found nothing"}`);
    return written;
  },
};

/** A rival changes rows, the statement waits for these rows, and the rival commits. */
async function meets(stage: Stage, text: string, params: readonly Value[]): Promise<Rows> {
  await stage.run("begin", [], 1);
  await stage.run(text, params, 1);
  return waitsForRival(stage);
}

/** Runs the statement while a rival's transaction is open. The rival commits once the statement waits or is over. */
async function waitsForRival(stage: Stage): Promise<Rows> {
  const { platform, statement, run } = stage;
  const written = run(statement.query, statement.params, 0);
  written.catch(() => {});
  const waits = await waitingOrOver(stage, 0, written);
  platform.sim.log(`  it ${waits ? "waited" : "did not wait"}`);
  await run("commit", [], 1);
  return written;
}

/** A recovery raises an entry's version while the statement waits for the entry's row: it must not use what it read before. */
function recoveryMeets(what: string): Race {
  return {
    name: `recovery_meets_${what}`,
    async run(stage) {
      const { statement, run } = stage;
      const [entry] = entriesOf(stage);
      if (!entry) return run(statement.query, statement.params, 0);
      return meets(
        stage,
        `with raised as (
           update entries set version = version + 1, recoveries = recoveries + 1 where id = $1 and status = 'active' returning id)
         insert into sim_recoveries select id from raised`,
        [entry],
      );
    },
  };
}

/** An operator's pause holds the tournament's row. No round of the block may be stored after it. */
const pauseMeetsBlock: Race = {
  name: "pause_meets_block",
  async run(stage) {
    const [tournamentId = null] = stage.statement.params;
    return meets(
      stage,
      "update tournaments set status = 'paused', paused_at = agonus_now() where id = $1 and status = 'live'",
      [tournamentId],
    );
  },
};

/** An agent that leaves holds the tournament's row. The block was played with it, so no round of it may be stored. */
const leaveMeetsBlock: Race = {
  name: "leave_meets_block",
  async run(stage) {
    const { statement, run } = stage;
    const [tournamentId = null] = statement.params;
    const [entry] = entriesOf(stage);
    if (!entry) return run(statement.query, statement.params, 0);
    return meets(
      stage,
      `with t as materialized (select id from tournaments where id = $1 for no key update)
       update entries e set status = 'withdrawn', last_round = agonus_last_round(t.id) from t
       where e.id = $2 and e.tournament_id = t.id and e.status = 'active'`,
      [tournamentId, entry],
    );
  },
};

/** An operator's cancel holds the task's row. The task must not be tried again, and a finished task stays finished. */
const cancelMeetsEnding: Race = {
  name: "cancel_meets_ending",
  async run(stage) {
    const [taskId = null] = stage.statement.params;
    return meets(stage, "update tasks set cancel_requested = true where id = $1 and state = 'STARTED'", [taskId]);
  },
};

/** Another caller runs the same statement just before. This one waits for it, with a snapshot from before. */
const meetsItself: Race = {
  name: "statement_meets_itself",
  async run(stage) {
    const { platform, statement, run } = stage;
    await run("begin", [], 1);
    try {
      await run(statement.query, rivalParams(stage), 1);
    } catch (error) {
      await run("rollback", [], 1);
      platform.sim.log(`  the rival failed: ${error instanceof Error ? error.message : String(error)}`);
      return run(statement.query, statement.params, 0);
    }
    platform.sim.now += 1;
    return waitsForRival(stage);
  },
};

/** Gives the rival ids of its own for rounds, tasks and trades. */
function rivalParams({ statement }: Stage): Value[] {
  const [first = null, second = null, ...rest] = statement.params;
  const { query } = statement;
  if (isOpening(query) || isKeyed(query)) return [uuidv7(), second, ...rest];
  if (isBlock(query)) return withOwnIds(statement.params);
  if (!isDecisions(query) && !isFills(query)) return [...statement.params];
  const made = String(second).replace(/"(task_id|trade_id)":"[0-9a-f-]{36}"/g, (_, what) => `"${what}":"${uuidv7()}"`);
  return [first, made, ...rest];
}

/** A block's parameters with new ids for its rounds, tasks and trades, the same wherever an id stands. */
function withOwnIds(params: readonly Value[]): Value[] {
  const made = new Map<string, string>();
  const renewed = (_: string, member: string, id: string) => {
    const own = made.get(id) ?? uuidv7();
    made.set(id, own);
    return `"${member}":"${own}"`;
  };
  return params.map((value) =>
    typeof value === "string" && value.startsWith("[")
      ? value.replace(/"(id|round_id|task_id|trade_id)":"([0-9a-f-]{36})"/g, renewed)
      : value,
  );
}
