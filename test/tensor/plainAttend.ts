import { type Tensor, tf } from "../../src/tensor/engine";

/** Attention head by head, as the paper writes it. qkv [N, tokens, 3 * width] */
export function plainAttend(qkv: Tensor, heads: number): Tensor {
  const [q, k, v] = tf.split(qkv, 3, 2);
  const size = q.shape[2]! / heads;
  const mixed = Array.from({ length: heads }, (_, head) => {
    const [a, b, c] = [q, k, v].map((part) => part.slice([0, 0, head * size], [-1, -1, size]));
    return tf.matMul(tf.softmax(tf.matMul(a, b, false, true).div(Math.sqrt(size))), c);
  });
  return tf.concat(mixed, 2);
}
