// Scores of a classifier as shares that add up to one.

/** softmax(logits / temperature) of each row. */
export function softmaxRows(logits: Float32Array, classes: number, temperature = 1): Float32Array {
  const rows = new Float32Array(logits.length);
  for (let from = 0; from < logits.length; from += classes) {
    const row = logits.subarray(from, from + classes);
    const top = Math.max(...row);
    const powers = Array.from(row, (value) => Math.exp((value - top) / temperature));
    const sum = powers.reduce((a, b) => a + b, 0);
    powers.forEach((power, c) => {
      rows[from + c] = power / sum;
    });
  }
  return rows;
}
