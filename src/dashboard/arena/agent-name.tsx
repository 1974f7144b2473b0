import { Link } from "wouter";
import { cssColorOf, type Look } from "./agent-look.ts";

interface MarkProps {
  readonly look: Look;
  /** An outline alone: not yet, or not at all. */
  readonly hollow?: boolean;
}

export function Mark({ look, hollow }: MarkProps) {
  return (
    <span
      className={`mark${look.baseline ? " base" : ""}${hollow ? " hollow" : ""}`}
      style={{ color: cssColorOf(look) }}
      aria-hidden="true"
    >
      <span>{look.mark}</span>
    </span>
  );
}

interface NameProps {
  readonly look: Look;
  readonly name: string;
  /** To the entry's page. */
  readonly to?: string;
}

/** Names come from outside: shown as text, cut where there is no room. */
export function AgentName({ look, name, to }: NameProps) {
  return (
    <span className="agent-name">
      <Mark look={look} />
      {to ? (
        <Link className="plain cut" href={to} title={name}>
          {name}
        </Link>
      ) : (
        <span className="cut" title={name}>
          {name}
        </span>
      )}
    </span>
  );
}
