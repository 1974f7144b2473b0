/** DATABASE_URL of the environment, when it is PostgreSQL's; otherwise null. */
import type { Environment } from "./read-command.ts";

export function postgresUrl({ DATABASE_URL: url }: Environment): string | null {
  return url && /^postgres(ql)?:/.test(url) && URL.canParse(url) ? url : null;
}
