/** A failed task's error, and the error of each attempt. A click unfolds a stack. */
import { Card } from "../../parts/card.tsx";

interface Fault {
  readonly code: string;
  readonly message: string;
  readonly kind: string;
  readonly stack: string;
  readonly attempt: string;
  readonly at: string;
}

/** Classes of errors that say no more than the code. */
const PLAIN = new Set(["Outcome", "Error", "CodedError", "LostLease"]);

function text(value: unknown): string {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}

function faultOf(value: unknown): Fault {
  const read: Record<string, unknown> = typeof value === "object" && value !== null ? { ...value } : { message: value };
  return {
    code: text(read.code),
    message: text(read.message),
    kind: text(read.class),
    stack: text(read.stack),
    attempt: text(read.attempt),
    at: text(read.at),
  };
}

export function TaskAttempts({ error }: { readonly error: unknown }) {
  const whole = faultOf(error);
  const listed = typeof error === "object" && error !== null && "attempts" in error ? error.attempts : [];
  const attempts = Array.isArray(listed) ? listed.map(faultOf) : [];
  return (
    <Card title="What went wrong">
      <div className="stack">
        <FaultView fault={whole} />
        {attempts.length > 1 || attempts.some(({ message }) => message !== whole.message) ? (
          <ol className="attempts">
            {attempts.map((fault) => (
              <li key={`${fault.attempt} ${fault.at} ${fault.code}`}>
                <h3>Attempt {fault.attempt}</h3>
                <FaultView fault={fault} />
              </li>
            ))}
          </ol>
        ) : null}
      </div>
    </Card>
  );
}

function FaultView({ fault }: { readonly fault: Fault }) {
  return (
    <div className="stack tight">
      <p>
        <span className="mono bad">{fault.code || fault.kind || "error"}</span>{" "}
        {fault.kind && fault.code && !PLAIN.has(fault.kind) ? <span className="soft mono">{fault.kind}</span> : null}
      </p>
      <p className="said">{fault.message}</p>
      {fault.stack ? (
        <details>
          <summary>Stack</summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
          <section className="json" aria-label="Stack" tabIndex={0}>
            <pre>{fault.stack}</pre>
          </section>
        </details>
      ) : null}
    </div>
  );
}
