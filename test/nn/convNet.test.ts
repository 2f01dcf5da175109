import { describe, expect, it } from "vitest";
import { convNet, convNetDefaults } from "../../src/nn/convNet";
import { type Tensor, type Tensor4D, tf } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";

const grey = { height: 28, width: 28, channels: 1, classes: 10 };
const images = (n: number, height = 28, width = 28, channels = 1): Tensor4D =>
  tf.tensor4d(new Seed("images").normal(n * height * width * channels), [n, height, width, channels]);

describe("convNet", () => {
  it("has the weights of ConvNet-3", () => {
    // Convolutions without bias, scale and shift per channel, 3 x 3 pixels of 64 features at the end.
    const small = convNet({ ...convNetDefaults, ...grey });
    expect(small.parameters.count).toBe(9 * 64 + 2 * 9 * 64 * 64 + 3 * 2 * 64 + 3 * 3 * 64 * 10 + 10);
    expect(small.name).toBe("ConvNet-3 (64)");
    // Width 128 on CIFAR: the 320,010 of the literature, less the 3 x 128 biases that instance norm cancels.
    const wide = convNet({
      kind: "convnet",
      depth: 3,
      filters: 128,
      height: 32,
      width: 32,
      channels: 3,
      classes: 10,
    });
    expect(wide.parameters.count).toBe(320_010 - 3 * 128);
  });

  it("gives one logit per class, each image by itself", () => {
    const network = convNet({ ...convNetDefaults, ...grey });
    const weights = network.parameters.initialise(new Seed(0));
    const x = images(4);
    const all = network.apply(weights, x);
    expect(all.shape).toEqual([4, 10]);
    const alone = network.apply(weights, x.slice([2, 0, 0, 0], [1, 28, 28, 1]));
    expect(
      alone
        .sub(all.slice([2, 0], [1, 10]))
        .abs()
        .max()
        .dataSync()[0],
    ).toBeLessThan(1e-5);
  });

  it("does not see contrast: the instance norm takes it out", () => {
    const network = convNet({ kind: "convnet", depth: 1, filters: 8, ...grey });
    const weights = network.parameters.initialise(new Seed(0));
    const x = images(2);
    const difference = network.apply(weights, x.mul(3)).sub(network.apply(weights, x));
    expect(difference.abs().max().dataSync()[0]).toBeLessThan(1e-3);
  });

  it("has the gradient of the plain operations, by weights and by pixels", () => {
    const network = convNet({
      kind: "convnet",
      depth: 2,
      filters: 6,
      ...grey,
      height: 8,
      width: 8,
      channels: 2,
    });
    const weights = network.parameters.initialise(new Seed(1));
    const x = images(3, 8, 8, 2);
    const direct = (w: typeof weights, input: Tensor4D): Tensor => {
      let h = input;
      for (const i of [0, 1]) {
        const convolved = tf.conv2d(h, w[`block.${i}.conv.kernel`] as Tensor4D, 1, "same");
        const { mean, variance } = tf.moments(convolved, [1, 2], true);
        const normal = convolved.sub(mean).mul(variance.add(1e-5).rsqrt());
        const scaled = normal.mul(w[`block.${i}.norm.scale`]).add(w[`block.${i}.norm.shift`]);
        h = tf.avgPool(tf.relu(scaled) as Tensor4D, 2, 2, "valid");
      }
      return h.reshape([3, -1]).matMul(w["head.kernel"]).add(w["head.bias"]);
    };
    const names = Object.keys(weights);
    const gradients = (apply: typeof direct) =>
      tf.grads((input: Tensor, ...values: Tensor[]) => {
        const w = Object.fromEntries(names.map((name, i) => [name, values[i]]));
        return apply(w, input as Tensor4D)
          .square()
          .sum();
      })([x, ...names.map((name) => weights[name])]);
    const expected = gradients(direct);
    gradients(network.apply).forEach((gradient, i) => {
      const scale = expected[i].abs().max().dataSync()[0];
      expect(scale).toBeGreaterThan(0);
      expect(gradient.sub(expected[i]).abs().max().dataSync()[0] / scale).toBeLessThan(1e-4);
    });
  });

  it("refuses images that cannot be halved often enough", () => {
    expect(() => convNet({ ...convNetDefaults, ...grey, height: 7 })).toThrow(/7 x 28.*fewer blocks/);
  });
});
