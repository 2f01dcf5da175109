// Group normalisation with what follows it: activation and pooling. In a graph that is one walk over each image, which
// stays in the cache meanwhile (native/groupNorm.cc).
import { type Tensor, type Tensor4D, tf } from "./engine";
import { relu, silu } from "./fused";
import { byOwnOperation } from "./ownOperations";
import type { Save } from "./save";
import { attributeKinds } from "./trace";

export interface GroupNormOptions {
  /** Added to variances. Default 1e-5. */
  readonly epsilon?: number;
  /** Default: none. */
  readonly activation?: "relu" | "silu";
  /** 2: averages of 2 x 2 pixels; a last odd row or column is left out. Default 1. */
  readonly pool?: 1 | 2;
}

/**
 * Group normalisation with scale and shift per image and channel (Wu & He 2018; the scale carries the
 * conditioning, as in Dhariwal & Nichol 2021), then activation, then average pooling.
 *
 * @param x [N, H, W, C]
 * @param scale [N or 1, 1, 1, C]
 * @param shift [N or 1, 1, 1, C]
 * @param groups divides C
 * @returns [N, H / pool, W / pool, C]
 */
export function groupNorm(
  x: Tensor4D,
  scale: Tensor4D,
  shift: Tensor4D,
  groups: number,
  { epsilon = 1e-5, activation, pool = 1 }: GroupNormOptions = {},
): Tensor4D {
  const composed = (of: Tensor, g: Tensor, b: Tensor): Tensor4D => {
    const normal = plainGroupNorm(of as Tensor4D, g as Tensor4D, b as Tensor4D, groups, epsilon);
    const active = activation === "relu" ? relu(normal) : activation === "silu" ? silu(normal) : normal;
    return pool === 1 ? active : tf.avgPool(active, pool, pool, "valid");
  };
  const { int, float } = attributeKinds;
  const attributes = [
    { name: "groups", type: int, value: groups },
    { name: "epsilon", type: float, value: epsilon },
    { name: "activation", type: int, value: ACTIVATIONS.indexOf(activation ?? "none") },
    { name: "pool", type: int, value: pool },
  ];
  return byOwnOperation({ name: "IgdsGroupNorm", attributes }, [x, scale, shift], composed);
}

/** In the order of native/normalise.h. */
const ACTIVATIONS = ["none", "relu", "silu"] as const;

/** By sums alone, with its gradient by hand. */
function plainGroupNorm(
  x: Tensor4D,
  scale: Tensor4D,
  shift: Tensor4D,
  groups: number,
  epsilon: number,
): Tensor4D {
  const [n, height, width, channels] = x.shape;
  const size = channels / groups;
  // Sums per channel first (large to small), then everything else on [N, 1, 1, C].
  const overGroup = (perChannel: Tensor): Tensor =>
    tf
      .mean(tf.reshape(perChannel, [n, groups, size]), 2, true)
      .tile([1, 1, size])
      .reshape([n, 1, 1, channels]);
  const overPixels = (values: Tensor): Tensor => tf.mean(values, [1, 2], true);
  return tf.customGrad((input, g, b, save) => {
    const xs = input as Tensor;
    // Centred first: E[x^2] - E[x]^2 has no digits left where the mean is far above the deviation.
    const centred = tf.sub(xs, overGroup(overPixels(xs)));
    const variance = overGroup(overPixels(tf.square(centred)));
    const inverse = tf.rsqrt(tf.add(variance, epsilon));
    const value = tf.add(tf.mul(centred, tf.mul(inverse, g as Tensor)), b as Tensor);
    (save as unknown as Save)([centred, g as Tensor, b as Tensor, inverse]);
    return {
      value,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [cv, gv, bv, inv] = saved;
        // With h = c inv, c centred: dx = inv (g dy - E[g dy] - h E[g dy h]), means over a group.
        const s1 = overPixels(dy);
        const dyh = tf.mul(inv, overPixels(tf.mul(dy, cv)));
        const meanGdy = overGroup(tf.mul(gv, s1));
        const meanGdyh = overGroup(tf.mul(gv, dyh));
        const byCentred = tf.neg(tf.mul(tf.square(inv), meanGdyh));
        const constant = tf.neg(tf.mul(inv, meanGdy));
        const dx = tf.add(tf.add(tf.mul(dy, tf.mul(inv, gv)), tf.mul(cv, byCentred)), constant);
        const pixels = height * width;
        const sumTo = (values: Tensor, like: Tensor): Tensor =>
          like.shape[0] === n ? values : tf.sum(values, 0, true);
        return [dx, sumTo(tf.mul(dyh, pixels), gv), sumTo(tf.mul(s1, pixels), bv)];
      },
    };
  })(x, scale, shift) as Tensor4D;
}
