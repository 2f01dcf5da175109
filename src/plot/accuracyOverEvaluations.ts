// Accuracy of networks trained on a set, over how often the denoiser was asked to make it.
import type { Data } from "plotly.js";
import type { Figure } from "./figure";
import { legendRoom } from "./legend";
import { axis, errorBars, intervalText, layout, methodLabel, plainMarkers, seriesColours } from "./theme";

/** The accuracy of sets made in one way: mean with its 95 % interval, in percent. */
export interface EvaluationsPoint {
  /** Gives the colour. */
  readonly method: string;
  /** How the steps are taken, such as the name of a sampler: one line for each of a method. */
  readonly way: string;
  /** Questions to the denoiser for each image. */
  readonly evaluations: number;
  /** Accuracy, percent. */
  readonly mean: number;
  /** Half width in percentage points; NaN or 0 draws none. */
  readonly ci95: number;
}

/** Between two points of as many evaluations, as a share of them. */
const BESIDE = 0.022;

/**
 * One line per method and way, whose points stand a little beside those of others with as many evaluations; the axis of evaluations is logarithmic, since what matters is how many times fewer they are.
 * @throws RangeError if there is no point, or one of less than one evaluation
 * @example
 * igds.figure(igds.plot.accuracyOverEvaluations([
 *   { method: "igds", way: "ddpm", evaluations: 100, mean: 78.8, ci95: 1.0 },
 *   { method: "igds", way: "ddpm", evaluations: 40, mean: 78.1, ci95: 1.2 },
 * ]))
 */
export function accuracyOverEvaluations(
  points: readonly EvaluationsPoint[],
  title = "Test accuracy over evaluations of the denoiser",
): Figure {
  if (points.length === 0)
    throw new RangeError("accuracyOverEvaluations: expected at least one point, found none.");
  const none = points.find(({ evaluations }) => !(evaluations >= 1));
  if (none)
    throw new RangeError(
      `accuracyOverEvaluations: expected at least one evaluation, found ${none.evaluations} of "${none.method}".`,
    );
  const ways = [...new Set(points.map(({ way }) => way))];
  const methods = [...new Set(points.map(({ method }) => method))];
  const colours = seriesColours(methods);
  const ticks = spaced([...new Set(points.map(({ evaluations }) => evaluations))].sort((a, b) => a - b));
  const lines = methods.flatMap((method) => ways.map((way) => ({ method, way })));
  // Intervals on one line could be anybody's.
  const beside = ({ evaluations, method, way }: EvaluationsPoint): number => {
    const there = lines.filter((line) =>
      points.some((point) => point.evaluations === evaluations && isOf(line, point)),
    );
    const place = there.findIndex((line) => isOf(line, { method, way }));
    return evaluations * Math.exp((place - (there.length - 1) / 2) * BESIDE);
  };
  const data = lines.flatMap(({ method, way }): Data[] => {
    const own = points
      .filter((point) => isOf({ method, way }, point))
      .sort((a, b) => a.evaluations - b.evaluations);
    if (own.length === 0) return [];
    const colour = colours.get(method)!;
    const name = `${methodLabel(method)}, ${way}`;
    return [
      {
        type: "scatter",
        mode: "lines+markers",
        name,
        x: own.map(beside),
        y: own.map(({ mean }) => mean),
        error_y: errorBars(own, colour, 1.5, 4),
        customdata: own.map(({ evaluations, ci95 }) => [evaluations, intervalText(ci95, 1)]),
        marker: { color: colour, size: 9, symbol: plainMarkers[ways.indexOf(way) % plainMarkers.length] },
        line: { color: colour, width: 1, dash: "dot" },
        hovertemplate: `%{customdata[0]} evaluations: %{y:.1f}%{customdata[1]} %<extra>${name}</extra>`,
      },
    ];
  });
  return {
    data,
    layout: layout(title, {
      ...legendRoom(data, { most: 4 }),
      hovermode: "closest",
      xaxis: axis("evaluations of the denoiser per image", undefined, {
        type: "log",
        tickmode: "array",
        tickvals: ticks,
        ticktext: ticks.map(String),
        zeroline: false,
      }),
      yaxis: axis("test accuracy", "%"),
    }),
  };
}

/** Whether two are of one method and one way. */
function isOf(a: Pick<EvaluationsPoint, "method" | "way">, b: typeof a): boolean {
  return a.method === b.method && a.way === b.way;
}

/** Ticks without those whose numbers would touch their neighbours'. */
function spaced(ticks: readonly number[]): number[] {
  const kept: number[] = [];
  for (const tick of ticks) if (tick >= 1.15 * (kept.at(-1) ?? 0)) kept.push(tick);
  return kept;
}
