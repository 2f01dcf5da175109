// Convolution with stride 1, "same" padding and a bias, and ours, on tensors of any type.
import { convolve } from "../../src/tensor/convolution";
import { type Tensor, type Tensor1D, type Tensor4D, tf } from "../../src/tensor/engine";

export const plainConvolution = (x: Tensor, kernel: Tensor, bias: Tensor): Tensor =>
  tf.add(tf.conv2d(x as Tensor4D, kernel as Tensor4D, 1, "same"), bias);

export const ourConvolution = (x: Tensor, kernel: Tensor, bias: Tensor): Tensor =>
  convolve(x as Tensor4D, kernel as Tensor4D, bias as Tensor1D);
