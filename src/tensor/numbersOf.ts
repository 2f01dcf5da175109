// From tensors to plain numbers, with nothing left behind.
import { type Tensor, tf } from "./engine";

/**
 * The numbers of what `compute` makes; all tensors that it makes are freed.
 *
 * Arrays are not to be returned from `tf.tidy`: it looks for tensors at every place of them, a second for each million numbers.
 *
 * @param compute makes a float32 tensor, or several; one that it did not make itself stays the caller's
 */
export function numbersOf(compute: () => Tensor): Float32Array;
export function numbersOf<T extends readonly Tensor[] | []>(
  compute: () => T,
): { -readonly [K in keyof T]: Float32Array };
export function numbersOf(compute: () => Tensor | readonly Tensor[]): Float32Array | Float32Array[] {
  let numbers: Float32Array | Float32Array[] = [];
  tf.tidy(() => {
    const made = compute();
    numbers = made instanceof tf.Tensor ? read(made) : made.map(read);
  });
  return numbers;
}

function read(tensor: Tensor): Float32Array {
  return tensor.dataSync<"float32">();
}
