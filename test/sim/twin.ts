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

export const statements = "src/db/statements";

/** Takes the unique and primary keys out of a table. */
export const dropKeys = (table: string) =>
  `do $$ declare c text; begin
     for c in select conname from pg_constraint where conrelid = '${table}'::regclass and contype in ('p', 'u') loop
       execute format('alter table ${table} drop constraint %I cascade', c);
     end loop; end $$`;
