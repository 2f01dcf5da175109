// Layer norm over the last axis. In a graph that is one walk over each token (native/layerNorm.cc).
import { type Tensor, type Tensor3D, tf } from "./engine";
import { byOwnOperation } from "./ownOperations";
import type { Save } from "./save";
import { attributeKinds } from "./trace";

/**
 * Layer norm (Ba, Kiros & Hinton 2016), then gain and shift: those of the layer, or of each image, as in adaLN (Peebles
 * & Xie 2023).
 *
 * @param x [N, T, C]
 * @param gain [N or 1, 1, C]
 * @param shift shaped like the gain
 * @param epsilon added to variances
 */
export function layerNorm(x: Tensor3D, gain: Tensor3D, shift: Tensor3D, epsilon: number): Tensor3D {
  const composed = (of: Tensor, g: Tensor, b: Tensor): Tensor3D => plainLayerNorm(of, g, b, epsilon);
  const attributes = [{ name: "epsilon", type: attributeKinds.float, value: epsilon }];
  return byOwnOperation({ name: "IgdsLayerNorm", attributes }, [x, gain, shift], composed);
}

/** By sums alone, with its gradient by hand. */
function plainLayerNorm(x: Tensor, gain: Tensor, shift: Tensor, epsilon: number): Tensor3D {
  return tf.customGrad((input, g, b, save) => {
    const centred = tf.sub(input as Tensor, tf.mean(input as Tensor, -1, true));
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), epsilon));
    const normal = tf.mul(centred, inverse);
    (save as unknown as Save)([normal, inverse, g as Tensor]);
    return {
      value: tf.add(tf.mul(normal, g as Tensor), b as Tensor),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [h, inv, a] = saved;
        // With h = (x - m) inv: dx = inv (a dy - E[a dy] - h E[a dy h]), means over the channels.
        const ady = tf.mul(dy, a);
        const along = tf.mean(tf.mul(ady, h), -1, true);
        const dx = tf.mul(inv, tf.sub(tf.sub(ady, tf.mean(ady, -1, true)), tf.mul(h, along)));
        const owners = a.shape[0] === dy.shape[0] ? [1] : [0, 1];
        const summed = (values: Tensor) => tf.sum(values, owners, true);
        return [dx, summed(tf.mul(dy, h)), summed(dy)];
      },
    };
  })(x, gain, shift) as Tensor3D;
}
