import { type Tensor, type Tensor4D, tf } from "../../src/tensor/engine";
import type { GroupNormOptions } from "../../src/tensor/groupNorm";

/** Group norm with what follows it out of single operations, as the definition reads. */
export function plainGroupNorm(groups: number, { epsilon = 1e-5, activation, pool = 1 }: GroupNormOptions) {
  return (x: Tensor, scale: Tensor, shift: Tensor): Tensor => {
    const [n, height, width, channels] = x.shape;
    const grouped = x.reshape([n, height, width, groups, channels / groups]);
    const { mean, variance } = tf.moments(grouped, [1, 2, 4], true);
    const normal = grouped.sub(mean).div(variance.add(epsilon).sqrt()).reshape(x.shape);
    const z = normal.mul(scale).add(shift);
    const active = activation === "relu" ? z.relu() : activation === "silu" ? z.mul(z.sigmoid()) : z;
    return pool === 1 ? active : tf.avgPool(active as Tensor4D, pool, pool, "valid");
  };
}
