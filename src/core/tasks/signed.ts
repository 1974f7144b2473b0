/**
 * Joins who acts and the version of the code. agonus_signed (SQL) takes them apart again for a task's history, at the first
 * " @ ": the name of a key must not hold one.
 */
export function signed(who: string, codeVersion: string): string {
  return `${who.replaceAll(" @ ", " at ")} @ ${codeVersion}`;
}
