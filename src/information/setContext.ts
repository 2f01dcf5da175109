// The context bound of a finite set about itself: Z says which image of the set a blurred image came from.
//
// Given Z = i the blurred image is N(x_i, s^2 I), so q(z|x) is known in closed form and Barber and Agakov's bound has
// no gap: its mean over the noise is the information part of the blurred set itself, which the mixture bounds only
// enclose. The price is Monte Carlo noise, of about 1 / sqrt(N x draws) nats.
import { type Tensor, tf } from "../tensor/engine";
import { numbersOf } from "../tensor/numbersOf";
import type { Seed } from "../tensor/random";
import { contextInformation, contextTensors } from "./context";
import type { Estimate } from "./groundTruth";

/** Most numbers in the noised images of one step. */
const MOST_NUMBERS = 1 << 18;

/**
 * @param points row by row, N x `dimension`
 * @param s2 variance s^2 of the blur, as of `mixtureInformation`
 * @param seed of the noise
 * @param draws noised copies of each image
 * @returns nats, at most ln N; zero at N = 1
 * @throws RangeError if the points are not whole rows, s2 is not positive, or there are no draws
 */
export function contextOfSet(
  points: Float32Array,
  dimension: number,
  s2: number,
  seed: Seed,
  draws = 20,
): Estimate {
  const n = points.length / dimension;
  if (!Number.isInteger(n) || n < 1 || !(s2 > 0) || !Number.isInteger(draws) || draws < 1) {
    throw new RangeError(
      `contextOfSet: expected rows of ${dimension} numbers, s2 > 0 and at least one draw, found ` +
        `${points.length} numbers, s2 = ${s2} and ${draws} draws.`,
    );
  }
  const scale = Math.sqrt(s2);
  const shares = numbersOf(() => {
    // The clean images are the centroids: no variance of their own.
    const model = contextTensors([
      {
        dimension,
        k: n,
        centroids: points,
        weights: new Float32Array(n).fill(1 / n),
        variance: new Float32Array(n),
      },
    ]);
    const images = tf.tensor2d(points, [n, dimension]);
    // Several draws at a time, as the images of one class; their own cluster is that of their row modulo N.
    const atOnce = Math.max(1, Math.min(draws, Math.floor(MOST_NUMBERS / points.length)));
    const perDraw: Tensor[] = [];
    for (let first = 0; first < draws; first += atOnce) {
      const copies = Math.min(atOnce, draws - first);
      const noise = tf.tensor2d(seed.child("draws", first).normal(copies * points.length), [
        copies * n,
        dimension,
      ]);
      const blurred: Tensor = tf.add(tf.tile(images, [copies, 1]), tf.mul(noise, scale));
      perDraw.push(contextInformation(blurred, model, "own", { s2 }).perImage);
    }
    return tf.concat(perDraw);
  });
  const value = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  // Noise alone varies between draws: the spread is taken inside each image, whose share is not random.
  let squares = 0;
  for (let i = 0; i < n; i++) {
    let own = 0;
    for (let row = i; row < shares.length; row += n) own += shares[row]!;
    own /= draws;
    for (let row = i; row < shares.length; row += n) squares += (shares[row]! - own) ** 2;
  }
  const standardError = draws > 1 ? Math.sqrt(squares / (n * (draws - 1)) / shares.length) : Infinity;
  return { value, standardError, samples: shares.length };
}
