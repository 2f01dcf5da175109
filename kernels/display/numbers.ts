// Many numbers in little space: their range, and a grid that leaves out the middle.

/** Rows and columns of a grid, and values of a list, at most. */
const most = { list: 20, rows: 10, columns: 12, slices: 3 } as const;

/** Smallest and largest value in words, with the count of what is no finite number; "" for none or no numbers. */
export function rangeOf(values: ArrayLike<unknown>): string {
  let smallest: number | bigint | undefined;
  let largest: number | bigint | undefined;
  const odd = { NaN: 0, Infinity: 0 };
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value === "number" && !Number.isFinite(value)) {
      odd[Number.isNaN(value) ? "NaN" : "Infinity"]++;
    } else if (typeof value === "number" || typeof value === "bigint") {
      if (smallest === undefined || value < smallest) smallest = value;
      if (largest === undefined || value > largest) largest = value;
    } else return "";
  }
  const parts = smallest === undefined ? [] : [`range ${format(smallest)} .. ${format(largest)}`];
  for (const [name, count] of Object.entries(odd)) if (count > 0) parts.push(`${count} x ${name}`);
  return parts.join(", ");
}

/**
 * The values as text, by shape: one value, a list, a grid, or grids one below the other, each under its place.
 * Axes of length 1 take no room. What does not fit is left out in the middle and stands as "...".
 * @param values - as many as the product of `shape`, the last axis running fastest
 */
export function gridText(values: ArrayLike<unknown>, shape: readonly number[]): string {
  if (values.length === 0) return "[]";
  const axes = shape.flatMap((length, axis) => (length === 1 ? [] : [axis]));
  const [rows, columns] = axes.slice(-2).map((axis) => shape[axis]!);
  if (rows === undefined) return shape.length === 0 ? format(values[0]) : `[${format(values[0])}]`;
  if (columns === undefined) {
    const cells = some(rows, most.list).map((i) => (i === undefined ? "..." : format(values[i])));
    return `[${cells.join(", ")}]`;
  }
  if (axes.length === 2) return rowsText(values, 0, rows, columns);
  return some(values.length / (rows * columns), most.slices)
    .map((i) => {
      if (i === undefined) return "...";
      const place = placeOf(i, shape, axes.slice(-2));
      return `[${place.join(", ")}]\n${rowsText(values, i * rows * columns, rows, columns)}`;
    })
    .join("\n");
}

function rowsText(values: ArrayLike<unknown>, start: number, rows: number, columns: number): string {
  const chosen = some(columns, most.columns);
  const grid = some(rows, most.rows).map((row) =>
    row === undefined
      ? undefined
      : chosen.map((column) =>
          column === undefined ? "..." : format(values[start + row * columns + column]),
        ),
  );
  const widths = chosen.map((_, place) => Math.max(...grid.map((cells) => cells?.[place]?.length ?? 0)));
  return grid
    .map((cells) => cells?.map((cell, place) => cell.padStart(widths[place]!)).join("  ") ?? "...")
    .map((line) => `  ${line}`)
    .join("\n");
}

/** Positions 0 .. count - 1, or the first and the last of them with undefined for those between. */
function some(count: number, limit: number): (number | undefined)[] {
  if (count <= limit) return Array.from({ length: count }, (_, i) => i);
  const last = Math.floor(limit / 2);
  const first = Array.from({ length: limit - last }, (_, i) => i);
  return [...first, undefined, ...Array.from({ length: last }, (_, i) => count - last + i)];
}

/** Where the n-th grid lies: an index for each axis, ":" for the two that it shows. */
function placeOf(n: number, shape: readonly number[], shown: readonly number[]): (number | string)[] {
  const place: (number | string)[] = [];
  let rest = n;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shown.includes(axis)) place.unshift(":");
    else {
      place.unshift(rest % shape[axis]!);
      rest = Math.floor(rest / shape[axis]!);
    }
  }
  return place;
}

/** Five digits are enough to see what a number is. */
function format(value: unknown): string {
  if (typeof value === "number")
    return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(5)));
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
