/** Which key does what. Pure but for the element that has the focus. */
export type Action = "next" | "before" | "search" | "keys";

const actions: Readonly<Record<string, Action>> = { j: "next", k: "before", "/": "search", "?": "keys" };

interface Pressed {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly target: unknown;
}

/** Null for a key that belongs to a field, to the browser, or to nobody. */
export function actionOf({ key, ctrlKey, metaKey, altKey, target }: Pressed): Action | null {
  if (ctrlKey || metaKey || altKey || takesText(target)) return null;
  return actions[key.toLowerCase()] ?? null;
}

function takesText(target: unknown): boolean {
  if (typeof target !== "object" || target === null || !("tagName" in target)) return false;
  if ("isContentEditable" in target && target.isContentEditable === true) return true;
  if (target.tagName === "INPUT" && "type" in target)
    return !["range", "checkbox", "radio", "button"].includes(`${target.type}`);
  return target.tagName === "TEXTAREA" || target.tagName === "SELECT";
}
