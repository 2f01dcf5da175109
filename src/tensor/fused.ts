// Operations with gradients written by hand. Composed of single tfjs operations each would walk over the
// activations two or three times as often: on a processor it is these walks, not the products, that cost.
import { type Tensor, type Tensor1D, type Tensor2D, tf } from "./engine";
import { productBiasGelu, reluGradient } from "./graphOps";
import { byOwnOperation } from "./ownOperations";
import type { Save } from "./save";

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
  // tfjs makes floats of whole numbers, the operation does not.
  if (x.dtype !== "float32") return plainGelu(x) as T;
  return byOwnOperation({ name: "IgdsGelu", attributes: [] }, [x], plainGelu) as T;
}

function plainGelu(x: Tensor): Tensor {
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
  })(x);
}

/** A dense layer through GELU: gelu(x w + b), one walk over the result in a graph. x [N, from], w [from, to], b [to] */
export function denseGelu(x: Tensor2D, w: Tensor2D, b: Tensor1D): Tensor2D {
  return productBiasGelu(x, w, b, () => gelu(tf.add(tf.matMul(x, w), b) as Tensor2D));
}
