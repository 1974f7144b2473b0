/** Short news at the corner: `say("Paused.")`, `sayError("Not paused.", error)`. Polite to screen readers; errors stay. */
import { X } from "lucide-react";
import { useSyncExternalStore } from "react";
import { sentenceOf } from "../api/problem.ts";
import { IconButton } from "./button.tsx";

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly bad: boolean;
}

const STAYS_MS = 5000;
let toasts: readonly Toast[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

function set(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

function drop(id: number): void {
  set(toasts.filter((toast) => toast.id !== id));
}

function add(text: string, bad: boolean): void {
  const id = ++lastId;
  set([...toasts.slice(-3), { id, text, bad }]);
  if (!bad) setTimeout(() => drop(id), STAYS_MS);
}

export function say(text: string): void {
  add(text, false);
}

export function sayError(what: string, error: unknown): void {
  add(`${what} ${sentenceOf(error)}`, true);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map((toast) => (
        <div key={toast.id} className={toast.bad ? "toast bad" : "toast"}>
          <span className="said">{toast.text}</span>
          <IconButton tiny label="Dismiss" onClick={() => drop(toast.id)}>
            <X aria-hidden />
          </IconButton>
        </div>
      ))}
    </div>
  );
}
