/** The table that a run ends with. */
import Table from "cli-table3";
import type { Figure } from "./figure.ts";

export function tableOf(figures: readonly Figure[]): string {
  const table = new Table({
    head: ["Figure", "Ours", "min – max", "Peer", "min – max", "Unit", "Ratio", "Bar", "Met"],
    colAligns: ["left", "right", "right", "right", "right", "left", "right", "left", "left"],
    style: { head: [], border: [] },
  });
  const notes: string[] = [];
  for (const figure of figures) {
    for (const part of figure.parts ?? [figure]) {
      table.push(rowOf(part));
      const beside = [part.against === undefined ? [] : [`against ${part.against}`], part.note ?? []].flat();
      if (beside.length > 0) notes.push(`${part.name}: ${beside.join("; ")}`);
    }
  }
  return [table.toString(), ...notes].join("\n");
}

function rowOf(figure: Figure): string[] {
  const { name, ours, peer, unit, ratio, bar, ok, runs } = figure;
  const peers = runs.flatMap((run) => (run.peer === null ? [] : [run.peer]));
  return [
    name,
    number(ours),
    span(runs.map((run) => run.ours)),
    peer === null ? "–" : number(peer),
    span(peers),
    unit,
    ratio === null ? "–" : ratio.toFixed(2),
    bar,
    ok === null ? "–" : ok ? "yes" : "NO",
  ];
}

const span = (values: readonly number[]) =>
  values.length === 0 ? "–" : `${number(Math.min(...values))} – ${number(Math.max(...values))}`;
const number = (value: number) => value.toLocaleString("en-US", { maximumSignificantDigits: 4 });
