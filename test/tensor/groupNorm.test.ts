import { describe, expect, it } from "vitest";
import { compile } from "../../src/tensor/compile";
import { engineInfo, nativeBackend, type Tensor, type Tensor4D, tf } from "../../src/tensor/engine";
import { type GroupNormOptions, groupNorm } from "../../src/tensor/groupNorm";
import { hasOwnOperations } from "../../src/tensor/ownOperations";
import { trace } from "../../src/tensor/trace";
import { agrees, largestDifference, random } from "./agrees";
import { plainGroupNorm } from "./plainGroupNorm";

const ours =
  (groups: number, options: GroupNormOptions = {}) =>
  (x: Tensor, scale: Tensor, shift: Tensor): Tensor =>
    groupNorm(x as Tensor4D, scale as Tensor4D, shift as Tensor4D, groups, options);

describe("group norm with what follows it agrees with its definition", () => {
  it.each<[string, number[], number, number, GroupNormOptions]>([
    ["alone", [3, 5, 4, 8], 4, 1, {}],
    ["with scale and shift of each image", [3, 5, 4, 8], 4, 3, {}],
    ["one group per channel", [9, 6, 6, 5], 5, 1, { epsilon: 1e-3 }],
    ["one group of all, a channel more than a block", [2, 3, 3, 33], 1, 2, { activation: "silu" }],
    ["ReLU and pooling", [9, 6, 4, 40], 40, 1, { activation: "relu", pool: 2 }],
    ["ReLU and pooling of odd sizes, few images", [2, 7, 5, 6], 3, 2, { activation: "relu", pool: 2 }],
    ["pooling of odd sizes, many images", [8, 5, 7, 64], 2, 8, { pool: 2 }],
    ["SiLU, one large image", [1, 40, 24, 16], 4, 1, { activation: "silu" }],
    ["SiLU and pooling", [10, 4, 4, 32], 8, 10, { activation: "silu", pool: 2 }],
    ["one row", [3, 1, 6, 4], 2, 1, { activation: "silu" }],
  ])("%s: %s", (name, shape, groups, rows, options) => {
    const channels = shape[3];
    const x = random(`${name} x`, ...shape)
      .mul(2)
      .add(0.7);
    const inputs = [
      x,
      random(`${name} scale`, rows, 1, 1, channels),
      random(`${name} shift`, rows, 1, 1, channels),
    ];
    agrees(ours(groups, options), plainGroupNorm(groups, options), inputs);
  });

  it("keeps its digits where the mean is far from zero, in both forms and their gradients", () => {
    const x = random("far", 9, 8, 8, 4).mul(0.01).add(100);
    const [one, zero] = [tf.ones([1, 1, 1, 4]), tf.zeros([1, 1, 1, 4])];
    const direction = random("far direction", 9, 8, 8, 4);
    const plain = plainGroupNorm(2, {});
    const slope = (of: typeof plain) => (at: Tensor) =>
      tf
        .grad((a: Tensor) => of(a, one, zero).mul(direction).sum())(at)
        .mul(0.01); // per deviation
    const compiled = [compile((at: Tensor) => ours(2)(at, one, zero)), compile(slope(ours(2)))];
    // Of numbers with seven digits two are left; their squares would have lost all.
    for (const value of [ours(2)(x, one, zero), compiled[0]!(x)])
      expect(largestDifference(value, plain(x, one, zero))).toBeLessThan(5e-3);
    for (const value of [slope(ours(2))(x), compiled[1]!(x)])
      expect(largestDifference(value, slope(plain)(x))).toBeLessThan(5e-3);
    for (const each of compiled) each.dispose();
  });
});

describe.skipIf(engineInfo.backend !== "tensorflow" || engineInfo.device !== "cpu")(
  "the operation of the addon",
  () => {
    const inputs = [random("x", 2, 4, 4, 6), tf.ones([1, 1, 1, 6]), tf.zeros([1, 1, 1, 6])];
    const silu = ours(3, { activation: "silu" });
    const names = (fn: () => Tensor[]) => trace(nativeBackend(), inputs, fn).ops.map(({ name }) => name);

    it("was built, and stands alone in the graph, as its gradient does", () => {
      expect(hasOwnOperations()).toBe(true);
      const [x, scale, shift] = inputs;
      expect(names(() => [silu(x, scale, shift)])).toEqual(["IgdsGroupNorm"]);
      const gradient = names(() => tf.grads((...at: Tensor[]) => silu(at[0], at[1], at[2]).sum())(inputs));
      expect(gradient.filter((name) => name.startsWith("Igds"))).toEqual([
        "IgdsGroupNorm",
        "IgdsGroupNormGradient",
      ]);
      expect(gradient).not.toContain("Square");
    });

    it.each([
      ["groups that do not divide the channels", 4, [1, 1, 1, 6], /expected groups that divide C/],
      ["a scale of another width", 3, [1, 1, 1, 5], /expected scale and shift/],
      ["a scale for more images than there are", 3, [3, 1, 1, 6], /expected scale and shift/],
    ])("refuses %s", (_, groups, shape, message) => {
      const { binding } = nativeBackend();
      const ids = [[2, 4, 4, 6], shape, [1, 1, 1, 6]].map((of) =>
        binding.createTensor(of, 1, new Float32Array(of.reduce((a, b) => a * b))),
      );
      const attributes = [
        { name: "groups", type: 1, value: groups },
        { name: "epsilon", type: 2, value: 1e-5 },
        { name: "activation", type: 1, value: 0 },
        { name: "pool", type: 1, value: 1 },
      ];
      expect(() => binding.executeOp("IgdsGroupNorm", attributes, ids, 1)).toThrow(message);
      for (const id of ids) binding.deleteTensor(id);
    });
  },
);
