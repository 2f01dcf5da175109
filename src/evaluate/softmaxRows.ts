// Scores of a classifier as shares that add up to one.
import { softmaxInPlace } from "../information/softmax";

/** softmax(logits / temperature) of each row. */
export function softmaxRows(logits: Float32Array, classes: number, temperature = 1): Float32Array {
  const rows = new Float32Array(logits.length);
  for (let from = 0; from < logits.length; from += classes) {
    const row = Float64Array.from(logits.subarray(from, from + classes));
    softmaxInPlace(row, temperature);
    rows.set(row, from);
  }
  return rows;
}
