/** GET /consumers: the isolates that take batches. They come and go with the platform; a row is a trace, not a lease. */
import { Hono } from "hono";
import { listConsumers } from "../db/statements/consumer-list.ts";
import { requireOperator } from "./auth.ts";
import type { HttpEnv } from "./context.ts";

export const consumerRoutes = new Hono<HttpEnv>();

const SHOWN_MAX = 500;
/** It says so every 10 s while it works; one that is idle says nothing. */
const ACTIVE_SECONDS = 60;
const GONE_SECONDS = 600;

consumerRoutes.get("/consumers", requireOperator, async (c) => {
  const { query, codeVersion } = c.get("deps");
  const rows = await listConsumers(query, SHOWN_MAX);
  const items = rows.map(({ age_seconds, ...row }) => ({
    ...row,
    last_seen_age_seconds: age_seconds,
    status: age_seconds <= ACTIVE_SECONDS ? "active" : age_seconds <= GONE_SECONDS ? "idle" : "gone",
    current_version: row.code_version === codeVersion,
  }));
  return c.json({ items, next_cursor: null });
});
