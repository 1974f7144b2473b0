/** How a view is sent to an entry's object: the part that all entries of a batch share goes as one text of JSON. */
import { SharedText } from "../core/text/shared-text.ts";
import type { View } from "./strategy.ts";

/** What is the same for every entry of a round. Every figure is finite, so JSON keeps it to the last bit. */
export type SharedView = Pick<View, "symbols" | "prices" | "indicators" | "min_order">;

export const sharedViews = new SharedText<SharedView>(8);

/** A view as a message or a stored job carries it. */
export type CarriedView = Omit<View, keyof SharedView> & {
  /** Written by `sharedViews`. */
  readonly market: string;
};

/** Code of an older version may have stored a job that carries its view whole, and without the newer fields. */
type OlderView = Omit<View, "fills" | "min_order"> & Partial<Pick<View, "fills" | "min_order">>;

export function wholeView(carried: CarriedView | OlderView): View {
  if (!("market" in carried)) return { ...carried, fills: carried.fills ?? [], min_order: carried.min_order ?? "1" };
  const { market, ...own } = carried;
  return { ...own, ...sharedViews.read(market) };
}
