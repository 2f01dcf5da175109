// Operations with gradients written by hand. Composed of single tfjs operations each would walk over the
// activations two or three times as often: on a processor it is these walks, not the products, that cost.
import { type Tensor, type Tensor1D, type Tensor2D, type Tensor3D, tf } from "./engine";
import { plainLayerNorm, productBiasGelu, reluGradient } from "./graphOps";
import { insideGradient } from "./trace";

/** SiLU, x * sigmoid(x) (Elfwing et al. 2018). Any shape. */
export function silu<T extends Tensor>(x: T): T {
  return tf.customGrad((input, save) => {
    const gate = tf.sigmoid(input as Tensor);
    const value = tf.mul(input as Tensor, gate);
    (save as Save)([gate, value]);
    return {
      value,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [s, y] = saved;
        return tf.mul(dy, tf.add(s, tf.mul(y, tf.sub(1, s))));
      },
    };
  })(x) as T;
}

/** How a gradient written by hand keeps what it needs: tfjs types it for one tensor. */
export type Save = (tensors: Tensor[]) => void;

/**
 * ReLU. tfjs' own gradient makes five passes over the activations and holds two constants of their size; a graph has
 * one operation for it, and the sign of the result, 0 or 1, is that gradient too.
 */
export function relu<T extends Tensor>(x: T): T {
  return tf.customGrad((input, save) => {
    const value = tf.relu(input as Tensor);
    (save as Save)([value]);
    return {
      value,
      gradFunc: (dy: Tensor, [y]: Tensor[]) => reluGradient(dy, y!, () => tf.mul(dy, tf.sign(y!))),
    };
  })(x) as T;
}

const SQRT_8_OVER_PI = Math.sqrt(8 / Math.PI);
const GELU_CUBE = 0.044715;

/** GELU in its tanh form (Hendrycks & Gimpel 2016), written as x * sigmoid(u): 1 + tanh(v) is 2 sigmoid(2 v). */
export function gelu<T extends Tensor>(x: T): T {
  return tf.customGrad((input, save) => {
    const xs = input as Tensor;
    const square = tf.square(xs);
    const inner = tf.add(tf.mul(square, SQRT_8_OVER_PI * GELU_CUBE), SQRT_8_OVER_PI);
    const gate = tf.sigmoid(tf.mul(xs, inner));
    const value = tf.mul(xs, gate);
    (save as Save)([gate, value, square]);
    return {
      value,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [s, y, xx] = saved;
        // With y = x s(u): y' = s + y (1 - s) u', and u' = c (1 + 3 a x^2).
        const slope = tf.add(tf.mul(xx, 3 * SQRT_8_OVER_PI * GELU_CUBE), SQRT_8_OVER_PI);
        return tf.mul(dy, tf.add(s, tf.mul(tf.mul(y, tf.sub(1, s)), slope)));
      },
    };
  })(x) as T;
}

/** A dense layer through GELU: gelu(x w + b), one walk over the result in a graph. x [N, from], w [from, to], b [to] */
export function denseGelu(x: Tensor2D, w: Tensor2D, b: Tensor1D): Tensor2D {
  return productBiasGelu(x, w, b, () => gelu(tf.add(tf.matMul(x, w), b) as Tensor2D));
}

/**
 * Layer norm without own scale and shift, then scaled and shifted by the condition: adaLN (Peebles & Xie 2023).
 *
 * @param x [N, T, C]
 * @param shift [N, 1, C]
 * @param scale [N, 1, C]; 0 leaves the normalised values as they are
 */
export function modulatedLayerNorm(x: Tensor3D, shift: Tensor3D, scale: Tensor3D, epsilon: number): Tensor3D {
  const normalised = (of: Tensor): { normal: Tensor; inverse: Tensor } => {
    const centred = tf.sub(of, tf.mean(of, -1, true));
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), epsilon));
    return { normal: tf.mul(centred, inverse), inverse };
  };
  if (!insideGradient()) {
    const normal = plainLayerNorm(x, epsilon, () => normalised(x).normal as Tensor3D);
    return tf.add(tf.mul(normal, tf.add(scale, 1)), shift);
  }
  return tf.customGrad((input, b, g, save) => {
    const gain = tf.add(g as Tensor, 1);
    const { normal, inverse } = normalised(input as Tensor);
    (save as unknown as Save)([normal, inverse, gain]);
    return {
      value: tf.add(tf.mul(normal, gain), b as Tensor),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [h, inv, a] = saved;
        // With h = (x - m) inv: dx = inv (a dy - E[a dy] - h E[a dy h]), means over the channels.
        const ady = tf.mul(dy, a);
        const along = tf.mean(tf.mul(ady, h), -1, true);
        const dx = tf.mul(inv, tf.sub(tf.sub(ady, tf.mean(ady, -1, true)), tf.mul(h, along)));
        return [dx, tf.sum(dy, 1, true), tf.sum(tf.mul(dy, h), 1, true)];
      },
    };
  })(x, shift, scale) as Tensor3D;
}
