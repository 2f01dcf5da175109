// The parts of convolutional classifiers: convolutions without bias, instance norm.
import { convolve } from "../tensor/convolution";
import { type Tensor4D, tf } from "../tensor/engine";
import type { GroupNormOptions } from "../tensor/groupNorm";
import { type Layer, norm } from "./layers";
import type { Initial, Parameters } from "./parameters";

/**
 * A convolution, "same" padding. It has no bias: the instance norm behind it would subtract it again.
 * Half the variance is lost in the ReLU, hence the gain (He et al. 2015) where no other start is given.
 */
export function heConv(
  p: Parameters,
  path: string,
  from: number,
  to: number,
  { size = 3, stride = 1, initial }: { size?: number; stride?: number; initial?: Initial } = {},
): Layer<Tensor4D> {
  const kernel = p.add<Tensor4D>(
    path,
    [size, size, from, to],
    initial ?? { deviation: Math.sqrt(2 / (size * size * from)) },
  );
  return (w, x) => {
    // Of 1x1 with a stride and an odd number of images, oneDNN's gradient writes beyond its memory (TensorFlow 2.21; seen
    // at 1, 3, 5, 7, 9 and 63 images). Choosing the pixels first is the same convolution.
    if (size === 1 && stride > 1 && x.shape[0] % 2 === 1)
      return tf.conv2d(tf.avgPool(x, 1, stride, "valid"), kernel(w), 1, "same");
    return convolve(x, kernel(w), null, stride);
  };
}

/** Instance norm with learned scale and shift (Ulyanov et al. 2016): group norm with one group per channel. */
export function instanceNorm(
  p: Parameters,
  path: string,
  channels: number,
  options: GroupNormOptions = {},
): Layer<Tensor4D> {
  return norm(p, path, channels, channels, options);
}
