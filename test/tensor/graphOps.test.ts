import { describe, expect, it } from "vitest";
import { compile } from "../../src/tensor/compile";
import {
  engineInfo,
  nativeBackend,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tf,
} from "../../src/tensor/engine";
import { denseGelu, modulatedLayerNorm } from "../../src/tensor/fused";
import { inGraphAs, trace } from "../../src/tensor/trace";

describe.skipIf(engineInfo.backend !== "tensorflow")("operations that graphs alone have", () => {
  const x = tf.tensor2d([1, -2, 0.5, 3, 0, -1], [2, 3]);
  const names = (fn: () => Tensor) => trace(nativeBackend(), [x], () => [fn()]).ops.map(({ name }) => name);

  it("stand in the graph where no gradient is taken, composed where one is", () => {
    const dense = (at: Tensor) => denseGelu(at as Tensor2D, tf.ones([3, 2]), tf.zeros([2]));
    expect(names(() => dense(x))).toContain("_FusedMatMul");
    expect(names(() => tf.grad((at: Tensor) => dense(at).sum())(x))).not.toContain("_FusedMatMul");
    const tokens = () =>
      modulatedLayerNorm(x.reshape([1, 2, 3]) as Tensor3D, tf.zeros([1, 1, 3]), tf.zeros([1, 1, 3]), 1e-6);
    expect(names(tokens)).toContain("_MklLayerNorm");
  });

  it("give way to what they stand for where TensorFlow does not have them", () => {
    const attributes: never[] = [];
    const doubled = compile((at: Tensor) =>
      inGraphAs({ name: "_NoSuchOperation", attributes, inputs: [at] }, () => at.mul(2)).add(1),
    );
    for (let call = 0; call < 2; call++) expect([...doubled(x).dataSync()]).toEqual([3, -3, 2, 7, 1, -1]);
    doubled.dispose();
  });
});
