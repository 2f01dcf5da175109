import { Denoiser } from "../../src/diffusion/denoiser";
import { alphaBar, T } from "../../src/diffusion/schedule";
import type { DenoiserNetwork, ImageSpace } from "../../src/nn/denoiserNetwork";
import { Parameters } from "../../src/nn/parameters";
import { type Tensor4D, tf } from "../../src/tensor/engine";

/**
 * The best denoiser of images N(mean_y, variance I): x0hat = mean + sqrt(a) v / (a v + 1 - a) (x_t - sqrt(a) mean),
 * linear in x_t. The mean has no class at y = C: zero.
 */
export function gaussianDenoiser(space: ImageSpace, means: readonly number[], variance: number): Denoiser {
  const p = new Parameters();
  const schedule = p.add("schedule", [T, 1], { constant: 0 });
  const table = p.add("means", [space.classes + 1, 1], { constant: 0 });
  const network: DenoiserNetwork = {
    config: { kind: "gaussian", ...space },
    parameters: p,
    apply(w, x, t, y) {
      const of = (index: typeof t, entries: number, values: typeof schedule) =>
        tf.matMul(tf.oneHot(index, entries).cast("float32"), values(w)).reshape([-1, 1, 1, 1]);
      const a = of(t, T, schedule);
      const mean = tf.mul(of(y, space.classes + 1, table), tf.sqrt(a));
      // epsilon = (x_t - sqrt(a) x0hat) / sqrt(1 - a), simplified
      const gain = tf.div(tf.sqrt(tf.sub(1, a)), tf.add(tf.mul(a, variance), tf.sub(1, a)));
      return tf.mul(tf.sub(x, mean), gain) as Tensor4D;
    },
  };
  const values = Float32Array.from({ length: space.classes + 1 }, (_, y) => means[y] ?? 0);
  const weights = {
    schedule: tf.tensor2d(Float32Array.from(alphaBar), [T, 1]),
    means: tf.tensor2d(values, [values.length, 1]),
  };
  const denoiser = new Denoiser(network, weights);
  tf.dispose(weights);
  return denoiser;
}
