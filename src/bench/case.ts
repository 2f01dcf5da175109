// One piece of work that is timed here and in PyTorch, from the same weights and inputs.
import { engineInfo, type Tensor } from "../tensor/engine";

/** A tensor as plain numbers. */
export interface Plain {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** A case ready to run. */
export interface BenchCase {
  /** What PyTorch's worker makes its case of: `kind` and numbers (torch/reference.py). */
  readonly request: { readonly kind: string } & Readonly<Record<string, unknown>>;
  /** Weights and inputs that PyTorch gets, in the library's layouts. */
  readonly tensors: ReadonlyMap<string, Plain>;
  /** Does the work once. @returns its result, to be compared */
  run(): Promise<ArrayLike<number>> | ArrayLike<number>;
  /**
   * What is wrong with PyTorch's result, null where it is the same. Default: no number differs by more than 1e-3 of the
   * largest, as sums in another order may, or 2e-2 in TF32.
   */
  differs?(ours: ArrayLike<number>, theirs: ArrayLike<number>): string | null;
  /** A run takes many seconds: it is repeated less often. */
  readonly long?: boolean;
  dispose(): void;
}

/** What a case is called, and how it is made when its turn comes. */
export interface NamedCase {
  readonly name: string;
  build(): Promise<BenchCase> | BenchCase;
}

/** Tensors as plain numbers, each under `prefix` and its name. */
export function plainTensors(prefix: string, tensors: Readonly<Record<string, Tensor>>): [string, Plain][] {
  return Object.entries(tensors).map(([name, tensor]) => [
    `${prefix}${name}`,
    { shape: tensor.shape, data: tensor.dataSync() as Float32Array | Int32Array },
  ]);
}

/** A GPU rounds the factors of products to TF32, on both sides, to eleven bits; NVIDIA_TF32_OVERRIDE=0 forbids it. */
const tolerance = (): number =>
  engineInfo.device === "gpu" && process.env.NVIDIA_TF32_OVERRIDE !== "0" ? 2e-2 : 1e-3;

/** See {@link BenchCase.differs}. */
export function largestDifference(ours: ArrayLike<number>, theirs: ArrayLike<number>): string | null {
  if (ours.length !== theirs.length) return `${theirs.length} numbers in place of ${ours.length}`;
  let largest = 0;
  let difference = 0;
  for (let i = 0; i < ours.length; i++) {
    largest = Math.max(largest, Math.abs(ours[i]!));
    difference = Math.max(difference, Math.abs(ours[i]! - theirs[i]!));
  }
  return difference <= tolerance() * largest ? null : `${difference} off at a largest value of ${largest}`;
}

/** What is wrong where the mean difference is more than a part of the mean value. */
export function scatter(ours: ArrayLike<number>, theirs: ArrayLike<number>, part: number): string | null {
  if (ours.length !== theirs.length) return largestDifference(ours, theirs);
  const mean = (of: (i: number) => number) =>
    Array.from(ours, (_, i) => Math.abs(of(i))).reduce((a, b) => a + b, 0) / ours.length;
  const difference = mean((i) => ours[i]! - theirs[i]!);
  const size = mean((i) => ours[i]!);
  return difference <= part * size ? null : `${difference} off in the mean at a mean value of ${size}`;
}
