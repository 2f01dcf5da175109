// Arrays of records as tables.

import { inspect } from "node:util";
import { escapeMarkup } from "./tags";

const most = { records: 1000, rows: 50, columns: 50 } as const;

export type Records = readonly Readonly<Record<string, unknown>>[];

/** True for 2 to 1,000 plain objects that have at least one key in common and not too many altogether. */
export function isRecords(value: unknown): value is Records {
  if (!Array.isArray(value) || value.length < 2 || value.length > most.records) return false;
  if (!value.every(isPlainObject)) return false;
  const [first, ...others] = value as Record<string, unknown>[];
  const common = Object.keys(first!).some((key) => others.every((record) => Object.hasOwn(record, key)));
  return common && columnsOf(value).length <= most.columns;
}

/** An HTML table of the first records, and of how many they are where some are left out. */
export function tableHtml(records: Records): string {
  const columns = columnsOf(records);
  const shown = records.slice(0, most.rows);
  const head = columns.map((name) => `<th>${escapeMarkup(name)}</th>`).join("");
  const rows = shown.map((record) => {
    const cells = columns.map((name) => `<td>${escapeMarkup(cellText(record[name]))}</td>`).join("");
    return `<tr>${cells}</tr>`;
  });
  const rest = records.length > shown.length ? `<p>${shown.length} of ${records.length} rows</p>` : "";
  return `<table><thead><tr>${head}</tr></thead><tbody>\n${rows.join("\n")}\n</tbody></table>${rest}`;
}

/** Keys in the order in which they first appear. */
function columnsOf(records: Records): string[] {
  return [...new Set(records.flatMap((record) => Object.keys(record)))];
}

function cellText(value: unknown): string {
  if (value === undefined) return "";
  if (typeof value === "string") return value;
  return inspect(value, {
    depth: 1,
    maxArrayLength: 10,
    breakLength: Number.POSITIVE_INFINITY,
    compact: true,
  });
}

function isPlainObject(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
