/** Columns that many tables have. */
import { sql } from "drizzle-orm";
import { jsonb, timestamp } from "drizzle-orm/pg-core";

export const time = (name: string) => timestamp(name, { withTimezone: true, mode: "string" });
export const now = sql`agonus_now()`;
export const json = <T>(name: string) => jsonb(name).$type<T>();
export type Json = Record<string, unknown>;
