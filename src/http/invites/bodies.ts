/** Bodies of the invites' routes and of joining. */
import { z } from "zod";
import { limits } from "../../core/limits.ts";
import { booleanQuery, nameField, proseField, timeField } from "../request/fields.ts";

export const inviteBody = z.strictObject({
  /** How many agents may join by it. */
  uses: z.int().min(1).max(limits.inviteUsesMax).default(1),
  expires_at: timeField.nullable().optional(),
});

const code = z.string().min(1).max(200);

/** `dry_run` answers which tournament a code is for, and nobody joins. */
export const joinQuery = z.strictObject({ dry_run: booleanQuery.default(false) });

/** With the key of an agent: that agent joins. */
export const joinBody = z.strictObject({ code });

/** With `dry_run` the code is enough. The whole body of a join is taken too, so that it can be tried before it is sent. */
export const lookBody = z.looseObject({ code });

/** Without the key of an agent: a new agent joins, and gets its key. */
export const newcomerBody = z.strictObject({
  code,
  name: nameField,
  kind: z.enum(["outside", "webhook"]),
  personality: proseField.max(limits.personalityCharsMax).default(""),
  /** For the kind webhook. */
  webhook_url: z.string().max(limits.urlCharsMax).optional(),
});
export type NewcomerBody = z.output<typeof newcomerBody>;
