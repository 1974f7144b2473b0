/** Sorts a table whose headers are not shown: on a phone, where each row is a card. */
import { ArrowDown, ArrowUp } from "lucide-react";
import { IconButton } from "../button.tsx";

interface Sort {
  readonly id: string;
  readonly desc: boolean;
}

interface SortProps {
  /** The table's columns. Those with neither `sortBy` nor `ordered` can't be sorted. */
  readonly columns: readonly {
    readonly id: string;
    readonly header: string;
    readonly end?: boolean;
    readonly sortBy?: unknown;
    readonly ordered?: true;
  }[];
  readonly sorting: Sort | undefined;
  /** Undefined for the order in which the list came. */
  readonly onSort: (sort: Sort | undefined) => void;
  /** The server sorts, so the list always has an order. */
  readonly byServer: boolean;
}

export function SortList({ columns, sorting, onSort, byServer }: SortProps) {
  const sortable = columns.filter(({ sortBy, ordered }) => sortBy !== undefined || ordered);
  if (sortable.length < 2) return null;
  const choose = (id: string) => {
    const column = sortable.find((each) => each.id === id);
    onSort(column && { id, desc: column.ordered ?? column.end ?? false });
  };
  return (
    <div className="table-sort">
      <label>
        <span className="soft small">Sort by</span>
        <select className="input" value={sorting?.id ?? ""} onChange={(event) => choose(event.target.value)}>
          {byServer ? null : <option value="">As listed</option>}
          {sortable.map(({ id, header }) => (
            <option key={id} value={id}>
              {header}
            </option>
          ))}
        </select>
      </label>
      {sorting ? (
        <IconButton
          label={sorting.desc ? "Highest first" : "Lowest first"}
          onClick={() => onSort({ ...sorting, desc: !sorting.desc })}
        >
          {sorting.desc ? <ArrowDown aria-hidden /> : <ArrowUp aria-hidden />}
        </IconButton>
      ) : null}
    </div>
  );
}
