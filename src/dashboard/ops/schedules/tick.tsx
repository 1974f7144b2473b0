/** A tick's outcome, with its delay where that is more than a few seconds. */
import { StateBadge } from "../../parts/chip.tsx";
import { spanText } from "../../parts/text/time-text.ts";

/** Clocks look every few seconds, so a smaller delay is none. */
const DELAY_SECONDS = 10;

interface TickProps {
  readonly outcome: string;
  readonly dueAt: string;
  readonly firedAt: string | null;
}

/** Seconds from the due time to the firing, never negative. */
export const delaySeconds = (dueAt: string, firedAt: string): number =>
  Math.max(0, (Date.parse(firedAt) - Date.parse(dueAt)) / 1000);

export function TickOutcome({ outcome, dueAt, firedAt }: TickProps) {
  const delay = firedAt === null ? 0 : delaySeconds(dueAt, firedAt);
  return (
    <span className="row">
      <StateBadge state={outcome} />
      {delay > DELAY_SECONDS && (outcome === "fired" || outcome === "late") ? (
        <span className={`small ${outcome === "late" ? "wait" : "soft"}`}>{spanText(Math.round(delay))} late</span>
      ) : null}
    </span>
  );
}
