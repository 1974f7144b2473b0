/** Short messages in the corner: `showToast("Paused.")`, `showError("Not paused.", error)`. Errors stay until dismissed. */
import { X } from "lucide-react";
import { useSyncExternalStore } from "react";
import { Link } from "wouter";
import { sentenceOf } from "../api/problem.ts";
import { IconButton } from "./button.tsx";

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly bad: boolean;
  readonly more: ToastLink | null;
}

/** Where the reader may go on. */
interface ToastLink {
  readonly href: string;
  readonly link: string;
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

function add(text: string, bad: boolean, more: ToastLink | null): void {
  const id = ++lastId;
  set([...toasts.slice(-3), { id, text, bad, more }]);
  if (!bad) setTimeout(() => drop(id), STAYS_MS);
}

export function showToast(text: string, more: ToastLink | null = null): void {
  add(text, false, more);
}

export function showError(what: string, error: unknown): void {
  add(`${what} ${sentenceOf(error)}`, true, null);
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
          <span className="said">
            {toast.text}{" "}
            {toast.more ? (
              <Link href={toast.more.href} onClick={() => drop(toast.id)}>
                {toast.more.link}
              </Link>
            ) : null}
          </span>
          <IconButton tiny label="Dismiss" onClick={() => drop(toast.id)}>
            <X aria-hidden />
          </IconButton>
        </div>
      ))}
    </div>
  );
}
