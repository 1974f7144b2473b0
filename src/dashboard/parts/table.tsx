/**
 * A table of any length: sorted by TanStack Table, of which only the rows in view are made (TanStack Virtual). Arrow keys, Page
 * Up and Down, Home and End move between rows, Enter opens one.
 */
import {
  createColumnHelper,
  createSortedRowModel,
  rowSortingFeature,
  type SortingState,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, ArrowUp } from "lucide-react";
import { type ReactNode, useMemo, useRef, useState } from "react";
import { enterInView, rowKeys } from "./table-keys.ts";

export interface Column<Row> {
  readonly id: string;
  readonly header: string;
  /** What the header's short word means. */
  readonly title?: string;
  readonly cell: (row: Row) => ReactNode;
  /** Numbers: at the right, so that they align. */
  readonly end?: boolean;
  /** What it is sorted by in the browser; without it the column is not sortable. Null sorts last. */
  readonly sortBy?: (row: Row) => number | string | null;
}

interface TableProps<Row> {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly rowKey: (row: Row) => string;
  /** Enter or a click on a row. Links inside it go their own way. */
  readonly onOpen?: (row: Row) => void;
  /** Of the scrolling box; without it the page scrolls and every row is made. */
  readonly height?: string;
  readonly rowClass?: (row: Row) => string | undefined;
  /** Shown when there are no rows. */
  readonly empty?: ReactNode;
  /** Sorted so at first. */
  readonly sort?: { readonly id: string; readonly desc: boolean };
  /** At the end: a "More" button of a list by pages. */
  readonly foot?: ReactNode;
}

const ROW_PX = 36;
/** Shorter lists are made whole. */
const VIRTUAL_FROM = 80;
const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });

function compare(a: number | string | null, b: number | string | null): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), "en", { numeric: true });
}

export function Table<Row extends object>(props: TableProps<Row>) {
  const { label, rows, columns, rowKey, onOpen, height, rowClass, empty, foot } = props;
  const [sorting, setSorting] = useState<SortingState>(props.sort ? [props.sort] : []);
  const box = useRef<HTMLDivElement>(null);
  const definitions = useMemo(() => {
    const helper = createColumnHelper<typeof features, Row>();
    return helper.columns(
      columns.map((column) =>
        helper.accessor((row) => column.sortBy?.(row) ?? null, {
          id: column.id,
          enableSorting: column.sortBy !== undefined,
          sortFn: (a, b, id) => compare(a.getValue(id), b.getValue(id)),
          sortDescFirst: column.end ?? false,
        }),
      ),
    );
  }, [columns]);
  const data = useMemo(() => [...rows], [rows]);
  const table = useTable({
    features,
    columns: definitions,
    data,
    state: { sorting },
    onSortingChange: setSorting,
    getRowId: rowKey,
  });
  const sorted = table.getRowModel().rows;
  const virtual = height !== undefined && sorted.length >= VIRTUAL_FROM;
  const virtualizer = useVirtualizer({
    count: virtual ? sorted.length : 0,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
  });
  const shown = virtual
    ? virtualizer.getVirtualItems().map(({ index }) => ({ index, row: sorted[index] }))
    : sorted.map((row, index) => ({ index, row }));
  const before = virtual ? (virtualizer.getVirtualItems()[0]?.start ?? 0) : 0;
  const after = virtual ? virtualizer.getTotalSize() - (virtualizer.getVirtualItems().at(-1)?.end ?? 0) : 0;
  // One row can be reached by Tab: the first in view.
  const stop = virtual ? (virtualizer.range?.startIndex ?? 0) : 0;
  const end = virtual ? (virtualizer.range?.endIndex ?? 0) : sorted.length - 1;
  const keys = rowKeys(box, sorted.length, (index) => virtual && virtualizer.scrollToIndex(index));
  const headers = table.getHeaderGroups()[0]?.headers ?? [];

  if (rows.length === 0 && empty) return <>{empty}</>;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for form controls
    <div
      className="table-box"
      ref={box}
      style={height ? { maxHeight: height } : undefined}
      role="group"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
    >
      <table className="grid" aria-rowcount={virtual ? sorted.length + 1 : undefined}>
        <thead>
          <tr>
            {headers.map((header, i) => {
              const column = columns[i];
              if (!column) return null;
              const order = header.column.getIsSorted();
              return (
                <th
                  key={column.id}
                  scope="col"
                  title={column.title}
                  className={`${column.end ? "end" : ""}${i === 0 ? " first" : ""}`}
                  aria-sort={order === "asc" ? "ascending" : order === "desc" ? "descending" : undefined}
                >
                  {column.sortBy ? (
                    <button type="button" onClick={header.column.getToggleSortingHandler()}>
                      {column.header}
                      {order === "asc" ? <ArrowUp size={12} aria-hidden /> : null}
                      {order === "desc" ? <ArrowDown size={12} aria-hidden /> : null}
                    </button>
                  ) : (
                    column.header
                  )}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody onKeyDown={keys} onFocus={(event) => enterInView(event, stop, end)}>
          {before > 0 ? <Gap height={before} columns={columns.length} /> : null}
          {shown.map(({ index, row }) =>
            row ? (
              <tr
                key={row.id}
                data-row={index}
                data-open={onOpen ? "" : undefined}
                aria-rowindex={virtual ? index + 2 : undefined}
                className={rowClass?.(row.original)}
                tabIndex={onOpen ? (index === stop ? 0 : -1) : undefined}
                onClick={(event) => {
                  if (!(event.target instanceof Element && event.target.closest("a, button, input, label"))) {
                    onOpen?.(row.original);
                  }
                }}
                onKeyDown={(event) => {
                  if (event.key === "Enter" && event.target === event.currentTarget) onOpen?.(row.original);
                }}
              >
                {columns.map((column, i) => (
                  <td key={column.id} className={`${column.end ? "end" : ""}${i === 0 ? " first" : ""}`}>
                    {column.cell(row.original)}
                  </td>
                ))}
              </tr>
            ) : null,
          )}
          {after > 0 ? <Gap height={after} columns={columns.length} /> : null}
        </tbody>
      </table>
      {foot}
    </div>
  );
}

function Gap({ height, columns }: { readonly height: number; readonly columns: number }) {
  return (
    <tr className="gap" style={{ height }}>
      <td colSpan={columns} />
    </tr>
  );
}
