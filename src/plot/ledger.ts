// The ledger of one image: what each guidance term is worth to it at each step.
import type { Data } from "plotly.js";
import type { StepRecord } from "../diffusion/stepRecord";
import type { Figure } from "./figure";
import { axis, layout, seriesColours } from "./theme";

/**
 * Value of each guidance term for one image over the steps, in nats, times the term's weight.
 * @throws RangeError if there is no guidance in the records or no such image
 */
export function ledger(records: readonly StepRecord[], imageIndex: number, title?: string): Figure {
  const names = [...new Set(records.flatMap(({ guidance }) => guidance.terms.map(({ name }) => name)))];
  if (names.length === 0) {
    throw new RangeError("ledger: the records hold no guidance terms; this run was not guided.");
  }
  const count = records[0]!.x.shape[0];
  if (!Number.isInteger(imageIndex) || imageIndex < 0 || imageIndex >= count) {
    throw new RangeError(`ledger: expected an image index from 0 to ${count - 1}, found ${imageIndex}.`);
  }
  const colours = seriesColours(names);
  const data = names.map((name): Data => {
    const at = records.flatMap((record) => {
      const term = record.guidance.terms.find((candidate) => candidate.name === name);
      return term ? [{ t: record.t, value: term.value[imageIndex]! * term.weight, term }] : [];
    });
    return {
      type: "bar",
      name,
      x: at.map(({ t }) => t),
      y: at.map(({ value }) => value),
      customdata: at.map(({ term }) => [
        term.value[imageIndex]!,
        term.weight,
        term.gradientNorm[imageIndex]!,
      ]),
      marker: { color: colours.get(name)! },
      hovertemplate:
        "%{customdata[0]:.3f} nats x weight %{customdata[1]:.2f}, gradient norm %{customdata[2]:.3g}" +
        `<extra>${name}</extra>`,
    };
  });
  return {
    data,
    layout: layout(title ?? `What each guidance term gives image ${imageIndex}`, {
      barmode: "relative",
      bargap: 0.15,
      xaxis: axis("noise level t, from noise to image", "steps of the schedule", { autorange: "reversed" }),
      yaxis: axis("weight × value", "nats", { zeroline: true }),
    }),
  };
}
