// Softmax and its logarithm on plain numbers, in 64 bits. (On tensors: `logSoftmax` of barberAgakov.ts.)
//
//     log-sum-exp z = t + ln sum_c e^(z_c - t),   t = max z,      log softmax z = z - log-sum-exp z
//
// The largest is taken off first, so that no exponential overflows and at least one of them is 1.

/**
 * ln sum exp of `count` numbers from index `from` on.
 * @param values at least one of these finite
 */
export function logSumExp(values: ArrayLike<number>, from = 0, count = values.length - from): number {
  const top = largest(values, from, count);
  return top + Math.log(sumExp(values, top, from, count));
}

/**
 * Log of the softmax of one row at one column.
 * @param logits row by row, rows x `columns`
 */
export function logSoftmaxAt(
  logits: ArrayLike<number>,
  columns: number,
  row: number,
  column: number,
): number {
  const from = row * columns;
  const top = largest(logits, from, columns);
  return logits[from + column]! - top - Math.log(sumExp(logits, top, from, columns));
}

/** Makes scores shares that add up to 1: softmax(scores / temperature), temperature > 0. */
export function softmaxInPlace(scores: Float64Array, temperature = 1): void {
  const top = largest(scores, 0, scores.length);
  let sum = 0;
  for (let c = 0; c < scores.length; c++) {
    scores[c] = Math.exp((scores[c]! - top) / temperature);
    sum += scores[c]!;
  }
  for (let c = 0; c < scores.length; c++) scores[c]! /= sum;
}

function largest(values: ArrayLike<number>, from: number, count: number): number {
  let top = -Infinity;
  for (let i = from; i < from + count; i++) top = Math.max(top, values[i]!);
  return top;
}

function sumExp(values: ArrayLike<number>, top: number, from: number, count: number): number {
  let sum = 0;
  for (let i = from; i < from + count; i++) sum += Math.exp(values[i]! - top);
  return sum;
}
