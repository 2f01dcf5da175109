import { afterEach, describe, it } from "vitest";
import { attend } from "../../src/tensor/attention";
import type { Tensor3D } from "../../src/tensor/engine";
import { agrees, random } from "./agrees";
import { plainAttend } from "./plainAttend";
import { ourConvolution, plainConvolution } from "./plainConvolution";

// The code of processors with smaller registers, which on this one would never run.
describe.each(["4", "8"])("with registers of %s numbers", (numbers) => {
  afterEach(() => {
    delete process.env.IGDS_REGISTERS;
  });

  it("convolutions agree with their definition", () => {
    process.env.IGDS_REGISTERS = numbers;
    agrees(ourConvolution, plainConvolution, [
      random("x", 3, 9, 10, 32),
      random("kernel", 3, 3, 32, 48).div(17),
      random("bias", 48),
    ]);
  });

  it("attention agrees with its definition", () => {
    process.env.IGDS_REGISTERS = numbers;
    agrees(
      (qkv) => attend(qkv as Tensor3D, 2),
      (qkv) => plainAttend(qkv, 2),
      [random("qkv", 4, 29, 3 * 2 * 20)],
    );
  });
});
