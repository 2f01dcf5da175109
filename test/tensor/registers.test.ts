import { afterEach, describe, it } from "vitest";
import { convolve } from "../../src/tensor/convolution";
import { type Tensor1D, type Tensor4D, tf } from "../../src/tensor/engine";
import { agrees, random } from "./agrees";

// The code of processors with smaller registers, which on this one would never run.
describe.each(["4", "8"])("with registers of %s numbers", (numbers) => {
  afterEach(() => {
    delete process.env.IGDS_REGISTERS;
  });

  it("convolutions agree with their definition", () => {
    process.env.IGDS_REGISTERS = numbers;
    agrees(
      (x, kernel, bias) => convolve(x as Tensor4D, kernel as Tensor4D, bias as Tensor1D),
      (x, kernel, bias) => tf.conv2d(x as Tensor4D, kernel as Tensor4D, 1, "same").add(bias),
      [random("x", 3, 9, 10, 32), random("kernel", 3, 3, 32, 48).div(17), random("bias", 48)],
    );
  });
});
