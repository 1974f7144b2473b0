import { Pause, Play, SkipBack, SkipForward } from "lucide-react";
import type { RoundDetail } from "../../api/answers.ts";
import { Button, IconButton } from "../../parts/button.tsx";
import { Segmented } from "../../parts/segmented.tsx";
import { DateTime } from "../../parts/text/time.tsx";
import { useRoundTimes } from "../round-times.ts";
import { TradeTicks } from "./trade-ticks.tsx";
import { type Replay, SPEEDS } from "./use-replay.ts";

const speeds = SPEEDS.map((speed) => ({
  value: String(speed),
  label: String(speed),
  title: `${speed} ${speed === 1 ? "round" : "rounds"} a second`,
}));

interface BarProps {
  readonly tournamentId: string;
  readonly replay: Replay;
  readonly detail: RoundDetail | undefined;
  /** How many trades the whole replay has. */
  readonly trades: number;
}

/** The controls of a replay's player: play, pause, speed, and the choice of a round. Every frame shows stored data. */
export function ReplayBar({ tournamentId, replay, detail, trades }: BarProps) {
  const { round, last, playing, speed, setSpeed, toggle, show } = replay;
  const { everySeconds } = useRoundTimes();
  const at = round ?? last;
  return (
    <section className="replay-bar" aria-label="Replay">
      <div className="row play">
        <Button kind="solid" onClick={toggle}>
          {playing ? <Pause aria-hidden /> : <Play aria-hidden />}
          {playing ? "Pause" : "Play"}
        </Button>
        <IconButton label="The round before" data-key="before" disabled={at === 0} onClick={() => show(at - 1)}>
          <SkipBack aria-hidden />
        </IconButton>
        <IconButton label="The next round" data-key="next" disabled={at >= last} onClick={() => show(at + 1)}>
          <SkipForward aria-hidden />
        </IconButton>
      </div>
      <div className="replay-track">
        <input
          type="range"
          min={0}
          max={last}
          value={at}
          aria-label="Round"
          aria-valuetext={`Round ${at} of ${last}`}
          onChange={(event) => show(event.target.valueAsNumber)}
        />
        <TradeTicks tournamentId={tournamentId} last={last} trades={trades} />
      </div>
      <span className="replay-at">
        <span className="num">
          Round {at} of {last}
        </span>
        <span className="soft small">
          {round === null ? (
            "The end"
          ) : detail?.number === round ? (
            <DateTime at={detail.due_at} everySeconds={everySeconds} />
          ) : (
            "\u00a0"
          )}
        </span>
      </span>
      <div className="row">
        <Segmented
          label="Speed, in rounds a second"
          value={String(speed)}
          options={speeds}
          onValue={(text) => setSpeed(SPEEDS.find((each) => String(each) === text) ?? 1)}
        />
        <span className="soft small">rounds/s</span>
      </div>
    </section>
  );
}
