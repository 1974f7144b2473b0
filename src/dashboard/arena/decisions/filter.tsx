/** Which decisions a log shows. The server filters, so that older ones are found too. */
import { limits } from "../../../core/limits.ts";
import { TextInput } from "../../parts/field.tsx";
import { Segmented } from "../../parts/segmented.tsx";
import type { Chosen } from "../chosen.ts";

const options = [
  { value: "all", label: "All" },
  { value: "orders", label: "Orders", title: "Decisions with orders" },
  { value: "refused", label: "Refused", title: "Decisions with a refused order" },
  { value: "missed", label: "Missed", title: "Decisions that were owed and did not come in time" },
] as const;

interface FilterProps {
  readonly chosen: Pick<Chosen, "only" | "log" | "said">;
  readonly onChosen: (change: Partial<Chosen>) => void;
  /** False where one agent is shown. */
  readonly baselines: boolean;
}

export function LogFilter({ chosen, onChosen, baselines }: FilterProps) {
  return (
    <div className="list-tools">
      <Segmented label="Decisions" value={chosen.only} options={options} onValue={(only) => onChosen({ only })} />
      {baselines ? (
        <button
          type="button"
          className="btn quiet tiny"
          aria-pressed={chosen.log === "everyone"}
          onClick={() => onChosen({ log: chosen.log === "everyone" ? "agents" : "everyone" })}
        >
          <span className={chosen.log === "everyone" ? "dash-sign" : "dash-sign off"} />
          Baselines
        </button>
      ) : null}
      <TextInput
        type="search"
        aria-label="Search in the reasoning"
        placeholder="Search in the reasoning"
        maxLength={limits.nameCharsMax}
        value={chosen.said}
        onValue={(said) => onChosen({ said })}
      />
    </div>
  );
}

export const nothingSaid = ["Nobody said that", "Reasoning is searched as it was written, whatever its case."] as const;

export const nothingFound: Readonly<Record<Chosen["only"], readonly [string, string]>> = {
  all: [
    "No decisions yet",
    "They show when the first round has closed. While a round is open, nobody sees what others decide.",
  ],
  orders: ["No orders yet", "All have held so far."],
  refused: ["No order was refused", "Orders are checked against cash, holdings and limits before they fill."],
  missed: ["Nothing was missed", "Every decision that was owed came in time."],
};
