/** Queries of the paths of agents from outside. */
import { z } from "zod";
import { limits } from "../../core/limits.ts";
import { booleanQuery, uuidField } from "../request/fields.ts";
import { pageFields } from "../request/paging.ts";

const which = { tournament_id: uuidField.optional() };
const waitMessage = `must be a number of seconds from 0 to ${limits.taskWaitSecondsMax}`;

export const entryQuery = z.strictObject(which);
export const logQuery = z.strictObject({ ...which, ...pageFields });
/** Seconds. */
const wait = z
  .string()
  .regex(/^\d{1,2}(\.\d{1,3})?$/, waitMessage)
  .transform(Number)
  .pipe(z.number().max(limits.taskWaitSecondsMax, waitMessage))
  .default(0);
/** `wait`: for the round that opens next. */
export const decisionQuery = z.strictObject({ ...which, dry_run: booleanQuery.default(false), wait });
export const currentQuery = z.strictObject({ ...which, wait });
