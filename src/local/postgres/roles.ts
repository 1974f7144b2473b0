/**
 * The roles of a local database. The cluster's superuser makes the database and does nothing more. The Worker, migrations and all
 * commands connect as a role that owns the tables, and that may neither run programs nor touch files of the server.
 */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";

/** The cluster's superuser, by its first start; also the database's name. */
export const SUPERUSER = "agonus";
export const DATABASE = "agonus";
export const OWNER = "agonus_worker";
/** In the cluster's folder, which is private to PostgreSQL's account. */
export const PASSWORD_FILE = "agonus-password";
const OWNER_PASSWORD_FILE = "agonus-worker-password";

export function superuserUrl(dataDir: string, port: number): string {
  return urlOf(SUPERUSER, readPassword(join(dataDir, PASSWORD_FILE)), port);
}

/** Null before the folder's first start under this role. */
export function ownerUrl(dataDir: string, port: number): string | null {
  const file = join(dataDir, OWNER_PASSWORD_FILE);
  return existsSync(file) ? urlOf(OWNER, readPassword(file), port) : null;
}

const urlOf = (role: string, password: string, port: number) =>
  `postgresql://${role}:${password}@127.0.0.1:${port}/${DATABASE}`;

function readPassword(file: string): string {
  return readFileSync(file, "utf8").trim();
}

/**
 * Makes the database and its owner, or corrects both: in a folder of an older version, and after a restore, the superuser owns
 * everything. Returns the owner's address. Safe to repeat.
 */
export async function prepareOwner(dataDir: string, port: number): Promise<string> {
  const known = ownerUrl(dataDir, port);
  const password = known === null ? randomBytes(24).toString("base64url") : new URL(known).password;
  await asSuperuser(superuserUrl(dataDir, port), "postgres", async (client) => {
    const { rowCount } = await client.query("select from pg_roles where rolname = $1", [OWNER]);
    if (rowCount === 0) await client.query(`create role ${OWNER}`);
    await client.query(
      `alter role ${OWNER} login nosuperuser nocreatedb nocreaterole noreplication nobypassrls password ${pg.escapeLiteral(password)}`,
    );
    await client.query(`alter role ${OWNER} reset all`);
    const found = await client.query<{ owner: string }>(
      "select pg_get_userbyid(datdba) as owner from pg_database where datname = $1",
      [DATABASE],
    );
    if (found.rowCount === 0) await client.query(`create database ${DATABASE} owner ${OWNER}`);
    else if (found.rows[0]?.owner !== OWNER) await client.query(`alter database ${DATABASE} owner to ${OWNER}`);
  });
  await asSuperuser(superuserUrl(dataDir, port), DATABASE, async (client) => {
    const { rows } = await client.query<{ text: string }>(FOREIGN, [OWNER]);
    if (rows.length > 0) await client.query(["begin", ...rows.map(({ text }) => text), "commit"].join("; "));
  });
  // Last: other commands find the running server by this password.
  if (known === null) writeFileSync(join(dataDir, OWNER_PASSWORD_FILE), `${password}\n`, { mode: 0o600, flag: "wx" });
  return urlOf(OWNER, password, port);
}

/**
 * Hands over each object that is not the owner's; what belongs to an extension stays. Partitions and their table are handed
 * over one by one, a column's own sequence goes with its table.
 */
const FOREIGN = `
with role as (select oid from pg_roles where rolname = $1),
part as (select classid, objid from pg_depend where deptype = 'e'),
place as (select oid, nspname, nspowner from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'),
found as (
  select 1 as step, format('alter schema %I owner to ', nspname) as text from place, role
  where nspowner <> role.oid and nspname <> 'public'
  union all
  select 2, format(case c.relkind when 'S' then 'alter sequence %I.%I owner to ' else 'alter table %I.%I owner to ' end, nspname, c.relname)
  from pg_class c join place on place.oid = c.relnamespace, role
  where c.relowner <> role.oid and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    and ('pg_class'::regclass, c.oid) not in (select classid, objid from part)
    and not (c.relkind = 'S' and exists (
      select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype in ('a', 'i')))
  union all
  select 3, format('alter routine %s owner to ', p.oid::regprocedure)
  from pg_proc p join place on place.oid = p.pronamespace, role
  where p.proowner <> role.oid and ('pg_proc'::regclass, p.oid) not in (select classid, objid from part)
  union all
  select 4, format('alter type %I.%I owner to ', nspname, t.typname)
  from pg_type t join place on place.oid = t.typnamespace, role
  where t.typowner <> role.oid and t.typtype in ('d', 'e') and ('pg_type'::regclass, t.oid) not in (select classid, objid from part)
)
select text || quote_ident($1) as text from found order by step`;

/** The search path holds the system's schema alone, so that no object of the owner can take the place of a system function. */
async function asSuperuser(url: string, database: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const connectionString = url.replace(/\/[^/]*$/, `/${database}`);
  const client = new pg.Client({ connectionString, options: "-c search_path=pg_catalog" });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
