// Accuracies that papers on distillation by diffusion report, as data: to be set beside what is measured here, never mixed
// with it. None of them is of the paper that this library follows, whose tables are not public.
import type { ProtocolName } from "./protocols";
import { tables } from "./publishedTables";

/** One published accuracy. */
export interface PublishedResult {
  /** As the paper calls it. */
  readonly method: string;
  /** Name of the dataset, as `loadDataset` knows it. */
  readonly dataset: string;
  /** Images per class; null: all of them. */
  readonly ipc: number | null;
  /** What was trained on the set. */
  readonly network: string;
  /** What it was trained on: classes, or distributions over them. */
  readonly labels: "hard" | "soft";
  /** Of the test images, in percent: the best of the tests during a training, where the source is known to say so. */
  readonly accuracy: number;
  /** Standard deviation over repeats, three mostly; null where none is given. */
  readonly deviation: number | null;
  /** The protocol of this library that is the same one; null where it is another, see `remark`. */
  readonly protocol: ProtocolName | null;
  /** Paper and table. */
  readonly source: string;
  /** What else must be known to compare it. */
  readonly remark?: string;
}

/** The protocols of the shared evaluator, and RDED's, by network. */
const protocolsOf: Readonly<Record<"hard" | "soft", Readonly<Record<string, ProtocolName>>>> = {
  hard: {
    "ConvNet-6": "imagenet-convnet6",
    "ResNetAP-10": "imagenet-resnet-ap10",
    "ResNet-18": "imagenet-resnet18",
  },
  soft: { "ResNet-18": "rded-resnet18" },
};

/** All of them. */
const results: readonly PublishedResult[] = tables.flatMap(
  ({ dataset, labels, source, remark, shared, methods, rows }) =>
    rows.flatMap(([ipc, network, cells]) =>
      cells.split(" ").flatMap((cell, i) => {
        if (cell === "-") return [];
        const [accuracy, deviation] = cell.split("±").map(Number);
        return [
          {
            method: methods[i]!,
            ...{ dataset, ipc, network, labels, source },
            accuracy: accuracy!,
            deviation: deviation ?? null,
            protocol: shared ? (protocolsOf[labels][network] ?? null) : null,
            ...(remark ? { remark } : {}),
          },
        ];
      }),
    ),
);

/** Which results are wanted; what is left out is not asked for. */
export type PublishedFilter = Partial<
  Pick<PublishedResult, "dataset" | "ipc" | "network" | "labels" | "method" | "protocol">
>;

/**
 * Published accuracies.
 *
 * @param filter values that a result has to have; `ipc: null` is the whole dataset. Default: all results
 * @example
 * igds.evaluate
 *   .publishedResults({ dataset: "imagewoof", ipc: 10, network: "ConvNet-6" })
 *   .map(({ accuracy }) => accuracy);
 */
export function publishedResults(filter: PublishedFilter = {}): PublishedResult[] {
  const wanted = Object.entries(filter) as [keyof PublishedFilter, unknown][];
  return results.filter((result) =>
    wanted.every(([key, value]) => value === undefined || result[key] === value),
  );
}
