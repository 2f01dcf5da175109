import { describe, expect, it } from "vitest";
import { compile } from "../../src/tensor/compile";
import { convolve } from "../../src/tensor/convolution";
import { engineInfo, nativeBackend, type Tensor, type Tensor4D, tf } from "../../src/tensor/engine";
import { hasOwnOperations } from "../../src/tensor/ownOperations";
import { attributeKinds, trace } from "../../src/tensor/trace";
import { agrees, largestDifference, random } from "./agrees";
import { loadedGraphs } from "./loadedGraph";
import { ourConvolution as ours, plainConvolution as plain } from "./plainConvolution";

/** Images, a kernel whose results have variance 1, and a bias. */
function inputs(name: string, [n, rows, columns]: number[], from: number, to: number, size = 3): Tensor[] {
  return [
    random(`${name} x`, n, rows, columns, from),
    random(`${name} kernel`, size, size, from, to).div(Math.sqrt(size * size * from)),
    random(`${name} bias`, to),
  ];
}

describe("a convolution agrees with its definition", () => {
  it.each<[string, number[], number, number]>([
    ["whole tiles", [3, 8, 12], 16, 32],
    ["a last row and column of tiles cut off", [2, 7, 14], 32, 16],
    ["one image, more tiles than a block", [1, 14, 18], 128, 128],
    ["many small images, a block over several", [70, 3, 4], 16, 16],
    ["a last block of one tile", [13, 4, 4], 64, 128],
    ["many channels", [3, 6, 6], 256, 128],
    ["fewer tiles than are worth it", [2, 8, 8], 16, 16],
    ["channels that the operation does not take", [2, 8, 8], 8, 24],
    ["too small for tiles", [5, 2, 2], 16, 16],
  ])("%s", (name, shape, from, to) => {
    agrees(ours, plain, inputs(name, shape, from, to));
  });

  it("more tiles than a stretch of the kernel's gradient", () => {
    const [x, kernel, bias] = inputs("stretch", [98, 4, 4], 304, 160);
    // Smaller images, as the gradient sums over 1,568 pixels and its digits are those of the sum.
    agrees(ours, plain, [x!.div(5), kernel!, bias!]);
  });

  it.each([
    ["with a stride", 3, 2],
    ["of another size", 5, 1],
  ])("%s, without a bias", (name, size, stride) => {
    const [x, kernel] = inputs(name, [4, 9, 8], 16, 16, size) as [Tensor4D, Tensor4D];
    const run = compile((at: Tensor4D) => convolve(at, kernel, null, stride));
    expect(largestDifference(run(x), tf.conv2d(x, kernel, stride, "same"))).toBeLessThan(2e-5);
    run.dispose();
  });

  it("keeps what is outside of the image out", () => {
    const [, kernel] = inputs("outside", [1, 1, 1], 16, 16) as [Tensor4D, Tensor4D];
    // A number at one corner must not come back at another, or in the next image.
    const at = tf.buffer([4, 8, 8, 16]);
    at.set(1e6, 0, 7, 7, 3);
    const run = compile((x: Tensor4D) => convolve(x, kernel));
    const y = run(at.toTensor() as Tensor4D);
    expect(largestDifference(y.slice([0, 0, 0, 0], [1, 4, 8, 16]), tf.zeros([1, 4, 8, 16]))).toBe(0);
    expect(largestDifference(y.slice([1, 0, 0, 0], [1, 8, 8, 16]), tf.zeros([1, 8, 8, 16]))).toBe(0);
    run.dispose();
  });
});

describe.skipIf(engineInfo.backend !== "tensorflow" || engineInfo.device !== "cpu")(
  "the operation of the addon",
  () => {
    it("is what a graph has, forwards and backwards", () => {
      expect(hasOwnOperations()).toBe(true);
      const given = inputs("names", [3, 8, 8], 16, 16);
      const names = (fn: () => Tensor[]) => trace(nativeBackend(), given, fn).ops.map(({ name }) => name);
      expect(names(() => [ours(given[0]!, given[1]!, given[2]!)])).toEqual(["IgdsConvolution"]);
      const gradient = names(() => tf.grads((...at: Tensor[]) => ours(at[0]!, at[1]!, at[2]!).sum())(given));
      expect(gradient.filter((name) => name === "IgdsConvolution")).toHaveLength(2);
      expect(gradient).toContain("IgdsConvolutionKernelGradient");
      expect(gradient.filter((name) => name.startsWith("Conv2D"))).toEqual([]);
    });

    it("is loaded where a graph has nothing else of ours", () => {
      // Without a bias it stands for exactly one operation, forwards and backwards.
      const [x, kernel] = inputs("alone", [3, 8, 8], 16, 16) as [Tensor4D, Tensor4D];
      const alone = compile((at: Tensor4D) => convolve(at, kernel));
      const [graph] = loadedGraphs(() => alone(x));
      expect(graph).toContain("IgdsConvolution");
      expect(graph).not.toContain("Conv2D");
      alone.dispose();
    });

    it("rounds about as the plain sum does", () => {
      const [x, kernel, bias] = inputs("digits", [4, 16, 16], 128, 64);
      const run = compile(ours);
      const direct = plain(x!, kernel!, bias!);
      // Both in float32, of results of variance 2.
      const error = run(x!, kernel!, bias!).sub(direct).square().mean().sqrt().dataSync()[0];
      expect(error).toBeLessThan(2e-6);
      run.dispose();
    });

    it.each<[string, number[][], RegExp]>([
      [
        "a number of channels that is no multiple of 16",
        [[1, 4, 4, 8], [3, 3, 8, 16], [16]],
        /multiples of 16/,
      ],
      ["a kernel of another width", [[1, 4, 4, 16], [3, 3, 32, 16], [16]], /expected a kernel/],
      ["a kernel of another size", [[1, 4, 4, 16], [5, 5, 16, 16], [16]], /expected a kernel/],
      ["a bias of another width", [[1, 4, 4, 16], [3, 3, 16, 16], [32]], /expected a kernel/],
    ])("refuses %s", (_, shapes, message) => {
      const { binding } = nativeBackend();
      const ids = shapes.map((of) =>
        binding.createTensor(of, 1, new Float32Array(of.reduce((a, b) => a * b))),
      );
      const attributes = [{ name: "turned", type: attributeKinds.int, value: 0 }];
      expect(() => binding.executeOp("IgdsConvolution", attributes, ids, 1)).toThrow(message);
      for (const id of ids) binding.deleteTensor(id);
    });
  },
);
