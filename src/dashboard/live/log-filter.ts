/** Which decisions a log shows, and as a text, for the keys of queries. Pure. */

export interface LogFilter {
  /** Decisions with orders, with a refused order, or what was missed. */
  readonly only: "all" | "orders" | "refused" | "missed";
  readonly baselines: boolean;
  /** A part of the reasoning. Without it any. */
  readonly said?: string;
}
export const wholeLog: LogFilter = { only: "all", baselines: true };

export function filterText({ only, baselines, said = "" }: LogFilter): string {
  return `${only} ${baselines} ${said}`;
}

const outcomes: readonly LogFilter["only"][] = ["all", "orders", "refused", "missed"];
/** The filter of a text. Anything else is the whole log. */
export function filterOf(value: unknown): LogFilter {
  const [only, baselines, ...said] = String(value).split(" ");
  return {
    only: outcomes.find((each) => each === only) ?? "all",
    baselines: baselines !== "false",
    said: said.join(" "),
  };
}
