/**
 * Checks that a cron expression means the same to the platform and to our library, croner. As a number, Sunday is 1 to the
 * platform and 0 to croner, so weekdays must be named. Pure.
 */

/** The week as both read it, from Sunday. They disagree on a range that runs past Saturday, so such a range is refused. */
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const HOW = "write names (MON, MON-FRI, SAT,SUN) or *";

/** A sentence that says what is wrong with the expression and what to write; null if nothing is. */
export function cronFault(cron: string): string | null {
  const fields = cron.trim().split(/\s+/);
  const weekday = fields[4];
  if (fields.length !== 5 || weekday === undefined) {
    return `The cron "${cron}" has ${fields.length} fields: write five (minute, hour, day of the month, month, weekday).`;
  }
  if (weekday === "*") return null;
  // Where both say something, some libraries run on a day that fits either, and croner takes "1-31" and "*/1" for "*".
  if (fields[2] !== "*") {
    return `The cron "${cron}" names a weekday and a day of the month: libraries differ on which days fit, so write * for one of them.`;
  }
  for (const part of weekday.toUpperCase().split(",")) {
    const days = part.split("-").map((name) => WEEKDAYS.indexOf(name));
    const [first = -1, last] = days;
    if (days.length > 2 || days.includes(-1)) {
      return `The cron "${cron}" has the weekday "${part}": the platform counts weekdays from 1 and our library from 0, so ${HOW}.`;
    }
    if (last !== undefined && last <= first) {
      return `The cron "${cron}" has the weekdays "${part}": the platform's week begins with Sunday, so ${HOW}, each range within the week.`;
    }
  }
  return null;
}

/** Throws an Error with the sentence of the first faulty expression. */
export function checkedCrons(crons: readonly string[]): readonly string[] {
  for (const cron of crons) {
    const fault = cronFault(cron);
    if (fault !== null) throw new Error(fault);
  }
  return crons;
}
