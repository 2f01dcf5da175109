// Measured accuracies and published ones as the rows of one table, each marked.
import type { Evaluation } from "./evaluateSet";
import { type PublishedFilter, publishedResults } from "./published";

/** A measured accuracy with what the evaluation does not know of itself. */
export interface MeasuredResult {
  /** As `evaluateSet` gives it. */
  readonly evaluation: Evaluation;
  /** Name of the dataset. */
  readonly dataset: string;
  /** Default: that of the evaluation. */
  readonly method?: string;
  /** How it differs from the protocol, such as "a tenth of the steps". */
  readonly remark?: string;
}

/** A row for `table`. Accuracies are in percent; what was not published or not measured is null. */
export type PublishedComparison = Readonly<{
  method: string;
  dataset: string;
  /** Images per class; "all" for the whole dataset. */
  ipc: number | "all";
  network: string;
  labels: "hard" | "soft";
  /** The best of the tests during a training, as papers report it. */
  best: number;
  /** What best is the mean of: "± 1.1 (deviation)", "± 0.9 (95 % interval)". */
  spread: string;
  /** After the last step. */
  last: number | null;
  mark: "measured here" | "published";
  source: string;
}>;

/**
 * Rows of what was measured, and below them what is published for the same datasets, numbers of images and protocols; with
 * a filter, what is published and passes that. By dataset, images and network, and the best first.
 *
 * Published accuracies are the best of about 100 tests on the test images; `last`, the number to judge by, they leave out.
 * Their deviations are between repeats, three mostly; ours are intervals of the mean.
 *
 * @example
 * const evaluation = await igds.evaluateSet(set, dataset, { protocol: "mlp", seeds: [0], steps: 20 });
 * igds.table(
 *   igds.evaluate.besidePublished([{ evaluation, dataset: dataset.name, method: "mine" }], {
 *     dataset: "imagewoof",
 *     ipc: 10,
 *   }),
 * );
 */
export function besidePublished(
  measured: readonly MeasuredResult[],
  filter: PublishedFilter = {},
): PublishedComparison[] {
  const own = measured.map(({ evaluation, dataset, method, remark }): PublishedComparison => {
    const { ipc, network, labels, best, last, protocol } = evaluation;
    return {
      method: method ?? evaluation.method ?? "",
      ...{ dataset, ipc, network, labels },
      best: best.mean,
      spread: Number.isNaN(best.ci95) ? "" : `± ${best.ci95.toFixed(1)} (95 % interval)`,
      last: last.mean,
      mark: "measured here",
      source: [`protocol ${protocol}`, ...(remark ? [remark] : [])].join("; "),
    };
  });
  const matches = (of: { dataset: string; ipc: number | null; protocol: unknown }) =>
    measured.some(
      ({ dataset, evaluation: { ipc, protocol } }) =>
        of.dataset === dataset && (of.ipc === ipc || of.ipc === null) && of.protocol === protocol,
    );
  const asked = Object.values(filter).some((value) => value !== undefined);
  const others = publishedResults(filter)
    .filter((result) => asked || measured.length === 0 || matches(result))
    .map(
      ({
        method,
        dataset,
        ipc,
        network,
        labels,
        accuracy,
        deviation,
        source,
        remark,
      }): PublishedComparison => ({
        ...{ method, dataset, network, labels },
        ipc: ipc ?? "all",
        best: accuracy,
        spread: deviation === null ? "" : `± ${deviation.toFixed(1)} (deviation)`,
        last: null,
        mark: "published",
        source: remark ? `${source}; ${remark}` : source,
      }),
    );
  return [...own, ...others.sort(byPlace)];
}

function byPlace(a: PublishedComparison, b: PublishedComparison): number {
  const images = ({ ipc }: PublishedComparison) => (ipc === "all" ? Number.POSITIVE_INFINITY : ipc);
  if (a.dataset !== b.dataset) return a.dataset < b.dataset ? -1 : 1;
  if (a.ipc !== b.ipc) return images(a) - images(b);
  if (a.network !== b.network) return a.network < b.network ? -1 : 1;
  return b.best - a.best;
}
