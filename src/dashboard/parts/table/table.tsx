/**
 * A table of any length. TanStack Table sorts it, and TanStack Virtual renders only the rows in view. Arrow keys, Page Up and
 * Down, Home and End move between rows; Enter opens a row. On a phone each row is a card (table.css), and a list above the
 * cards sorts them.
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
import { useGlide } from "../glide.ts";
import { useNarrow } from "../use-wide.ts";
import { enterInView, rowKeys } from "./keys.ts";
import { SortList } from "./sort-list.tsx";

export interface Column<Row> {
  readonly id: string;
  readonly header: string;
  /** What the header's short word means. */
  readonly title?: string;
  readonly cell: (row: Row) => ReactNode;
  /** Numbers: at the right, so that they align. */
  readonly end?: boolean;
  /** The value that sorts the column in the browser; without it the column can't be sorted. Null sorts last. */
  readonly sortBy?: (row: Row) => number | string | null;
  /** The server sorts by it: see TableProps.order. */
  readonly ordered?: true;
  /**
   * The cell's place on a phone's card. By default the first column is the title, and every other one is a line "header: value"
   * of half the card's width, or of a whole one where it needs more. "lead" stands before the title, "wide" takes the whole
   * width, "hidden" is left out until the rows are sorted by it.
   */
  readonly card?: "lead" | "title" | "wide" | "hidden";
}

/** How the server has sorted the rows. */
export interface Order {
  /** A column that is `ordered`. */
  readonly id: string;
  readonly desc: boolean;
}

interface TableProps<Row> {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly rowKey: (row: Row) => string;
  /** Called on Enter or a click on a row, but not on a click on a link or button inside the row. */
  readonly onOpen?: (row: Row) => void;
  /** The height of the scrolling box. Without it the page scrolls, and every row is rendered. */
  readonly height?: string;
  readonly rowClass?: (row: Row) => string | undefined;
  /** Shown when there are no rows. */
  readonly empty?: ReactNode;
  /** The sorting at first. */
  readonly sort?: { readonly id: string; readonly desc: boolean };
  /** For lists by pages: the server sorts all rows, not only those that are loaded. */
  readonly order?: Order;
  readonly onOrder?: (order: Order) => void;
  /** At the end: a "More" button of a list by pages. */
  readonly foot?: ReactNode;
}

/** Guesses, of a row and of a phone's card. Each is measured when it is rendered: a row may have two lines. */
const ROW_PX = 36;
const CARD_PX = 120;
/** Shorter lists are rendered whole. */
const VIRTUAL_FROM = 80;
const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });

function compare(a: number | string | null, b: number | string | null): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), "en", { numeric: true });
}

export function Table<Row extends object>(props: TableProps<Row>) {
  const { label, rows, columns, rowKey, onOpen, height, rowClass, order, onOrder, empty, foot } = props;
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
  const narrow = useNarrow();
  const body = useGlide<HTMLTableSectionElement>();
  const virtual = height !== undefined && sorted.length >= VIRTUAL_FROM;
  const virtualizer = useVirtualizer({
    count: virtual ? sorted.length : 0,
    getScrollElement: () => box.current,
    estimateSize: () => (narrow ? CARD_PX : ROW_PX),
    overscan: 12,
  });
  const shown = virtual
    ? virtualizer.getVirtualItems().map(({ index }) => ({ index, row: sorted[index] }))
    : sorted.map((row, index) => ({ index, row }));
  const before = virtual ? (virtualizer.getVirtualItems()[0]?.start ?? 0) : 0;
  const after = virtual ? virtualizer.getTotalSize() - (virtualizer.getVirtualItems().at(-1)?.end ?? 0) : 0;
  // Tab reaches one row: the first in view.
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
      // A short list is not a box that scrolls inside a phone's page.
      style={height && (virtual || !narrow) ? { maxHeight: height, overflowY: "auto" } : undefined}
      role="group"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
    >
      <SortList
        columns={columns}
        sorting={order ?? sorting[0]}
        byServer={order !== undefined}
        onSort={(sort) => (order ? sort && onOrder?.(sort) : setSorting(sort ? [sort] : []))}
      />
      <table className="grid" aria-rowcount={virtual ? sorted.length + 1 : undefined}>
        <thead>
          <tr>
            {headers.map((header, i) => {
              const column = columns[i];
              if (!column) return null;
              const byServer = order?.id === column.id ? (order.desc ? "desc" : "asc") : false;
              const sortedBy = column.ordered ? byServer : header.column.getIsSorted();
              const sort = column.ordered
                ? () => onOrder?.({ id: column.id, desc: byServer !== "desc" })
                : header.column.getToggleSortingHandler();
              return (
                <th
                  key={column.id}
                  scope="col"
                  title={column.title}
                  className={`${column.end ? "end" : ""}${i === 0 ? " first" : ""}`}
                  aria-sort={sortedBy === "asc" ? "ascending" : sortedBy === "desc" ? "descending" : undefined}
                >
                  {column.sortBy || column.ordered ? (
                    <button type="button" onClick={sort}>
                      {column.header}
                      {sortedBy === "asc" ? <ArrowUp size={12} aria-hidden /> : null}
                      {sortedBy === "desc" ? <ArrowDown size={12} aria-hidden /> : null}
                    </button>
                  ) : (
                    column.header
                  )}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody ref={body} onKeyDown={keys} onFocus={(event) => enterInView(event, stop, end)}>
          {before > 0 ? <Gap height={before} columns={columns.length} /> : null}
          {shown.map(({ index, row }) =>
            row ? (
              <tr
                key={row.id}
                ref={virtual ? virtualizer.measureElement : undefined}
                data-index={index}
                data-row={index}
                data-glide={virtual ? undefined : row.id}
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
                  <td key={column.id} className={cellClass(column, i, sorting[0]?.id)} data-label={column.header}>
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

/** Below the header's own class are those of the phone's card. A column without a header holds actions. */
function cellClass<Row>({ id, end, card, header }: Column<Row>, i: number, sortedBy: string | undefined): string {
  const usual = i === 0 ? "title" : header === "" ? "wide" : "half";
  const place = card === "hidden" && id === sortedBy ? usual : (card ?? usual);
  return `${end ? "end " : ""}${i === 0 ? "first " : ""}card-${place}`;
}

function Gap({ height, columns }: { readonly height: number; readonly columns: number }) {
  return (
    <tr className="gap" style={{ height }}>
      <td colSpan={columns} />
    </tr>
  );
}
