/** Who does something, and with which version of the code: a task's history shows the two apart (agonus_signed in SQL). */
export function signed(who: string, codeVersion: string): string {
  return `${who} @ ${codeVersion}`;
}
