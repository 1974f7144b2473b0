/** GET /consumers: the isolates that take batches. They come and go with the platform; a row is a trace, not a lease. */
import { Hono } from "hono";
import { type ConsumerRow, listConsumers } from "../db/statements/consumer-list.ts";
import { requireOperator } from "./auth.ts";
import type { HttpEnv } from "./context.ts";

const SHOWN_MAX = 500;
/** It says so every 10 s while it works; one that is idle says nothing. */
const ACTIVE_SECONDS = 60;
const GONE_SECONDS = 600;

export const consumerRoutes = new Hono<HttpEnv>().get("/consumers", requireOperator, async (c) => {
  const { query, codeVersion } = c.get("deps");
  const rows = await listConsumers(query, SHOWN_MAX);
  return c.json({ items: rows.map((row) => wireConsumer(row, codeVersion)), next_cursor: null });
});

function wireConsumer({ age_seconds, ...row }: ConsumerRow, codeVersion: string) {
  const status = age_seconds <= ACTIVE_SECONDS ? "active" : age_seconds <= GONE_SECONDS ? "idle" : "gone";
  const current_version = row.code_version === codeVersion;
  return { ...row, last_seen_age_seconds: age_seconds, status, current_version } as const;
}
