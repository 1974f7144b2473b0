import { useSyncExternalStore } from "react";

function mediaHook(rule: string): () => boolean {
  const media = matchMedia(rule);
  const subscribe = (listener: () => void) => {
    media.addEventListener("change", listener);
    return () => media.removeEventListener("change", listener);
  };
  return () => useSyncExternalStore(subscribe, () => media.matches);
}

/** Whether there is room for two columns. */
export const useWide = mediaHook("(min-width: 60rem)");

/** A phone: the rows of tables are cards. The same width stands in styles/table.css. */
export const useNarrow = mediaHook("(max-width: 40rem)");
