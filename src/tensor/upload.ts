// Tensors from memory that is used again, for weights of gigabytes: beside the engine's copy only one tensor lies in
// JavaScript.
import { engineInfo, nativeBackend, type Tensor, tf } from "./engine";

/** Memory for `length` numbers to fill and hand to `upload`, again and again. */
export function uploadBuffer(length: number): Float32Array {
  // The addon lends memory to TensorFlow where it is aligned to 64 bytes, and copies it where it is not: never here.
  return new Float32Array(new ArrayBuffer(4 + 4 * length), 4, length);
}

/**
 * A tensor whose values the engine has copied when this returns; tensors made otherwise keep theirs until they are used.
 * @param values in memory of `uploadBuffer`
 */
export function upload(values: Float32Array, shape: readonly number[]): Tensor {
  if (engineInfo.backend !== "tensorflow") return tf.tensor(values.slice(), [...shape], "float32");
  const tensor = tf.tensor(values, [...shape], "float32");
  nativeBackend().getInputTensorIds([tensor]);
  return tensor;
}
