/** GET /consumers: the isolates that take batches. They come and go with the platform; a row is a trace, not a lease. */
import { Hono } from "hono";
import { limits } from "../../core/limits.ts";
import { type ConsumerRow, listConsumers } from "../../db/statements/consumers/list.ts";
import type { HttpEnv } from "../context.ts";
import { requireViewer } from "../session/rights.ts";

const SHOWN_MAX = 500;
const GONE_SECONDS = 600;

export const consumerRoutes = new Hono<HttpEnv>().get("/consumers", requireViewer, async (c) => {
  const { query, codeVersion } = c.get("deps");
  const rows = await listConsumers(query, SHOWN_MAX);
  return c.json({ items: rows.map((row) => wireConsumer(row, codeVersion)), next_cursor: null });
});

function wireConsumer({ age_seconds, ...row }: ConsumerRow, codeVersion: string) {
  // A working consumer reports more often than that. A silent one may be idle, or dead: nobody can tell the two apart.
  const status = age_seconds < limits.aliveSeconds ? "alive" : age_seconds <= GONE_SECONDS ? "silent" : "gone";
  const current_version = row.code_version === codeVersion;
  return { ...row, last_seen_age_seconds: age_seconds, status, current_version } as const;
}
