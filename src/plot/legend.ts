// How much room the legend above a figure's panels takes. Plotly lets it grow upwards, over whatever stands there.
import type { Data } from "plotly.js";

/** Height of a row, and the width of the drawing in a narrow cell, px. */
const ROW = 32;
export const narrowWidth = 530;

/** Height of the legend in a narrow cell, px. */
export function legendHeight(data: readonly Data[]): number {
  const names = data
    .map((trace) => trace as { name?: string; showlegend?: boolean })
    .flatMap(({ name, showlegend }) => (name && showlegend !== false ? [name] : []));
  let rows = 1;
  let used = 0;
  for (const name of names) {
    // The line before the name, and about so much for a letter.
    const width = 46 + 7.5 * name.length;
    if (used > 0 && used + width > narrowWidth) {
      rows++;
      used = 0;
    }
    used += width;
  }
  return rows * ROW;
}

/** How much higher it is than the two rows that a figure's usual margin has room for, px. */
export function moreLegend(data: readonly Data[]): number {
  return Math.max(0, legendHeight(data) - 2 * ROW);
}
