import { afterEach, describe, it } from "vitest";
import { agrees, random } from "./agrees";
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
});
