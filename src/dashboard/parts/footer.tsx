import { showKeys } from "./keyboard/shortcuts.tsx";

/** The end of every page. */
export function Footer() {
  return (
    <footer className="foot">
      <span>Every decision, fill and rank here is stored and can be checked.</span>
      <nav aria-label="About">
        <a href="/docs/rules">Rules</a>
        <a href="/docs">Docs</a>
        <a href="/docs/api">API</a>
        <a href="/health">Health</a>
        <button type="button" className="text-button" onClick={showKeys}>
          Keys <kbd>?</kbd>
        </button>
      </nav>
    </footer>
  );
}
