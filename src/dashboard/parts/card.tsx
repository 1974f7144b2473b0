import { type ReactNode, useId } from "react";

interface CardProps {
  readonly title?: ReactNode;
  readonly actions?: ReactNode;
  /** No padding: for tables, charts, lists. */
  readonly flush?: boolean;
  readonly className?: string;
  readonly children: ReactNode;
}

/** A region of a page with its heading. */
export function Card({ title, actions, flush, className, children }: CardProps) {
  const id = useId();
  return (
    <section className={`card${className ? ` ${className}` : ""}`} aria-labelledby={title ? id : undefined}>
      {title || actions ? (
        <header>
          <h2 id={id}>{title}</h2>
          {actions ? <div className="row wrap">{actions}</div> : null}
        </header>
      ) : null}
      <div className={flush ? "body flush" : "body"}>{children}</div>
    </section>
  );
}
