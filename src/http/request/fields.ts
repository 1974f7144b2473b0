/** Fields that several bodies, queries and paths share. */
import { z } from "zod";
import { CodedError, type ErrorCode } from "../../core/error-codes.ts";
import { limits } from "../../core/limits.ts";
import { amountField } from "../../core/rules.ts";
import { BLANK } from "../../core/text/look-alike.ts";
import { readTime, TIME_FAULT, TIME_RANGE_FAULT } from "../../core/text/time-text.ts";

/** Any UUID in its text form, in lower case as the database gives it back. */
export const uuidField = z.guid().toLowerCase();
export const decimalField = amountField(/^\d{1,15}(\.\d{1,8})?$/, 'must be a decimal such as "12.5"');
/** Becomes UTC, to the millisecond. Every wrong time is one error, whose text shows a right time. */
export const timeField = z
  .string({ error: ({ input }) => (input === undefined ? undefined : TIME_FAULT) })
  .transform((text, ctx) => {
    const read = readTime(text);
    if (read.kind === "ok") return new Date(read.ms).toISOString();
    ctx.addIssue({ code: "custom", message: read.kind === "out_of_range" ? TIME_RANGE_FAULT : TIME_FAULT });
    return z.NEVER;
  });

/** UTS 39, section 5.4: no letter needs more marks, and a mark that stands twice is seen once. */
const PILED_MARKS = /[\p{Mn}\p{Me}]{5}|(\p{Mn})\1/u;

/**
 * A name on one line, of visible characters. Refused are characters without width, changes of the text's direction, blanks
 * (look-alike.ts lists them), and private or unassigned characters.
 */
export const nameField = z
  .string()
  .trim()
  .min(1)
  .max(limits.nameCharsMax)
  .regex(/^\P{Cc}*$/u, "must not contain control characters")
  .regex(
    /^[^\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]*$/u,
    "must not contain invisible characters or ones that change the direction of text",
  )
  .refine((name) => !BLANK.test(name), "must not contain invisible characters")
  .refine(
    (name) => !PILED_MARKS.test(name.normalize("NFD")),
    "must not have more than 4 marks on a letter, or one of them twice",
  )
  .regex(/[\p{L}\p{N}]/u, "must contain a letter or a digit");

/** Public text of several lines. Characters without width are allowed: they join letters and emoji. */
export const proseField = z
  .string()
  .regex(/^[\P{Cc}\n\r\t]*$/u, "must not contain control characters")
  .regex(/^\P{Bidi_Control}*$/u, "must not contain characters that change the direction of text");

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

/** A round's number, in a path or a cursor. */
export const roundNumber = z
  .string()
  .regex(/^\d{1,9}$/)
  .transform(Number);

/** An id in a path. Text that is no UUID names nothing, so the answer is `notFound`. */
export function pathId(value: string | undefined, notFound: ErrorCode): string {
  const parsed = uuidField.safeParse(value);
  if (!parsed.success) throw new CodedError(notFound);
  return parsed.data;
}
