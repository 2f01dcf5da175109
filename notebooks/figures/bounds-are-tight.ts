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
const seconds = rows.flatMap(({ bounds }) => bounds.map((bound) => bound.seconds)).reduce((a, b) => a + b, 0);
const cases = new Set(rows.map(({ name }) => name)).size;
const claim = await igds.claim(
  "The formulas that guide lie below the truth, and near it when q is good: within 10 % of it or 0.05 nat (claim e).",
  {
    profile: p.profile,
    cases: `${cases}, ${rows.length / cases} samples each`,
    hardware: [...new Set(rows.map(({ machine }) => machine))].join("; "),
    "computing time": `${Math.round(seconds / 60)} min`,
  },
);

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
// Bias is the mean of value minus truth over all cases and samples, the deviation that over the samples of one case, both in nats. A lower bound should have a negative bias near zero.
//
// *Guides* says what sampling is guided by: *yes*, this very estimator, with what enters it fitted in the same way (`mixture`, and the context bound with clusters by k-means, where it is among the rows); *its formula*, another $q$: `barber-agakov` and `context` are fitted crosswise to mixtures of Gaussians, and `context` to the true clusters, so that they show how near the formula comes to the truth when $q$ knows the kind of law. How near the $q$ of guidance comes, `igds bounds` and `src/information/README.md` show.

// %%
type Bound = igds.experiment.BoundsRow["bounds"][number];
/** What guidance itself makes, as `igds bounds --json` says too. */
const itself = ["mixture", "context, as it guides"];
const guidesBy = ({ guides, name }: Bound) => (guides ? (itself.includes(name) ? "yes" : "its formula") : "");
const errors = new Map<string, { bound: Bound; case: string; error: number }[]>();
for (const row of rows)
  for (const bound of row.bounds)
    errors.set(bound.name, [
      ...(errors.get(bound.name) ?? []),
      { bound, case: row.name, error: bound.value - bound.truth },
    ]);
const spread = (list: { case: string; error: number }[]) => {
  const groups = [...new Set(list.map((one) => one.case))].map((name) =>
    igds.evaluate.meanInterval(list.filter((one) => one.case === name).map(({ error }) => error)),
  );
  const squares = groups.flatMap(({ mean, values }) =>
    values.map((value) => (value - mean) ** 2 / (values.length - 1)),
  );
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / groups.length);
};
igds.table(
  [...errors.values()].map((list) => {
    const [{ bound }] = list;
    return {
      bound: bound.name,
      about: bound.quantity,
      side: bound.side,
      guides: guidesBy(bound),
      "bias (nats)": igds.evaluate.meanInterval(list.map(({ error }) => error)).mean,
      "deviation (nats)": spread(list),
      "largest error (nats)": Math.max(...list.map(({ error }) => error)),
      seconds: igds.evaluate.meanInterval(list.map((one) => one.bound.seconds)).mean,
    };
  }),
  { digits: 3 },
)

// %% [markdown]
// ## Over dimension, separation and samples
//
// Each bound whose formula guides, and the truth, with 95 % intervals over the samples, on one scale. Only the last panel has an estimator that itself guides. The number of samples does not enter it.

// %% tags=["thumbnail"]
type Setting = "dimension" | "separation" | "samples";
const titles = { dimension: "dimension d", separation: "separation S", samples: "samples N" };
const quantities = ["I(X;Y)", "I(X;Z|Y)", "set"] as const;
const spoken = { "I(X;Y)": "I(X;Y)", "I(X;Z|Y)": "I(X;Z|Y), a cluster", set: "a set of 50" };
const [middle] = rows;
const settings = ["dimension", "separation", "samples"] as const;
const sweep = (setting: Setting, quantity: (typeof quantities)[number]) => {
  const own = rows
    .filter((row) => settings.every((other) => other === setting || row[other] === middle[other]))
    .flatMap((row) =>
      row.bounds
        .filter(({ guides, quantity: about }) => guides && about === quantity)
        .map((bound) => ({ ...bound, x: row[setting] })),
    );
  const places = [...new Set(own.map(({ x }) => x))].sort((a, b) => a - b);
  const line = (name: string, bounds: typeof own, of: (bound: Bound) => number) => ({
    name,
    points: places.map((x) => ({
      x,
      ...igds.evaluate.meanInterval(bounds.filter((bound) => bound.x === x).map(of)),
    })),
  });
  const [{ name }] = own;
  const bounds = own.filter((bound) => bound.name === name);
  const gap = igds.evaluate.meanInterval(bounds.map(({ truth, value }) => truth - value)).mean;
  return {
    heading: `<b>${spoken[quantity]}</b><br>${name}: ${gap.toFixed(2)} nats low`,
    lines: [line("truth", bounds, ({ truth }) => truth), line(name, bounds, ({ value }) => value)],
  };
};
for (const setting of settings)
  await igds.show(
    igds.plot.lines(
      quantities
        .filter((quantity) => setting !== "samples" || quantity !== "set")
        .map((quantity) => sweep(setting, quantity)),
      {
        title: `Truth and bounds over the ${titles[setting]}`,
        x: [titles[setting]],
        y: ["information", "nats"],
        scale: setting === "separation" ? "linear" : "log",
        fromZero: true,
      },
    ),
  );

// %% [markdown]
// ## Verdict
//
// *Below*: at most three standard errors above the truth. *Near*: within 10 % of the information or 0.05 nat. A bound that only stands beside, such as that of a set by Monte Carlo, does not count however near it is. What guides itself and what only has its formula are counted apart.

// %%
const guiding = rows.flatMap(({ bounds }) => {
  // Of H(X|Y) the part that a bound on clusters can reach.
  const { truth } = bounds.find(({ quantity }) => quantity === "I(X;Z|Y)")!;
  return bounds
    .filter(({ guides, side }) => guides && side === "lower")
    .map((bound) => {
      const { value, standardError, truthStandardError } = bound;
      const information = bound.quantity === "H(X|Y)" ? truth : bound.truth;
      const error = 3 * Math.hypot(standardError, truthStandardError, 1e-3);
      return {
        name: bound.name,
        by: guidesBy(bound),
        isBelow: value - bound.truth <= error,
        isNear: bound.truth - value <= Math.max(0.05, 0.1 * information),
      };
    });
});
const judged = [...new Set(guiding.map(({ name }) => name))].map((name) => {
  const own = guiding.filter((one) => one.name === name);
  const [below, near] = [own.filter(({ isBelow }) => isBelow), own.filter(({ isNear }) => isNear)];
  return { name, by: own[0].by, all: own.length, below: below.length, near: near.length };
});
igds.table(
  judged.map(({ name, by, all, below, near }) => ({ bound: name, guides: by, values: all, "not above": below, near })),
)

// %%
const told = { yes: "which guides itself", "its formula": "whose formula guides, here by a q that knows the law" };
const words = (["yes", "its formula"] as const)
  .flatMap((by) => judged.filter((one) => one.by === by).map((one) => ({ ...one, said: told[by] })))
  .map(({ name, said, all, below, near }) => {
    return `"${name}", ${said}: below the truth ${below} of ${all}, near it ${near} of ${all}`;
  })
  .join("; ");
const allBelow = judged.every(({ all, below }) => below >= 0.99 * all);
const isTight = ({ all, near }: (typeof judged)[number]) => near >= 0.95 * all;
const verdict = await claim.verdict(
  allBelow && judged.every(isTight) ? "holds" : allBelow && judged.some(isTight) ? "partly" : "fails",
  words,
);

// %% [markdown]
// ## What this does not show
//
// The mixture bound, which guides the variety of a set unless another is asked for, lies a third to two thirds of a nat below the information of the set wherever it is looked at (half a nat in many dimensions, where its value is the ceiling less $\ln 2$ whatever the truth): it is a force that spreads images out more than a measure of how far they are.
//
// A mixture of Gaussians is kinder than images, where no truth is known. With few samples for each dimension and class the fits are loose: what is missing there is knowledge of the class means. 200 randomised cases, with all their misses, are in `src/information/README.md`. Among them is the context bound as it guides, which the rows of the full profile do not have: below the truth in all 200, by 0.23 nats in the mean.
