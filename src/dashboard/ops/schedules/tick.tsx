/** A tick's outcome, with its delay where that is more than a few seconds. */
import { StateBadge } from "../../parts/chip.tsx";
import { delayWords } from "./delay.ts";

interface TickProps {
  readonly outcome: string;
  readonly dueAt: string;
  readonly firedAt: string | null;
}

export function TickOutcome({ outcome, dueAt, firedAt }: TickProps) {
  const delay = delayWords(outcome, dueAt, firedAt);
  return (
    <span className="row">
      <StateBadge state={outcome} />
      {delay === null ? null : <span className={`small ${outcome === "late" ? "wait" : "soft"}`}>{delay}</span>}
    </span>
  );
}
