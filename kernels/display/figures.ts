// Specifications of figures that JupyterLab draws itself: Plotly's, Vega's and Vega-Lite's.

import type { MimeBundle } from "./convention";

/** The bundle of a figure's specification; undefined for any other object. */
export function figureBundle(value: object): MimeBundle | undefined {
  if (isPlotly(value)) {
    const { data, layout, config, frames } = value;
    return {
      "application/vnd.plotly.v1+json": {
        data,
        layout,
        ...(config ? { config } : {}),
        ...(frames ? { frames } : {}),
      },
      "text/plain": titled("Plotly figure", (layout as { title?: unknown }).title),
    };
  }
  const { $schema: schema, title } = value as { $schema?: unknown; title?: unknown };
  const [, language, major] =
    typeof schema === "string"
      ? (/^https:\/\/vega\.github\.io\/schema\/(vega|vega-lite)\/v(\d+)/.exec(schema) ?? [])
      : [];
  if (language === undefined) return undefined;
  return {
    [`application/vnd.${language.replace("-", "")}.v${major}+json`]: value,
    "text/plain": titled(`${language === "vega" ? "Vega" : "Vega-Lite"} figure`, title),
  };
}

interface Plotly {
  readonly data: readonly object[];
  readonly layout: object;
  readonly config?: unknown;
  readonly frames?: unknown;
}

function isPlotly(value: object): value is Plotly {
  const { data, layout } = value as Partial<Plotly>;
  return (
    Array.isArray(data) &&
    typeof layout === "object" &&
    layout !== null &&
    !Array.isArray(layout) &&
    data.every((trace) => typeof trace === "object" && trace !== null && !Array.isArray(trace))
  );
}

function titled(what: string, title: unknown): string {
  const text = typeof title === "object" && title !== null ? (title as { text?: unknown }).text : title;
  return typeof text === "string" ? `[${what}: ${text}]` : `[${what}]`;
}
