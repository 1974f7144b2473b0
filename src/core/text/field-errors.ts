/** Words what a schema finds wrong, as sentences that begin with the field's name. */
import type { z } from "zod";
import type { FieldError } from "../error-codes.ts";
import { notAField } from "./echo.ts";

export function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      path: [...issue.path, key].map(String).join("."),
      message: notAField,
    }));
  }
  return [{ path: issue.path.map(String).join("."), message: sentence(issue) }];
}

/** Words an issue of zod so that it follows a field's name. Values are never quoted back: they may be secret. */
function sentence(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_type") {
    if (issue.message.startsWith("must")) return issue.message;
    return issue.message.endsWith("received undefined") ? "is required" : `must be ${article(issue.expected)}`;
  }
  if (issue.code === "invalid_value") return `must be one of: ${issue.values.map(String).join(", ")}`;
  if (issue.code === "invalid_union") return issue.message.startsWith("must") ? issue.message : "has the wrong type";
  if (issue.code === "invalid_format") {
    return issue.format === "regex" && issue.message.startsWith("must")
      ? issue.message
      : (formats[issue.format] ?? issue.message);
  }
  if (issue.code === "too_big") return `must be at most ${issue.maximum}${unit(issue.origin)}`;
  if (issue.code === "too_small") {
    const isSized = issue.origin === "string" || issue.origin === "array";
    return isSized && issue.minimum === 1
      ? "must not be empty"
      : `must be at least ${issue.minimum}${unit(issue.origin)}`;
  }
  return issue.message;
}

const formats: Readonly<Record<string, string>> = {
  uuid: "must be a UUID",
  url: "must be a URL",
};

function unit(origin: string): string {
  return origin === "string" ? " characters long" : origin === "array" ? " items long" : "";
}

function article(type: string): string {
  return /^[aeio]/.test(type) ? `an ${type}` : `a ${type}`;
}
