// Operations with gradients written by hand. Composed of single tfjs operations each would walk over the
// activations two or three times as often: on a processor it is these walks, not the products, that cost.
import { type Tensor, type Tensor4D, tf } from "./engine";

/** SiLU, x * sigmoid(x) (Elfwing et al. 2018). Any shape. */
export function silu<T extends Tensor>(x: T): T {
  return tf.customGrad((input, save) => {
    const gate = tf.sigmoid(input as Tensor);
    const value = tf.mul(input as Tensor, gate);
    (save as tf_GradSaver)([gate, value]);
    return {
      value,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [s, y] = saved;
        return tf.mul(dy, tf.add(s, tf.mul(y, tf.sub(1, s))));
      },
    };
  })(x) as T;
}

type tf_GradSaver = (tensors: Tensor[]) => void;

/**
 * Group normalisation with scale and shift per image and channel (Wu & He 2018; the scale carries the
 * conditioning, as in Dhariwal & Nichol 2021).
 *
 * @param x [N, H, W, C]
 * @param scale [N or 1, 1, 1, C]
 * @param shift [N or 1, 1, 1, C]
 * @param groups divides C
 */
export function groupNorm(
  x: Tensor4D,
  scale: Tensor4D,
  shift: Tensor4D,
  groups: number,
  epsilon = 1e-5,
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
    const mean = overGroup(overPixels(xs));
    const power = overGroup(overPixels(tf.square(xs)));
    const inverse = tf.rsqrt(tf.add(tf.relu(tf.sub(power, tf.square(mean))), epsilon));
    const a = tf.mul(inverse, g as Tensor);
    const value = tf.add(tf.mul(xs, a), tf.sub(b as Tensor, tf.mul(mean, a)));
    (save as unknown as tf_GradSaver)([xs, g as Tensor, b as Tensor, mean, inverse]);
    return {
      value,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [xv, gv, bv, m, inv] = saved;
        // With h = (x - m) inv: dx = inv (g dy - E[g dy] - h E[g dy h]), means over a group.
        const s1 = overPixels(dy);
        const s2 = overPixels(tf.mul(dy, xv));
        const dyh = tf.mul(inv, tf.sub(s2, tf.mul(m, s1)));
        const meanGdy = overGroup(tf.mul(gv, s1));
        const meanGdyh = overGroup(tf.mul(gv, dyh));
        const byX = tf.neg(tf.mul(tf.square(inv), meanGdyh));
        const constant = tf.sub(tf.neg(tf.mul(inv, meanGdy)), tf.mul(byX, m));
        const dx = tf.add(tf.add(tf.mul(dy, tf.mul(inv, gv)), tf.mul(xv, byX)), constant);
        const pixels = height * width;
        const sumTo = (values: Tensor, like: Tensor): Tensor =>
          like.shape[0] === n ? values : tf.sum(values, 0, true);
        return [dx, sumTo(tf.mul(dyh, pixels), gv), sumTo(tf.mul(s1, pixels), bv)];
      },
    };
  })(x, scale, shift) as Tensor4D;
}
