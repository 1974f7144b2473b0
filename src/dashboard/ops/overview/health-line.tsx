/** Whether all parts answer. When one doesn't, GET /health answers 503 with the same document. */
import type { Health } from "../../api/answers.ts";
import { Problem } from "../../api/problem.ts";
import { Chip } from "../../parts/chip.tsx";
import { Duration } from "../../parts/text/time.tsx";
import { CLOCK_LATE_SECONDS } from "../schedules/clocks.ts";

function isHealth(value: object): value is Health {
  return "status" in value && value.status === "failing" && "clocks" in value && typeof value.clocks === "object";
}

export function HealthLine({
  asked,
}: {
  readonly asked: { readonly data: Health | undefined; readonly error: unknown };
}) {
  const { data, error } = asked;
  const failing = error instanceof Problem && isHealth(error.document) ? error.document : null;
  const health = failing ?? data;
  if (!health) return error ? <Chip tone="wait">health unknown</Chip> : null;
  const { status, clocks, version } = health;
  const away = [
    health.database === "ok" ? "" : "the database",
    health.queues === "failing" ? "the queues" : "",
    isLate(clocks.cron.age_seconds, CLOCK_LATE_SECONDS.cron) ? "cron" : "",
    isLate(clocks.beat.age_seconds, CLOCK_LATE_SECONDS.beat) ? "Beat" : "",
    health.stuck_rounds.length > 0 ? "a round that does not move" : "",
  ].filter(Boolean);
  return (
    <>
      {error && !failing ? (
        <Chip tone="wait" dot>
          health unknown: the server does not answer
        </Chip>
      ) : (
        <Chip tone={status === "ok" ? "good" : status === "starting" ? "wait" : "bad"} dot>
          {status === "ok" ? "all parts answer" : status === "starting" ? "starting" : `failing: ${away.join(", ")}`}
        </Chip>
      )}
      <span className="clock-age">
        Cron ticked <Duration seconds={clocks.cron.age_seconds} /> ago
      </span>
      <span className="clock-age">
        Beat <Duration seconds={clocks.beat.age_seconds} /> ago
      </span>
      <span>
        Code <span className="mono">{version}</span>
      </span>
    </>
  );
}

function isLate(age: number | null, most: number): boolean {
  return age !== null && age > most;
}
