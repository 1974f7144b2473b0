import type { ReactNode } from "react";

export type Tone = "plain" | "good" | "bad" | "wait" | "link";

interface ChipProps {
  readonly tone?: Tone;
  readonly dot?: boolean;
  /** An animated dot: something is going on. */
  readonly beats?: boolean;
  readonly title?: string;
  readonly children: ReactNode;
}

export function Chip({ tone = "plain", dot, beats, title, children }: ChipProps) {
  return (
    <span className={`chip ${tone}${beats ? " beats" : ""}`} title={title}>
      {dot || beats ? <span className="dot" /> : null}
      {children}
    </span>
  );
}

/** Every state that the API names, of tournaments, rounds, decisions, orders, tasks and ticks. */
const tones: Readonly<Record<string, Tone>> = {
  upcoming: "link",
  live: "good",
  paused: "wait",
  completed: "plain",
  cancelled: "bad",
  scheduled: "plain",
  open: "wait",
  closed: "link",
  quoted: "link",
  settled: "good",
  skipped: "plain",
  made: "good",
  held: "plain",
  missed: "bad",
  filled: "good",
  refused: "bad",
  dropped: "plain",
  PENDING: "plain",
  STARTED: "link",
  RETRY: "wait",
  SUCCESS: "good",
  FAILURE: "bad",
  REVOKED: "plain",
  fired: "good",
  late: "wait",
  coalesced: "plain",
};
const goingOn = new Set(["live", "open", "STARTED"]);

/** The state as a dot alone, named for screen readers. */
export function StateDot({ state }: { readonly state: string }) {
  return (
    <span className={`state-dot ${tones[state] ?? "plain"}${goingOn.has(state) ? " beats" : ""}`}>
      <span className="hidden-text">{state}: </span>
    </span>
  );
}

export function StateBadge({ state }: { readonly state: string }) {
  return (
    <Chip tone={tones[state] ?? "plain"} dot beats={goingOn.has(state)}>
      {state}
    </Chip>
  );
}
