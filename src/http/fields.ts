/** Fields that several bodies, queries and paths share. */
import { z } from "zod";
import { CodedError, type ErrorCode } from "../core/error-codes.ts";
import { limits } from "../core/limits.ts";

/** Any UUID in its text form, in lower case as the database gives it back. */
export const uuidField = z.guid().toLowerCase();
export const decimalField = z.string().regex(/^\d{1,15}(\.\d{1,8})?$/, 'must be a decimal string such as "12.5"');
/** Kept to the millisecond, in UTC. */
export const timeField = z.iso
  .datetime({ offset: true })
  .refine((text) => !Number.isNaN(Date.parse(text)) && Date.parse(text) < Date.parse("2200-01-01T00:00:00Z"), {
    message: "must be a time before the year 2200",
  })
  .transform((text) => new Date(text).toISOString());

/** A name on one line. */
export const nameField = z
  .string()
  .trim()
  .min(1)
  .max(limits.nameCharsMax)
  .regex(/^\P{Cc}*$/u, "must not contain control characters");

/** A part of a name or of an id. */
export const searchField = z.string().trim().max(limits.nameCharsMax);

/** "true" or "false" and nothing else. */
export const booleanQuery = z.enum(["true", "false"]).transform((text) => text === "true");

/** A whole number from `least` to `most`. */
export const wholeNumberQuery = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${least} to ${most}`)
    .transform(Number)
    .pipe(z.number().min(least).max(most));

/** An id in a path: what has no UUID's shape names nothing. */
export function pathId(value: string | undefined, notFound: ErrorCode): string {
  const parsed = uuidField.safeParse(value);
  if (!parsed.success) throw new CodedError(notFound);
  return parsed.data;
}
