// What a table shows of a list: its columns, what it may be narrowed by, and how its rows leave the browser.
import type { Choice } from "./ask";

export interface Column<R> {
  key: string;
  name: string;
  /** What stands in the cell, on paper and in an exported file. */
  text: (row: R) => string;
  /** What the column is sorted by; the text where this is left out. */
  by?: (row: R) => number | string | null | undefined;
  /** Where a click leads. */
  to?: (row: R) => string | undefined;
  /** Shown as a badge of this tone. */
  badge?: (row: R) => "good" | "warn" | "bad" | "" | undefined;
  /** A figure: aligned right. */
  num?: boolean;
  /** A long text: takes the room that is left. */
  wide?: boolean;
  /** Not shown until somebody chooses it. */
  hidden?: boolean;
}

export interface Filter {
  name: string;
  label: string;
  type: "text" | "select" | "month" | "date" | "org" | "check" | "number";
  options?: Choice[];
  /** What stands there when nothing is chosen; a select without it always has a choice. */
  none?: string;
  /** What holds as long as the address says nothing. */
  value?: string;
}

/** What a list is asked for: the page, and the filters as texts. */
export interface Wanted {
  page: number;
  size: number;
  /** Where the next piece of a feed begins. */
  before?: string;
  filter: Record<string, any>;
}

/** A page of a list. Without a total it is a feed, and next says where its next piece begins. */
export interface Listed<R> {
  items: R[];
  total?: number;
  next?: string;
}

/** Rows that are sorted, printed or exported at once. */
export const most = 20000;

/** All rows of a list, by pages of a thousand; undefined where there are more than limit. */
export async function all<R>(load: (wanted: Wanted) => Promise<Listed<R>>, filter: Wanted["filter"], limit = most): Promise<R[] | undefined> {
  const rows: R[] = [];
  let before = "";
  for (let page = 1; ; page++) {
    const answer = await load({ page, size: 1000, before, filter });
    rows.push(...answer.items);
    if ((answer.total ?? rows.length) > limit) return undefined;
    before = answer.next ?? "";
    const more = answer.total === undefined ? before !== "" : rows.length < answer.total;
    if (!more || answer.items.length === 0) return rows;
  }
}

/** Rows in the order of a column; what has no value comes last. */
export function sorted<R>(rows: R[], column: Column<R>, down: boolean): R[] {
  const of = (row: R) => (column.by ? column.by(row) : column.text(row));
  const compare = new Intl.Collator("zh-CN", { numeric: true }).compare;
  return [...rows].sort((a, b) => {
    const x = of(a) ?? "";
    const y = of(b) ?? "";
    if (x === "" || y === "") return Number(x === "") - Number(y === "");
    const order = typeof x === "number" && typeof y === "number" ? x - y : compare(String(x), String(y));
    return down ? -order : order;
  });
}

// A table program reads what begins with one of these as a formula, and a long number as a rounded one.
const cell = (text: string) => `"${(/^[=+\-@\t\r]/.test(text) || /^\d{12,}$/.test(text) ? "\t" + text : text).replaceAll('"', '""')}"`;

/** Has the browser save rows as a CSV file that Excel opens (UTF-8 with a mark). */
export function save<R>(title: string, columns: Column<R>[], rows: R[]) {
  const lines = [columns.map((c) => cell(c.name)), ...rows.map((r) => columns.map((c) => cell(c.text(r) === "—" ? "" : c.text(r))))];
  const door = document.createElement("a");
  door.href = URL.createObjectURL(new Blob(["\ufeff" + lines.map((l) => l.join(",")).join("\r\n")], { type: "text/csv" }));
  door.download = `${title}.csv`;
  door.click();
  setTimeout(() => URL.revokeObjectURL(door.href), 60000);
}
