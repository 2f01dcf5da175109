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

/** Fewest real images that a set can be held against. */
export const FEWEST_REAL = K_COVERAGE + 1;

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
   * @throws RangeError if there are fewer than 6 rows, the points are not whole rows, or a number is not finite
   */
  constructor(
    private readonly real: Float32Array,
    readonly dimension: number,
  ) {
    checkRows("the features of real images", real, dimension, FEWEST_REAL);
    [this.radii3, this.radii5] = neighbourRadii(real, dimension, [K_RECALL, K_COVERAGE]);
    this.gaussian = gaussianOf(real, dimension);
  }

  /**
   * @param set features of the set, row by row, M x `dimension`, M >= 2
   * @throws RangeError if there are fewer rows, the points are not whole rows, or a number is not finite
   * @example
   * const real = new igds.evaluate.RealManifold(reference.features(heldOut), reference.featureCount);
   * real.coverageOf(reference.features(set.images)).coverage;
   */
  coverageOf(set: Float32Array): Coverage {
    const { real, dimension, radii3, radii5 } = this;
    checkRows("the features of a set", set, dimension, 2);
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
 * direction, N where all are orthogonal. Points of length zero have no direction: they count as equal to each other, and as
 * orthogonal to the rest.
 *
 * @param points row by row, N x `dimension`
 * @param dimension numbers in one point
 * @returns effective number of different points, 1..N
 * @throws RangeError if there is no point, the points are not whole rows, or a number is not finite
 * @example
 * igds.evaluate.vendiScore(Float32Array.of(1, 0, 2, 0, 0, 3), 2); // 1.89: two of three point in one direction
 */
export function vendiScore(points: Float32Array, dimension: number): number {
  checkRows("vendiScore: the points", points, dimension, 1);
  const n = points.length / dimension;
  const units = Float64Array.from(points);
  const lengths = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const row = units.subarray(i * dimension, (i + 1) * dimension);
    // Not Math.hypot: the numbers of a photograph are more arguments than a function takes.
    lengths[i] = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
    for (let c = 0; c < dimension; c++) row[c] /= lengths[i] || 1;
  }
  const kernel = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = lengths[i] === 0 && lengths[j] === 0 ? 1 : 0;
      for (let c = 0; c < dimension; c++) sum += units[i * dimension + c] * units[j * dimension + c];
      kernel[i * n + j] = kernel[j * n + i] = sum / n;
    }
  return vendiOf(kernel, n).score;
}

/** @throws RangeError unless the points are whole rows of finite numbers, at least so many */
function checkRows(what: string, points: Float32Array, dimension: number, fewest: number): void {
  const n = points.length / dimension;
  if (!Number.isInteger(n) || n < fewest)
    throw new RangeError(
      `Expected ${what} as ${fewest} or more rows of ${dimension} numbers, found ${points.length} numbers`,
    );
  const wrong = points.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0)
    throw new RangeError(
      `Expected ${what} as finite numbers, found ${points[wrong]} in row ${Math.floor(wrong / dimension)}: has the network ` +
        "diverged?",
    );
}
