/**
 * The one seam to PostgreSQL that rounds, tasks and markets see: a statement and its parameters.
 * Rows come with timestamps as ISO strings ('infinity' as is), numeric as strings, int8 as numbers, jsonb parsed.
 */
export type Row = Record<string, unknown>;
export type Query = <R extends Row = Row>(text: string, params?: readonly unknown[]) => Promise<R[]>;
