/** The tournaments that a viewer may want to switch to: those under way first, then those to come, then the last that ended. */
import { Link } from "wouter";
import type { Tournament } from "../../api/answers.ts";
import { StateDot } from "../../parts/chip.tsx";

const SHOWN = 6;
/** On a phone (home.css). The last link leads to all of them. */
const SHOWN_NARROW = 3;
const ORDER = ["live", "paused", "upcoming", "completed"];

interface SwitcherProps {
  readonly tournaments: readonly Tournament[];
  /** The one that the page shows. */
  readonly here: string;
}

export function Switcher({ tournaments, here }: SwitcherProps) {
  const shown = tournaments
    .filter(({ status }) => ORDER.includes(status))
    .toSorted((a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status))
    .toSorted((a, b) => Number(b.id === here) - Number(a.id === here))
    .slice(0, SHOWN);
  if (shown.length < 2) return null;
  return (
    <nav className="switcher" aria-label="Tournaments">
      {shown.map(({ id, name, status }) => (
        <Link
          key={id}
          href={id === here ? "/" : `/t/${id}`}
          className="plain"
          title={`${name}: ${status}`}
          aria-current={id === here ? "true" : undefined}
        >
          <StateDot state={status} />
          <span className="cut">{name}</span>
        </Link>
      ))}
      {tournaments.length > SHOWN_NARROW ? <a href="#all-tournaments">All {tournaments.length}</a> : null}
    </nav>
  );
}
