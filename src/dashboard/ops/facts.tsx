import type { ReactNode } from "react";

interface Fact {
  readonly name: string;
  readonly value: ReactNode;
  readonly title?: string;
  /** Words rather than a figure. */
  readonly small?: boolean;
}

/** Figures with their names, aligned. */
export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <dl className="facts">
      {facts.map(({ name, value, title, small }) => (
        <div key={name} title={title}>
          <dt>{name}</dt>
          <dd className={small ? "small" : undefined}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
