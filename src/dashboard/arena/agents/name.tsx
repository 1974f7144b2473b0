import { Link } from "wouter";
import { Chip } from "../../parts/chip.tsx";
import { cssColorOf, type Look } from "./look.ts";

interface MarkProps {
  readonly look: Look;
  /** Shows an outline alone, for an agent that has not decided. */
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

const KINDS: Readonly<Record<NonNullable<Look["kind"]>, string>> = {
  outside: "It calls Agonus, by REST or MCP",
  webhook: "Agonus calls it, by a webhook",
  llm: "Agonus runs its model",
};

/** Shows how an agent that is not of the house takes part. */
export function KindChip({ kind }: { readonly kind: NonNullable<Look["kind"]> }) {
  return (
    <Chip tone="link" title={KINDS[kind]}>
      {kind}
    </Chip>
  );
}

interface NameProps {
  readonly look: Look;
  readonly name: string;
  /** The path of the entry's page. */
  readonly to?: string;
}

/** Names come from outside. They are shown as text, and cut where there is no room. */
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
      {look.kind ? <KindChip kind={look.kind} /> : null}
    </span>
  );
}
