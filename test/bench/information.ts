// The bounds beside the truth in many randomised cases: bias, spread and cost of each, and what the project promises.
//
//   node node_modules/tsx/dist/cli.mjs test/bench/information.ts \
//     [--cases 200] [--first 0] [--repeats 1] [--least 2000] [--most 20000] [--out FILE]
//
// With --out every case is appended to FILE as one line of JSON, and those that are there are not repeated.
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { BoundReport } from "../../src/information/boundReport";
import { engineReady } from "../../src/tensor/engine";
import { compareCase, type InformationCase, informationCase, lowerBounds } from "./informationCases";

interface Result {
  readonly settings: InformationCase;
  readonly repeat: number;
  readonly bounds: readonly BoundReport[];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      cases: { type: "string", default: "200" },
      first: { type: "string", default: "0" },
      repeats: { type: "string", default: "1" },
      least: { type: "string", default: "2000" },
      most: { type: "string", default: "20000" },
      out: { type: "string" },
    },
  });
  await engineReady();
  const results: Result[] = [];
  if (values.out && existsSync(values.out)) {
    for (const line of readFileSync(values.out, "utf8").split("\n")) if (line) results.push(JSON.parse(line));
  }
  const first = Number(values.first);
  for (let index = first; index < first + Number(values.cases); index++) {
    for (let repeat = 0; repeat < Number(values.repeats); repeat++) {
      if (results.some((done) => done.settings.index === index && done.repeat === repeat)) continue;
      const settings = informationCase(index, [Number(values.least), Number(values.most)]);
      const result = { settings, repeat, bounds: compareCase(settings, repeat).bounds };
      results.push(result);
      if (values.out) appendFileSync(values.out, `${JSON.stringify(result)}\n`);
    }
  }
  console.log(`${table(results)}\n\n${promises(results)}`);
}

/** One row for each bound. */
function table(results: readonly Result[]): string {
  const rows = new Map<string, BoundReport[]>();
  for (const bound of results.flatMap(({ bounds }) => bounds))
    rows.set(bound.name, [...(rows.get(bound.name) ?? []), bound]);
  const lines = [...rows].map(([name, list]) => {
    const errors = list.map(({ value, truth }) => value - truth);
    const mean = average(errors);
    const cells = [
      name,
      list[0]!.quantity,
      list[0]!.side,
      mean.toFixed(3),
      Math.sqrt(average(errors.map((error) => (error - mean) ** 2))).toFixed(3),
      average(list.map(({ standardError }) => standardError)).toFixed(4),
      Math.max(...list.map(excess)).toFixed(1),
      Math.min(...list.map(excess)).toFixed(1),
      median(list.map(({ seconds }) => seconds)).toFixed(2),
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    "| bound | quantity | side | mean error | spread of the error | standard error | largest z | smallest z | median s |",
    "|---|---|---|---|---|---|---|---|---|",
    ...lines,
  ].join("\n");
}

/** What the project promises of the bounds, and how often it holds. */
function promises(results: readonly Result[]): string {
  const of = (name: string) =>
    results.flatMap(({ settings, bounds }) =>
      bounds.filter((bound) => bound.name === name).map((bound) => ({ settings, bound })),
    );
  const share = (list: readonly boolean[]) => `${list.filter(Boolean).length} of ${list.length}`;
  const lower = results.flatMap(({ bounds }) =>
    bounds.filter(({ name }) => (lowerBounds as readonly string[]).includes(name)),
  );
  const tight = of("barber-agakov").map(({ settings, bound }) => ({
    settings,
    bound,
    within: bound.gap!.value <= Math.max(0.02, 0.02 * bound.truth),
  }));
  const inBand = (low: number, high: number) =>
    tight.filter(({ settings: { dimension, classes, samples } }) => {
      const crowding = (dimension * classes) / samples;
      return crowding >= low && crowding < high;
    });
  const bands = [
    [0, 0.003],
    [0.003, 0.01],
    [0.01, 0.03],
    [0.03, 0.1],
    [0.1, Infinity],
  ] as const;
  const large = (name: string) => of(name).filter(({ settings }) => settings.ipc >= 50);
  const near = (value: number, truth: number) => value >= 0.9 * truth;
  const fitted = of("context").filter(({ settings }) => settings.contexts > 1);
  return [
    `lower bounds at most 3 standard errors above the truth: ${share(lower.map((bound) => excess(bound) <= 3))}, ` +
      `largest ${Math.max(...lower.map(excess)).toFixed(2)}`,
    `Barber-Agakov, gap at most 2 % or 0.02 nat: ${share(tight.map(({ within }) => within))}`,
    ...bands.map(
      ([low, high]) =>
        `  d C / N from ${low} to ${high}: ${share(inBand(low, high).map(({ within }) => within))}`,
    ),
    `context fitted to data, at least 90 % of I(X;Z|Y) or 0.02 nat short: ${share(
      fitted.map(({ bound }) => bound.gap!.value <= Math.max(0.02, 0.1 * bound.truth)),
    )}`,
    `sets of 50 images or more, context bound of their own finite mixture at least 90 % of the information: ${share(
      large("context of the set").map(({ bound }) => near(bound.value, bound.truth)),
    )}; mixture: ${share(large("mixture").map(({ bound }) => near(bound.value, bound.truth)))}`,
    `misses of Barber-Agakov: ${tight
      .filter(({ within }) => !within)
      .map(
        ({ settings: { index, dimension, classes, contexts, separation, samples }, bound }) =>
          `#${index} d=${dimension} C=${classes} K=${contexts} S=${separation.toFixed(2)} N=${samples} ` +
          `I=${bound.truth.toFixed(3)} gap=${bound.gap!.value.toFixed(3)}`,
      )
      .join("; ")}`,
  ].join("\n");
}

/**
 * Standard errors above the truth. The truth is known to 0.005 nat (a standard error); a thousandth is the least that
 * counts, because near a ceiling the rare draws that make the error are missing from its estimate too.
 */
function excess({ value, truth, standardError, truthStandardError }: BoundReport): number {
  return (value - truth) / Math.hypot(standardError, truthStandardError, 1e-3);
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
