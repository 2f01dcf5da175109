import { describe, expect, it } from "vitest";
import { compile } from "../../src/tensor/compile";
import {
  engineInfo,
  nativeBackend,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tf,
} from "../../src/tensor/engine";
import { denseGelu } from "../../src/tensor/fused";
import { groupNorm } from "../../src/tensor/groupNorm";
import { inGraphAs, trace } from "../../src/tensor/trace";
import { agrees, random } from "./agrees";
import { ourConvolution, plainConvolution } from "./plainConvolution";
import { plainGroupNorm } from "./plainGroupNorm";

describe.skipIf(engineInfo.backend !== "tensorflow")("operations that graphs alone have", () => {
  const x = tf.tensor2d([1, -2, 0.5, 3, 0, -1], [2, 3]);
  const names = (fn: () => Tensor) => trace(nativeBackend(), [x], () => [fn()]).ops.map(({ name }) => name);

  it("stand in the graph where no gradient is taken, composed where one is", () => {
    const dense = (at: Tensor) => denseGelu(at as Tensor2D, tf.ones([3, 2]), tf.zeros([2]));
    expect(names(() => dense(x))).toContain("_FusedMatMul");
    expect(names(() => tf.grad((at: Tensor) => dense(at).sum())(x))).not.toContain("_FusedMatMul");
  });

  it("give way to what they stand for where TensorFlow does not have them", () => {
    const attributes: never[] = [];
    const doubled = compile((at: Tensor) =>
      inGraphAs({ name: "_NoSuchOperation", attributes, inputs: [at] }, () => at.mul(2)).add(1),
    );
    for (let call = 0; call < 2; call++) expect([...doubled(x).dataSync()]).toEqual([3, -3, 2, 7, 1, -1]);
    doubled.dispose();
    // From here on this process composes all of them.
    const inputs = [random("x", 2, 3, 5, 6), random("scale", 1, 1, 1, 6), random("shift", 1, 1, 1, 6)];
    const normal = (a: Tensor, scale: Tensor, shift: Tensor) =>
      groupNorm(a as Tensor4D, scale as Tensor4D, shift as Tensor4D, 2, { activation: "silu", pool: 2 });
    agrees(normal, plainGroupNorm(2, { activation: "silu", pool: 2 }), inputs);
    agrees(ourConvolution, plainConvolution, [
      random("x", 3, 8, 8, 16),
      random("kernel", 3, 3, 16, 16).div(12),
      random("bias", 16),
    ]);
  });
});
