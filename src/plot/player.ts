// The slider with play and pause buttons under an animated figure.
import type { Layout } from "plotly.js";
import { ink } from "./theme";

export interface PlayerOptions {
  /** Name of each frame at the slider, in their order; frame i is called String(i). */
  readonly labels: readonly string[];
  /** Frame that is shown first. */
  readonly active: number;
  /** Stands before the label of the current frame, such as "t = ". */
  readonly prefix?: string;
  /** Milliseconds a frame stays while playing. Default 250. */
  readonly duration?: number;
  /** Room for the axis and its title between the plot and the buttons, px. Default 0. */
  readonly below?: number;
}

/** The parts of a layout that let a reader play the frames. They need about 110 px of margin under `below`. */
export function player({
  labels,
  active,
  prefix = "",
  duration = 250,
  below = 0,
}: PlayerOptions): Pick<Layout, "sliders" | "updatemenus"> {
  const play = { mode: "immediate", frame: { duration, redraw: true }, transition: { duration: 0 } } as const;
  return {
    sliders: [
      {
        active,
        x: 0,
        len: 1,
        y: 0,
        pad: { t: below + 20, b: 0 },
        currentvalue: { prefix, xanchor: "right", offset: 18, font: { size: 15, color: ink } },
        font: { size: 11, color: ink },
        bordercolor: ink,
        bgcolor: "rgba(128, 132, 140, 0.3)",
        tickcolor: ink,
        steps: labels.map((label, i) => ({
          label,
          value: String(i),
          method: "animate",
          args: [[String(i)], { ...play, frame: { duration: 0, redraw: true } }],
        })),
      },
    ] as Layout["sliders"],
    updatemenus: [
      {
        type: "buttons",
        direction: "left",
        showactive: false,
        x: 0,
        y: 0,
        xanchor: "left",
        yanchor: "top",
        pad: { t: below + 14, r: 8 },
        font: { color: ink },
        bordercolor: ink,
        buttons: [
          { label: "▶ play", method: "animate", args: [null, { ...play, fromcurrent: true }] },
          {
            label: "pause",
            method: "animate",
            args: [[null], { ...play, frame: { duration: 0, redraw: false } }],
          },
        ],
      },
    ] as unknown as Layout["updatemenus"],
  };
}
