/**
 * The keys that work on every page: / searches, J and K go to the next and the one before, ? lists the keys, Escape closes.
 * They do nothing while a field has the focus, and nothing together with Ctrl, Alt or Meta.
 */
import { useEffect, useSyncExternalStore } from "react";
import { useLocation } from "wouter";
import { Dialog } from "../dialog.tsx";
import { actionOf } from "./shortcut-keys.ts";

const KEYS = [
  ["/", "Search: in the page's list, or among all agents"],
  ["J", "The next row; in a replay or a round, the next round"],
  ["K", "The row before; in a replay or a round, the round before"],
  ["Enter", "Open the row"],
  ["Esc", "Close, or show all lines again"],
  ["?", "This list"],
] as const;

let shown = false;
const listeners = new Set<() => void>();
function show(next: boolean): void {
  shown = next;
  for (const listener of listeners) listener();
}
function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
export const showKeys = () => show(true);

export function Shortcuts() {
  const open = useSyncExternalStore(subscribe, () => shown);
  const [, navigate] = useLocation();
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const action = actionOf(event);
      if (action === null) return;
      const done =
        action === "keys" ? toggleKeys() : action === "search" ? search(navigate) : step(action === "next" ? 1 : -1);
      if (done) event.preventDefault();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [navigate]);
  return (
    <Dialog open={open} onClose={() => show(false)} title="Keys">
      <dl className="keys">
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}

function toggleKeys(): boolean {
  if (!shown && document.querySelector("dialog[open]")) return false;
  show(!shown);
  return true;
}

function search(navigate: (to: string) => void): boolean {
  if (document.querySelector("dialog[open]")) return false;
  const focus = () => {
    const box = document.querySelector<HTMLInputElement>('main input[type="search"]');
    box?.focus();
    box?.select();
    return box !== null;
  };
  if (focus()) return true;
  navigate("/a");
  const seen = new MutationObserver(() => focus() && seen.disconnect());
  seen.observe(document.body, { subtree: true, childList: true });
  setTimeout(() => seen.disconnect(), 5_000);
  return true;
}

/** Rows that open, or where there are none, rows with controls: the first of these is reached. */
const ROWS = ["[data-open], .tournament-row", "tr[data-row]"];
const CONTROLS = "a[href], button, input";

/** Presses the page's own button for it, or moves the focus by a row. */
function step(by: 1 | -1): boolean {
  const place: ParentNode = document.querySelector("dialog[open]") ?? document;
  const button = place.querySelector<HTMLButtonElement>(`[data-key="${by > 0 ? "next" : "before"}"]`);
  if (button) {
    button.click();
    return true;
  }
  for (const kind of ROWS) {
    const rows = [...place.querySelectorAll<HTMLElement>(`main :is(${kind})`)];
    const at = rows.indexOf(document.activeElement?.closest<HTMLElement>(kind) ?? document.body);
    const row = rows[at < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, at + by))];
    if (!row) continue;
    const stop = row.matches("[tabindex], a") ? row : row.querySelector<HTMLElement>(CONTROLS);
    stop?.focus();
    return stop !== null;
  }
  return false;
}
