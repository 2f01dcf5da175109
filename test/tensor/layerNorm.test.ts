import { describe, expect, it } from "vitest";
import { engineInfo, nativeBackend, type Tensor, type Tensor3D, tf } from "../../src/tensor/engine";
import { layerNorm } from "../../src/tensor/layerNorm";
import { trace } from "../../src/tensor/trace";
import { agrees, random } from "./agrees";

const ours = (x: Tensor, gain: Tensor, shift: Tensor): Tensor =>
  layerNorm(x as Tensor3D, gain as Tensor3D, shift as Tensor3D, 1e-6);

/** Out of single operations, as the definition reads. */
function plain(x: Tensor, gain: Tensor, shift: Tensor): Tensor {
  const { mean, variance } = tf.moments(x, -1, true);
  return x.sub(mean).div(variance.add(1e-6).sqrt()).mul(gain).add(shift);
}

describe("layer norm agrees with its definition", () => {
  it.each<[string, number[], number]>([
    ["gain and shift of each image", [3, 5, 12], 3],
    ["gain and shift of the layer", [3, 5, 12], 1],
    ["more tokens than a core takes at once", [2, 130, 24], 2],
    ["channels that are no whole number of vectors", [4, 65, 37], 1],
    ["one image", [1, 7, 16], 1],
  ])("%s: %s", (name, shape, owners) => {
    const by = (what: string) => random(`${name} ${what}`, owners, 1, shape[2]);
    agrees(ours, plain, [
      random(name, ...shape)
        .mul(3)
        .add(1),
      by("gain"),
      by("shift"),
    ]);
  });
});

describe.skipIf(engineInfo.backend !== "tensorflow" || engineInfo.device !== "cpu")(
  "the operation of the addon",
  () => {
    const inputs = [random("x", 2, 4, 6), tf.ones([2, 1, 6]), tf.zeros([2, 1, 6])];

    it("stands alone in the graph, as its gradient does", () => {
      const gradient = () => tf.grads((...at: Tensor[]) => ours(at[0], at[1], at[2]).sum())(inputs);
      const { ops } = trace(nativeBackend(), inputs, gradient);
      expect(ops.map(({ name }) => name).filter((name) => name.startsWith("Igds"))).toEqual([
        "IgdsLayerNorm",
        "IgdsLayerNormGradient",
      ]);
    });

    it("refuses a gain of another width", () => {
      const { binding } = nativeBackend();
      const ids = [
        [2, 4, 6],
        [2, 1, 5],
        [2, 1, 6],
      ].map((of) => binding.createTensor(of, 1, new Float32Array(of.reduce((a, b) => a * b))));
      const attributes = [{ name: "epsilon", type: 2, value: 1e-6 }];
      expect(() => binding.executeOp("IgdsLayerNorm", attributes, ids, 1)).toThrow(/expected gain and shift/);
      for (const id of ids) binding.deleteTensor(id);
    });
  },
);
