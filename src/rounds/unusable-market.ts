import { databaseFault } from "../db/errors.ts";

/** Its prices are missing, are no numbers, or make a number that can't be stored: now, and at every later try. */
export class UnusableMarket extends Error {
  override readonly name = "UnusableMarket";
}

/** A row that the database refuses is refused again; trouble of the database or the code may pass or be mended. */
export function isUnusable(error: unknown): boolean {
  return error instanceof UnusableMarket || databaseFault(error) === "bad_row";
}
