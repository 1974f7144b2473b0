/**
 * Broken twins: the code with one guard taken out. The simulation must find a violation in each. docs/recovery.md lists
 * them with their flags, and a test compares the list. Where a second guard stands behind the first one (a key behind a version),
 * the twin lacks both.
 */
import type { Twin as Lacking } from "../support/guards.ts";

export interface Twin {
  readonly name: string;
  /** What the guard is for. */
  readonly guard: string;
  /** The marked guards of the sources that it lacks, and what stands in their place. */
  readonly without?: readonly Lacking[];
  /** SQL that takes a guard out of the database. */
  readonly sql?: readonly string[];
  /** The flags under which one of the first seeds finds the violation. A change of statements moves every history, so no seed is kept. */
  readonly run: string;
  /** The words of the violation. */
  readonly says: RegExp;
}

/** Takes the unique and primary keys out of a table. */
export const dropKeys = (table: string) =>
  `do $$ declare c text; begin
     for c in select conname from pg_constraint where conrelid = '${table}'::regclass and contype in ('p', 'u') loop
       execute format('alter table ${table} drop constraint %I cascade', c);
     end loop; end $$`;

/** The flags of a search: the seeds in turn, until one finds the violation. */
export const searchFlags = ({ name, run }: Pick<Twin, "name" | "run">) => `--seeds 1-60 --first ${run} --twin ${name}`;
