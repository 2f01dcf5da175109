// ---
// jupyter:
//   kernelspec:
//     display_name: TypeScript (IGDS)
//     language: typescript
//     name: igds
// ---

// %% [markdown]
// # The bounds are tight
//
// Claim (e): *variational estimators, fitted to data, bound both quantities tightly from below.* On Gaussian mixtures the truth is known by Monte Carlo to about 0.01 nat, so every bound can be set beside it.

// %%
import * as igds from "igds";

// %% tags=["parameters"]
const p = igds.parameters({ profile: "quick" });

// %%
const rows = await igds.experiment.boundsExperiment(p.profile);
const claim = await igds.claim("The bounds that guide lie below the truth, and near it: within 10 % of it or 0.05 nat (claim e).", {
  profile: p.profile,
  cases: `${new Set(rows.map(({ name }) => name)).size}, ${Math.max(...rows.map(({ repeat }) => repeat)) + 1} samples each`,
  hardware: [...new Set(rows.map(({ machine }) => machine))].join("; "),
  "computing time": `${Math.round(rows.reduce((sum, { bounds }) => sum + bounds.reduce((all, { seconds }) => all + seconds, 0), 0) / 60)} min`,
});

// %% [markdown]
// Mixtures of 4 classes of 3 clusters each. One setting is varied at a time around a middle: the dimension $d$, the separation $S$ of the clusters in standard deviations, the number of samples $N$ that the fits share. Sets of 50 points, blurred by the median rule.
//
// | quantity | what it is |
// |---|---|
// | $I(X;Y)$ | prototype information |
// | $I(X;Z \mid Y)$ | the part of $H(X \mid Y)$ that says which cluster of its class a point is from |
// | set | the information part of a blurred set |
//
// ## Error of each bound
//
// Bias is the mean of value minus truth over all cases and samples, the deviation that over the samples of one case, both in nats. A lower bound should have a negative bias near zero. Bounds of those that are marked guide sampling: `mixture` is the very estimator that does; `barber-agakov` and `context` have its form, with a $q$ that is fitted crosswise to mixtures of Gaussians, and in `context` to the true clusters, so that a known truth can stand beside them. With the $q$ that guidance has, clusters by k-means, `igds bounds` and `src/information/README.md` show how near the context bound comes.

// %%
const errors = new Map<string, { bound: igds.experiment.BoundsRow["bounds"][number]; case: string; error: number }[]>();
for (const row of rows)
  for (const bound of row.bounds) errors.set(bound.name, [...(errors.get(bound.name) ?? []), { bound, case: row.name, error: bound.value - bound.truth }]);
const spread = (list: { case: string; error: number }[]) => {
  const groups = [...new Set(list.map((one) => one.case))].map((name) => igds.evaluate.meanInterval(list.filter((one) => one.case === name).map(({ error }) => error)));
  const squares = groups.flatMap(({ mean, values }) => values.map((value) => (value - mean) ** 2 / (values.length - 1)));
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / groups.length);
};
igds.table(
  [...errors.values()].map((list) => {
    const [{ bound }] = list;
    return {
      bound: bound.name,
      about: bound.quantity,
      side: bound.side,
      guides: bound.guides ? "yes" : "",
      "bias (nats)": igds.evaluate.meanInterval(list.map(({ error }) => error)).mean,
      "deviation (nats)": spread(list),
      "largest error (nats)": Math.max(...list.map(({ error }) => error)),
      "seconds": igds.evaluate.meanInterval(list.map(({ bound: { seconds } }) => seconds)).mean,
    };
  }),
  { digits: 3 },
)

// %% [markdown]
// ## Over dimension, separation and samples
//
// Value of each guiding bound, and the truth, with 95 % intervals over the samples.

// %%
type Setting = "dimension" | "separation" | "samples";
const spoken = { "I(X;Y)": "I(X;Y)", "I(X;Z|Y)": "I(X;Z|Y)", set: "Information of a set" };
const titles = { dimension: "dimension d", separation: "separation S (standard deviations)", samples: "samples N" };
const [middle] = rows;
const sweep = (setting: Setting, quantity: "I(X;Y)" | "I(X;Z|Y)" | "set") => {
  const own = rows.filter((row) => (["dimension", "separation", "samples"] as const).every((other) => other === setting || row[other] === middle[other]));
  const values = [...new Set(own.map((row) => row[setting]))].sort((a, b) => a - b);
  const names = [...new Set(own.flatMap(({ bounds }) => bounds.filter((b) => b.guides && b.quantity === quantity).map(({ name }) => name)))];
  const line = (name: string, of: (bound: igds.experiment.BoundsRow["bounds"][number]) => number) => {
    const means = values.map((value) =>
      igds.evaluate.meanInterval(own.filter((row) => row[setting] === value).flatMap(({ bounds }) => bounds.filter((b) => (name === "truth" ? b.quantity === quantity && b.guides && b.name === names[0] : b.name === name)).map(of))),
    );
    const color = name === "truth" ? "#787c85" : igds.plot.methodColour(name);
    return {
      type: "scatter" as const, mode: "lines+markers" as const, name, x: values, y: means.map(({ mean }) => mean),
      error_y: { type: "data" as const, array: means.map(({ ci95 }) => ci95 || 0), color },
      line: { color, dash: name === "truth" ? ("dash" as const) : ("solid" as const), width: 2 }, marker: { color, size: 8 },
    };
  };
  return {
    data: [line("truth", ({ truth }) => truth), ...names.map((name) => line(name, ({ value }) => value))],
    layout: igds.plot.layout(`${spoken[quantity]} over the ${titles[setting]}`, {
      xaxis: igds.plot.axis(titles[setting], undefined, setting === "separation" ? {} : { type: "log" }),
      yaxis: igds.plot.axis(spoken[quantity], "nats", { rangemode: "tozero" }),
    }),
  };
};
for (const setting of ["dimension", "separation", "samples"] as const) await igds.show(sweep(setting, "I(X;Y)"));

// %%
for (const setting of ["dimension", "separation", "samples"] as const) await igds.show(sweep(setting, "I(X;Z|Y)"));

// %%
for (const setting of ["dimension", "separation"] as const) await igds.show(sweep(setting, "set"));

// %% [markdown]
// ## Verdict
//
// *Below*: at most three standard errors above the truth. *Near*: the better of the bounds that guide is within 10 % of the quantity or 0.05 nat. A bound that only stands beside, such as that of a set by Monte Carlo, does not count however near it is.

// %%
const quantities = ["I(X;Y)", "I(X;Z|Y)", "set"] as const;
const guiding = rows.flatMap(({ bounds }) => bounds.filter(({ guides, side }) => guides && side === "lower"));
const below = guiding.filter(({ value, truth, standardError, truthStandardError }) => value - truth <= 3 * Math.hypot(standardError, truthStandardError, 1e-3)).length;
const nearOf = (quantity: (typeof quantities)[number]) =>
  rows.filter(({ bounds }) => {
    const own = bounds.filter((bound) => bound.guides && bound.quantity === quantity);
    const best = Math.max(...own.map(({ value }) => value));
    return own[0].truth - best <= Math.max(0.05, 0.1 * own[0].truth);
  }).length;
const near = quantities.map((quantity) => ({ quantity, count: nearOf(quantity) }));
const words = `${below} of ${guiding.length} guiding values at most 3 standard errors above the truth; near it: ${near.map(({ quantity, count }) => `${quantity} ${count} of ${rows.length}`).join(", ")}`;
const allBelow = below >= 0.99 * guiding.length;
const allNear = near.every(({ count }) => count >= 0.95 * rows.length);
const verdict = await claim.verdict(allBelow && allNear ? "holds" : allBelow ? "partly" : "fails", words);

// %% [markdown]
// ## What this does not show
//
// The mixture bound, which guides the variety of a set unless another is asked for, lies half a nat below the information of the set wherever it is looked at (by $\ln 2$ in many dimensions at the median rule): it is a force that spreads images out more than a measure of how far they are.
//
// A mixture of Gaussians is kinder than images, where no truth is known. With few samples for each dimension and class the fits are loose: what is missing there is knowledge of the class means. 200 randomised cases, with all their misses, are in `src/information/README.md`.
