// How well a set stands for the real images, in a fixed feature space.
//
// Around each point lies a ball that reaches its k-th neighbour of the same kind; the balls stand for the region
// where such points are found.
//   precision, recall    T. Kynkaanniemi et al.: Improved Precision and Recall Metric. NeurIPS 2019. k = 3
//   density, coverage    M. F. Naeem et al.: Reliable Fidelity and Diversity Metrics. ICML 2020. k = 5
//   Vendi score          D. Friedman, A. B. Dieng. TMLR 2023, cosine kernel
//   Frechet distance     frechet.ts
// All but the Vendi score depend on the size of the set: compare sets of one size, and with real images as many.
import { vendiOf } from "../information/vendi";
import { eachDistanceRow, neighbourRadii } from "./distanceRows";
import { frechetDistance, type Gaussian, gaussianOf } from "./frechet";

/** How a set lies among real images, in the features of a classifier; shares of images, 0 to 1. */
export interface Coverage {
  /** Share of the set inside the balls of the real images. */
  readonly precision: number;
  /** Share of the real images inside the balls of the set; NaN for a set of 3 images or fewer. */
  readonly recall: number;
  /** Real balls that an image of the set lies in, on average, over k; can exceed 1. */
  readonly density: number;
  /** Share of the real balls that hold an image of the set. */
  readonly coverage: number;
  /** Squared Frechet distance of the set to the real images. */
  readonly frechet: number;
  /** Effective number of different images, 1 .. N. */
  readonly vendi: number;
}

const K_RECALL = 3;
const K_COVERAGE = 5;

/**
 * What is needed of the real images, computed once for many sets.
 * @example
 * const real = new igds.evaluate.RealManifold(reference.features(heldOut), reference.featureCount);
 * real.coverageOf(reference.features(set.images)).coverage; // 0 to 1
 */
export class RealManifold {
  private readonly radii3: Float32Array;
  private readonly radii5: Float32Array;
  private readonly gaussian: Gaussian;

  /**
   * @param real features of real images, row by row, N x `dimension`
   * @throws RangeError if there are fewer than 6 rows
   */
  constructor(
    private readonly real: Float32Array,
    readonly dimension: number,
  ) {
    [this.radii3, this.radii5] = neighbourRadii(real, dimension, [K_RECALL, K_COVERAGE]);
    this.gaussian = gaussianOf(real, dimension);
  }

  /**
   * @param set features of the set, row by row, M x `dimension`, M >= 2
   * @example
   * const real = new igds.evaluate.RealManifold(reference.features(heldOut), reference.featureCount);
   * real.coverageOf(reference.features(set.images)).coverage;
   */
  coverageOf(set: Float32Array): Coverage {
    const { real, dimension, radii3, radii5 } = this;
    const [n, m] = [real.length / dimension, set.length / dimension];
    const setRadii = m > K_RECALL ? neighbourRadii(set, dimension, [K_RECALL])[0] : null;
    let [inside, hits] = [0, 0];
    const covered = new Uint8Array(n);
    const recalled = new Uint8Array(n);
    eachDistanceRow(set, real, dimension, (j, squares) => {
      let within = false;
      for (let i = 0; i < n; i++) {
        if (squares[i] <= radii3[i]) within = true;
        if (squares[i] <= radii5[i]) {
          hits++;
          covered[i] = 1;
        }
        if (setRadii && squares[i] <= setRadii[j]) recalled[i] = 1;
      }
      if (within) inside++;
    });
    const share = (marks: Uint8Array) => marks.reduce((sum, mark) => sum + mark, 0) / n;
    return {
      precision: inside / m,
      recall: setRadii ? share(recalled) : Number.NaN,
      density: hits / (K_COVERAGE * m),
      coverage: share(covered),
      frechet: frechetDistance(this.gaussian, gaussianOf(set, dimension)),
      vendi: vendiScore(set, dimension),
    };
  }
}

/**
 * The Vendi score (information/vendi.ts) with the cosines between the points as kernel: 1 where all point in one
 * direction, N where all are orthogonal.
 *
 * @param points row by row, N x `dimension`
 * @param dimension numbers in one point
 * @returns effective number of different points, 1..N
 * @example
 * igds.evaluate.vendiScore(Float32Array.of(1, 0, 2, 0, 0, 3), 2); // 1.89: two of three point in one direction
 */
export function vendiScore(points: Float32Array, dimension: number): number {
  const n = points.length / dimension;
  const units = Float64Array.from(points);
  for (let i = 0; i < n; i++) {
    const row = units.subarray(i * dimension, (i + 1) * dimension);
    const length = Math.hypot(...row) || 1;
    for (let c = 0; c < dimension; c++) row[c] /= length;
  }
  const kernel = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let c = 0; c < dimension; c++) sum += units[i * dimension + c] * units[j * dimension + c];
      kernel[i * n + j] = kernel[j * n + i] = sum / n;
    }
  return vendiOf(kernel, n).score;
}
