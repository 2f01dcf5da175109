import { beforeAll, describe, expect, it } from "vitest";
import { attend } from "../../src/tensor/attention";
import { compile } from "../../src/tensor/compile";
import { engineInfo, nativeBackend, type Tensor, type Tensor3D, tf } from "../../src/tensor/engine";
import { hasOwnOperations } from "../../src/tensor/ownOperations";
import { attributeKinds, trace } from "../../src/tensor/trace";
import { agrees, largestDifference, random } from "./agrees";
import { plainAttend } from "./plainAttend";

const ours = (heads: number) => (qkv: Tensor) => attend(qkv as Tensor3D, heads);

describe("attention agrees with its definition", () => {
  it.each<[string, number, number, number, number]>([
    ["whole panels, tiles and blocks", 2, 48, 4, 32],
    ["fewer tokens than a tile", 8, 1, 2, 16],
    ["a last block of one query", 3, 49, 3, 32],
    ["a last panel of one key", 4, 65, 2, 16],
    ["channels that are no whole panel", 2, 30, 4, 18],
    ["fewer channels than a panel", 2, 26, 5, 4],
    ["a head for a batch", 9, 20, 1, 24],
    ["fewer heads than are worth it", 1, 20, 2, 16],
  ])("%s", (name, n, tokens, heads, size) => {
    agrees(ours(heads), (qkv) => plainAttend(qkv, heads), [random(name, n, tokens, 3 * heads * size)]);
  });

  it("scores far from zero, of either sign", () => {
    const qkv = random("far", 4, 40, 3 * 32);
    const run = compile(ours(2));
    for (const factor of [1e-4, 30, 300]) {
      const large = qkv.mul(factor);
      expect(largestDifference(run(large).div(factor), plainAttend(large, 2).div(factor))).toBeLessThan(1e-4);
    }
    // All scores far below zero, and all alike: each token gets the mean of the values.
    const q = tf.concat([tf.fill([4, 40, 32], -40), tf.fill([4, 40, 32], 40), qkv.slice([0, 0, 64])], 2);
    const mean = qkv.slice([0, 0, 64]).mean(1, true);
    expect(largestDifference(run(q), tf.tile(mean, [1, 40, 1]))).toBeLessThan(1e-5);
    run.dispose();
  });
});

describe("attention that cannot be computed", () => {
  it.each([16, 17])("is no number for the query that all scores of are -infinity, of %i tokens", (tokens) => {
    const buffer = tf.buffer([4, tokens, 3 * 32]);
    for (let n = 0; n < 4; n++)
      for (let t = 0; t < tokens; t++) for (let c = 0; c < 96; c++) buffer.set(1, n, t, c);
    buffer.set(Number.NEGATIVE_INFINITY, 2, 5, 0);
    const run = compile(ours(2));
    const wrong = Array.from(run(buffer.toTensor()).dataSync(), Number.isNaN);
    // Head 0 of that token alone.
    expect(wrong.filter(Boolean)).toHaveLength(16);
    expect(wrong.indexOf(true)).toBe((2 * tokens + 5) * 32);
    run.dispose();
  });
});

describe("with products in bfloat16", () => {
  it("attention stays in float32", () => {
    const qkv = random("rounded", 4, 40, 3 * 32);
    const run = compile(ours(2), { bfloat16: true });
    const bound = hasOwnOperations() ? 1e-5 : 0.05;
    expect(largestDifference(run(qkv), plainAttend(qkv, 2))).toBeLessThan(bound);
    run.dispose();
  });
});

describe.skipIf(engineInfo.backend !== "tensorflow" || engineInfo.device !== "cpu")(
  "the operation of the addon",
  () => {
    // Asked while something is recorded, the question would be in the graph.
    beforeAll(() => expect(hasOwnOperations()).toBe(true));

    it("stands alone in the graph, as its gradient does", () => {
      const qkv = random("names", 4, 5, 48);
      const gradient = () => [tf.grad((at: Tensor) => ours(2)(at).sum())(qkv)];
      const { ops } = trace(nativeBackend(), [qkv], gradient);
      expect(ops.map(({ name }) => name).filter((name) => /Igds|MatMul|Softmax/.test(name))).toEqual([
        "IgdsAttention",
        "IgdsAttentionGradient",
      ]);
    });

    it.each([
      ["a width that is no multiple of the heads", [1, 4, 30], 4],
      ["no heads", [1, 4, 30], 0],
      ["images without tokens", [4, 30], 2],
    ])("refuses %s", (_, shape, heads) => {
      const { binding } = nativeBackend();
      const id = binding.createTensor(shape, 1, new Float32Array(shape.reduce((a, b) => a * b)));
      const attributes = [{ name: "heads", type: attributeKinds.int, value: heads }];
      expect(() => binding.executeOp("IgdsAttention", attributes, [id], 1)).toThrow(
        /a multiple of the heads/,
      );
      binding.deleteTensor(id);
    });

    it("refuses a gradient of another shape", () => {
      const { binding } = nativeBackend();
      const ids = [
        [1, 4, 30],
        [1, 4, 30],
      ].map((shape) => binding.createTensor(shape, 1, new Float32Array(120)));
      const attributes = [{ name: "heads", type: attributeKinds.int, value: 2 }];
      expect(() => binding.executeOp("IgdsAttentionGradient", attributes, ids, 1)).toThrow(
        /a gradient shaped like the result/,
      );
      for (const id of ids) binding.deleteTensor(id);
    });
  },
);
