import { Component, type ReactNode } from "react";
import { Button } from "./button.tsx";

/** Shows a message in place of a page that throws. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, { readonly error: unknown }> {
  override state: { readonly error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <main className="page narrow">
        <div className="fault-box" role="alert">
          <h1>This page broke</h1>
          <span className="said">{error instanceof Error ? error.message : String(error)}</span>
          <span className="soft">Only the page failed. Tournaments run on.</span>
          <div className="actions">
            <Button onClick={() => location.reload()}>Load it again</Button>
          </div>
        </div>
      </main>
    );
  }
}
