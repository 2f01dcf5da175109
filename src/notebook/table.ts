// Rows of numbers and words as a table, in HTML and in text.
import { escapeHtml } from "./mime";
import { HtmlView } from "./views";

export type Cell = string | number | boolean | null | undefined;

export interface TableOptions {
  readonly caption?: string;
  /** Columns to show, in this order; all, in the order of the first rows, unless told. */
  readonly columns?: readonly string[];
  /** Digits after the point of numbers that are not whole; 3 unless told. */
  readonly digits?: number;
}

/** A table of one object per row; numbers stand right, with one number of digits per column. */
export function table(rows: readonly Readonly<Record<string, Cell>>[], options: TableOptions = {}): HtmlView {
  const columns = options.columns ?? [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const digits = options.digits ?? 3;
  const body = columns.map((column) => {
    const values = rows.map((row) => row[column]);
    const given = values.filter((value) => value !== null && value !== undefined);
    const numeric = given.length > 0 && given.every((value) => typeof value === "number");
    const whole = given.every((value) => Number.isInteger(value));
    return { column, numeric, cells: values.map((value) => written(value, whole ? 0 : digits)) };
  });
  return new HtmlView(toHtml(body, rows.length, options.caption), toText(body, rows.length, options.caption));
}

interface Column {
  readonly column: string;
  readonly numeric: boolean;
  readonly cells: readonly string[];
}

function written(value: Cell, digits: number): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "number" || !Number.isFinite(value)) return String(value);
  // A minus sign, not a hyphen: both have the width of the digits' plus sign.
  return value.toFixed(digits).replace("-", "−");
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
