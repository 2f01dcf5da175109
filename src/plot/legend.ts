// How much room the legend of a figure takes. Plotly lets one above the panels grow upwards, over whatever stands there,
// and cuts one beside them off at their lower edge.
import type { Data, Layout } from "plotly.js";
import { margin, usualHeight } from "./theme";

/** Height of a row above the panels, of one beside them, and the width of the drawing in a narrow cell, px. */
const ROW = 32;
const ROW_BESIDE = 22;
export const narrowWidth = 530;

function namesOf(data: readonly Data[]): string[] {
  return data
    .map((trace) => trace as { name?: string; showlegend?: boolean })
    .flatMap(({ name, showlegend }) => (name && showlegend !== false ? [name] : []));
}

/** Height of the legend in a narrow cell, px. */
export function legendHeight(data: readonly Data[]): number {
  let rows = 1;
  let used = 0;
  for (const name of namesOf(data)) {
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

/**
 * Names of series above the data, with a margin that holds them all, or at its right where they are many, one below the
 * other in a figure that is high enough for all.
 *
 * @param height of the figure with one or two rows of names above its data, px
 * @param most names that stand above
 */
export function legendRoom(
  data: readonly Data[],
  { height = usualHeight, most = 6 } = {},
): Pick<Partial<Layout>, "height" | "margin" | "legend"> {
  const names = namesOf(data).length;
  if (names <= most) {
    const more = moreLegend(data);
    return { height: height + more, margin: { ...margin, t: margin.t + more } };
  }
  return {
    height: Math.max(height, ROW_BESIDE * names + margin.t + margin.b),
    margin,
    legend: { orientation: "v", x: 1.02, xanchor: "left", y: 1, yanchor: "top", bgcolor: "rgba(0, 0, 0, 0)" },
  };
}
