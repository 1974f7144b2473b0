/** How a live entry is: one word, and what it stands on. */
import { Link } from "wouter";
import type { LiveEntry } from "../../api/answers.ts";
import { Chip, type Tone } from "../../parts/chip.tsx";
import { spanText } from "../../parts/text/time-text.ts";

const verdicts: Readonly<Record<LiveEntry["verdict"], { readonly tone: Tone; readonly label: string }>> = {
  well: { tone: "good", label: "well" },
  new: { tone: "plain", label: "not asked yet" },
  owes: { tone: "wait", label: "owes" },
  thinks: { tone: "link", label: "thinks" },
  retries: { tone: "wait", label: "tries again" },
  lost: { tone: "bad", label: "no sign of life" },
  silent: { tone: "bad", label: "silent" },
  halted: { tone: "bad", label: "halted" },
};

const ago = (seconds: number | null): string => (seconds === null ? "" : spanText(Math.round(Math.max(0, seconds))));

/** The signs of life that the verdict stands on, in words. Pure. */
function signsOf(entry: LiveEntry): string {
  switch (entry.verdict) {
    case "well":
    case "new":
      return "";
    case "owes":
      return `for ${ago(entry.owed_seconds)}${entry.queue_paused ? ": the queue agents is paused, so it is not asked" : ""}`;
    case "thinks":
      return `heartbeat ${ago(entry.heartbeat_age_seconds)} ago, lease ends in ${ago(entry.lease_seconds)}`;
    case "retries":
      return `${entry.attempt === null ? "" : `attempt ${entry.attempt} failed, `}owes for ${ago(entry.owed_seconds)}`;
    case "lost":
      return `its lease ran out ${ago(-(entry.lease_seconds ?? 0))} ago: the sweep takes it back`;
    case "silent":
      return `owes for ${ago(entry.owed_seconds)}`;
    case "halted":
      return "five rounds passed without a valid answer: a recovery does not help";
  }
}

export function Verdict({ entry }: { readonly entry: LiveEntry }) {
  const { tone, label } = verdicts[entry.verdict];
  return (
    <span className="row verdict">
      <Chip tone={tone} dot beats={entry.verdict === "thinks"}>
        {label}
      </Chip>
      {entry.owed_round === null ? null : entry.task_id ? (
        <Link className="nowrap" href={`/ops/tasks/${entry.task_id}`}>
          round {entry.owed_round.toLocaleString("en")}
        </Link>
      ) : (
        <span className="nowrap">round {entry.owed_round.toLocaleString("en")}</span>
      )}
      <span className="small soft">{signsOf(entry)}</span>
    </span>
  );
}
