// Rows of numbers and words as a table: in HTML, in text, and as CSV.
import { inspect } from "node:util";
import type { MeanInterval } from "../evaluate/statistics";
import { escapeHtml } from "./mime";
import { HtmlView } from "./views";

/** A mean with its 95 % interval is written as "74.8 ± 6.4". */
export type TableCell = string | number | boolean | null | undefined | Pick<MeanInterval, "mean" | "ci95">;

/** One row of a table: a value for each column. */
export type TableRow = Readonly<Record<string, TableCell>>;

/** How a table is shown. */
export interface TableOptions {
  /** Above the table. */
  readonly caption?: string;
  /** Columns to show, in this order; all, in the order of the first rows, unless told. */
  readonly columns?: readonly string[];
  /** Digits after the point of numbers that are not whole, in all columns or by column; 3 unless told. */
  readonly digits?: number | Readonly<Record<string, number>>;
  /** Column to sort by, smallest first; with a minus sign before its name, largest first. */
  readonly sort?: string;
}

/**
 * A table that shows itself.
 * @example
 * const view = igds.table([{ ipc: 1, accuracy: { mean: 59.9, ci95: 6.3 } }]);
 * view.csv(); // columns ipc, accuracy, accuracy ci95
 */
export class TableView extends HtmlView {
  constructor(
    html: string,
    text: string,
    readonly rows: readonly TableRow[],
    private readonly columns: readonly string[],
  ) {
    super(html, text);
  }

  /** Comma-separated values with all digits, as RFC 4180 has them; a mean's interval is a column of its own. */
  csv(): string {
    const columns = this.columns.flatMap((name) => {
      const value = (row: TableRow) => (isMean(row[name]) ? row[name].mean : row[name]);
      const half = (row: TableRow) => (isMean(row[name]) ? row[name].ci95 : undefined);
      const own = { name, value };
      return this.rows.some((row) => isMean(row[name]))
        ? [own, { name: `${name} ci95`, value: half }]
        : [own];
    });
    const lines = [
      columns.map(({ name }) => name),
      ...this.rows.map((row) => columns.map((c) => c.value(row))),
    ];
    return lines.map((line) => `${line.map(field).join(",")}\r\n`).join("");
  }
}

/**
 * A table of one object per row; numbers stand right, with one number of digits per column.
 * @throws RangeError if `sort` or `columns` names a column that no row has
 * @example igds.table([{ ipc: 1, accuracy: 59.9 }, { ipc: 10, accuracy: 74.8 }], { digits: 1, sort: "-ipc" }).csv()
 */
export function table(rows: readonly TableRow[], options: TableOptions = {}): TableView {
  const present = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const columns = options.columns ?? present;
  const unknown = columns.find((name) => !present.includes(name));
  if (rows.length > 0 && unknown !== undefined)
    throw new RangeError(`table: no column "${unknown}"; there are ${present.join(", ")}.`);
  const sorted = options.sort === undefined ? rows : sortedBy(rows, present, options.sort);
  const body = columns.map((column) => {
    const values = sorted.map((row) => row[column]);
    const given = values.filter((value) => value !== null && value !== undefined);
    const numeric = given.length > 0 && given.every((value) => typeof value === "number" || isMean(value));
    const whole = given.every((value) => Number.isInteger(value));
    const digits = typeof options.digits === "object" ? options.digits[column] : options.digits;
    return { column, numeric, cells: values.map((value) => written(value, whole ? 0 : (digits ?? 3))) };
  });
  const { caption } = options;
  return new TableView(
    toHtml(body, rows.length, caption),
    toText(body, rows.length, caption),
    sorted,
    columns,
  );
}

interface Column {
  readonly column: string;
  readonly numeric: boolean;
  readonly cells: readonly string[];
}

function isMean(value: TableCell): value is Pick<MeanInterval, "mean" | "ci95"> {
  return typeof value === "object" && typeof value?.mean === "number" && typeof value.ci95 === "number";
}

/** As text; dates, lists and other objects, which come from rows without types, as on a console. */
function plain(value: TableCell): string {
  return typeof value === "object"
    ? inspect(value, { breakLength: Number.POSITIVE_INFINITY })
    : String(value);
}

function sortedBy(rows: readonly TableRow[], present: readonly string[], sort: string): TableRow[] {
  const falling = !present.includes(sort) && sort.startsWith("-");
  const column = falling ? sort.slice(1) : sort;
  if (rows.length > 0 && !present.includes(column)) {
    throw new RangeError(`table: no column "${column}" to sort by; there are ${present.join(", ")}.`);
  }
  const value = (row: TableRow) => {
    const cell = isMean(row[column]) ? row[column].mean : row[column];
    return cell === null || Number.isNaN(cell) ? undefined : cell;
  };
  return [...rows].sort((a, b) => {
    const [left, right] = [value(a), value(b)];
    // What is missing, and what is no number, stands last in either direction.
    if (left === undefined || right === undefined)
      return Number(left === undefined) - Number(right === undefined);
    const order =
      typeof left === "number" && typeof right === "number"
        ? left < right
          ? -1
          : Number(left > right)
        : plain(left).localeCompare(plain(right), "en", { numeric: true });
    return falling ? -order : order;
  });
}

function field(value: TableCell): string {
  const text = value === null || value === undefined ? "" : plain(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function written(value: TableCell, digits: number): string {
  if (value === null || value === undefined) return "";
  if (isMean(value)) {
    const half = Number.isNaN(value.ci95) ? "" : ` ± ${value.ci95.toFixed(digits)}`;
    return `${written(value.mean, digits)}${half}`;
  }
  if (typeof value !== "number" || !Number.isFinite(value)) return plain(value);
  const text = value.toFixed(digits);
  // A minus sign, not a hyphen: both have the width of the digits' plus sign. Zero has none.
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
}

function toHtml(columns: readonly Column[], count: number, caption?: string): string {
  const cell = (tag: "th" | "td", text: string, numeric: boolean) =>
    `<${tag} style="text-align: ${numeric ? "right" : "left"}; padding: 0.25em 0.8em; font-variant-numeric: tabular-nums"` +
    `${tag === "th" ? ' scope="col"' : ""}>${escapeHtml(text)}</${tag}>`;
  const head = columns.map(({ column, numeric }) => cell("th", column, numeric)).join("");
  const lines = Array.from({ length: count }, (_, row) => {
    return `<tr>${columns.map(({ cells, numeric }) => cell("td", cells[row]!, numeric)).join("")}</tr>`;
  });
  const title = caption ? `<caption style="text-align: left">${escapeHtml(caption)}</caption>` : "";
  return `<table>${title}<thead><tr>${head}</tr></thead><tbody>${lines.join("")}</tbody></table>`;
}

function toText(columns: readonly Column[], count: number, caption?: string): string {
  const widths = columns.map(({ column, cells }) =>
    Math.max(...[column, ...cells].map((text) => [...text].length)),
  );
  const line = (texts: readonly string[]) =>
    texts
      .map((text, i) => {
        const space = " ".repeat(widths[i]! - [...text].length);
        return columns[i]!.numeric ? space + text : text + space;
      })
      .join("  ")
      .trimEnd();
  const lines = [
    line(columns.map(({ column }) => column)),
    widths.map((width) => "-".repeat(width)).join("  "),
    ...Array.from({ length: count }, (_, row) => line(columns.map(({ cells }) => cells[row]!))),
  ];
  return [...(caption ? [caption] : []), ...lines].join("\n");
}
