// Many images asked of a compiled network.
import type { ImageBatch } from "./batch";
import { type Tensor, type Tensor4D, tf } from "./engine";

/**
 * The answers of a network, row by row, N x `width`, `chunk` images at once: activations take the memory of one chunk, and the
 * last one is filled up, so that one shape is compiled whatever the count.
 *
 * @param ask is given [chunk, height, width, channels] and answers [chunk, `width`]
 */
export function rowsInChunks(
  { data, shape: [count, height, columns, channels] }: ImageBatch,
  chunk: number,
  width: number,
  ask: (x: Tensor4D) => Tensor,
): Float32Array {
  const size = height * columns * channels;
  const rows = new Float32Array(count * width);
  const filled = new Float32Array(chunk * size);
  for (let from = 0; from < count; from += chunk) {
    const part = data.subarray(from * size, (from + chunk) * size);
    filled.set(part);
    const x = tf.tensor4d(part.length === filled.length ? part : filled, [chunk, height, columns, channels]);
    const found = ask(x);
    const used = Math.min(chunk, count - from);
    rows.set((found.dataSync() as Float32Array).subarray(0, used * width), from * width);
    tf.dispose([x, found]);
  }
  return rows;
}
