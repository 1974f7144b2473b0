import { Pause, Play, SkipBack, SkipForward } from "lucide-react";
import type { RoundDetail } from "../api/answers.ts";
import { Button, IconButton } from "../parts/button.tsx";
import { Segmented } from "../parts/segmented.tsx";
import { DateTime } from "../parts/time.tsx";
import { type Replay, SPEEDS } from "./use-replay.ts";

const speeds = SPEEDS.map((speed) => ({
  value: String(speed),
  label: `${speed}×`,
  title: `${speed} ${speed === 1 ? "round" : "rounds"} a second`,
}));

/** Play, pause, speed, and any round: every frame is what was stored for it. */
export function ReplayBar({ replay, detail }: { readonly replay: Replay; readonly detail: RoundDetail | undefined }) {
  const { round, last, playing, speed, setSpeed, toggle, show } = replay;
  const at = round ?? last;
  return (
    <section className="replay-bar" aria-label="Replay">
      <div className="row">
        <Button kind="solid" onClick={toggle}>
          {playing ? <Pause aria-hidden /> : <Play aria-hidden />}
          {playing ? "Pause" : "Play"}
        </Button>
        <IconButton label="The round before" disabled={at === 0} onClick={() => show(at - 1)}>
          <SkipBack aria-hidden />
        </IconButton>
        <IconButton label="The next round" disabled={at >= last} onClick={() => show(at + 1)}>
          <SkipForward aria-hidden />
        </IconButton>
      </div>
      <input
        type="range"
        min={0}
        max={last}
        value={at}
        aria-label="Round"
        aria-valuetext={`Round ${at} of ${last}`}
        onChange={(event) => show(event.target.valueAsNumber)}
      />
      <span className="replay-at">
        <span className="num">
          Round {at} of {last}
        </span>
        <span className="soft small">
          {round === null ? "The end" : detail?.number === round ? <DateTime at={detail.due_at} /> : " "}
        </span>
      </span>
      <Segmented
        label="Speed"
        value={String(speed)}
        options={speeds}
        onValue={(text) => setSpeed(SPEEDS.find((each) => String(each) === text) ?? 1)}
      />
    </section>
  );
}
