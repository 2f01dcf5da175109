import { describe, expect, it } from "vitest";
import { type ImageClassifierConfig, imageClassifier } from "../../src/nn/imageClassifier";
import { mlpDefaults } from "../../src/nn/mlp";
import { resNet18, resNetAp10 } from "../../src/nn/resNet";
import { Trainer } from "../../src/nn/trainer";
import { vitDefaults } from "../../src/nn/vit";
import { type Scalar, type Tensor, type Tensor2D, type Tensor4D, tf } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";

const grey = { height: 28, width: 28, channels: 1, classes: 10 };
const tiny = { height: 8, width: 8, channels: 2, classes: 3 };
const small: ImageClassifierConfig[] = [
  { kind: "convnet", depth: 2, filters: 4, border: 2, ...tiny },
  { kind: "resnet", stages: [1, 1], filters: 4, halve: "stride", ...tiny },
  { kind: "resnet", stages: [1, 1], filters: 4, halve: "average", ...tiny },
  { kind: "mlp", hidden: [12], ...tiny },
  { kind: "vit", patch: 4, dim: 8, depth: 1, heads: 2, ...tiny },
];
/** Six images: three patterns, each with its own noise twice, so that there is a class to learn. */
const patterns = (): Tensor4D =>
  tf.add(images(6), tf.tile(tf.mul(tf.reverse(images(3), 1), 3), [2, 1, 1, 1])) as Tensor4D;
const images = (n: number): Tensor4D => tf.tensor4d(new Seed("images").normal(n * 128), [n, 8, 8, 2]);
const gap = (a: Tensor, b: Tensor) => a.sub(b).abs().max().dataSync()[0];

describe("imageClassifier", () => {
  it("builds the published networks", () => {
    const named = (config: ImageClassifierConfig) => {
      const { name, parameters } = imageClassifier(config);
      return [name, parameters.count];
    };
    // ResNet-18 of CIFAR in PyTorch: 11,173,962 weights with 3 channels; here 1 channel, 2 x 576 less.
    expect(named({ ...resNet18, ...grey })).toEqual(["ResNet-18 (64)", 11_173_962 - 2 * 9 * 64]);
    // 3x3: 9(64 + 64*64*2 + 64*128 + 128*128 + 128*256 + 256*256 + 256*512 + 512*512); shortcuts 1x1; norms; head.
    const convolutions =
      9 * (64 + 2 * 64 ** 2 + 64 * 128 + 128 ** 2 + 128 * 256 + 256 ** 2 + 256 * 512 + 512 ** 2);
    const shortcuts = 64 * 128 + 128 * 256 + 256 * 512;
    const norms = 2 * (3 * 64 + 3 * 128 + 3 * 256 + 3 * 512);
    expect(named({ ...resNetAp10, ...grey })).toEqual([
      "ResNetAP-10 (64)",
      convolutions + shortcuts + norms + 5130,
    ]);
    expect(named({ ...mlpDefaults, ...grey })).toEqual(["MLP (128, 128)", 785 * 128 + 129 * 128 + 1290]);
    const block = 4 * 96 + 97 * 288 + 97 * 96 + 97 * 384 + 385 * 96;
    expect(named({ ...vitDefaults, ...grey })).toEqual([
      "ViT-4 (96)",
      17 * 96 + 49 * 96 + 4 * block + 2 * 96 + 970,
    ]);
    // Published ConvNet-3 of Fashion-MNIST: 28 x 28 in a border of 2 is 32 x 32, so the head sees 4 x 4 x 128.
    const published = imageClassifier({ kind: "convnet", depth: 3, filters: 128, border: 2, ...grey });
    expect(published.featureCount).toBe(2048);
  });

  it.each(small.map((config) => [imageClassifier(config).name, config] as const))(
    "%s: each image by itself, logits linear in the features, and it learns",
    (_, config) => {
      const network = imageClassifier(config);
      const weights = network.parameters.initialise(new Seed(0));
      const x = images(6);
      const logits = network.apply(weights, x);
      expect(logits.shape).toEqual([6, 3]);
      expect(gap(network.apply(weights, x.slice([2], [1])), logits.slice([2], [1]))).toBeLessThan(1e-4);
      const features = network.features(weights, x);
      expect(features.shape).toEqual([6, network.featureCount]);
      const linear = features.matMul(weights["head.kernel"]).add(weights["head.bias"]);
      expect(gap(linear, logits)).toBeLessThan(1e-5);

      for (const optimiser of ["adamw", "sgd"] as const) {
        const loss = (w: typeof weights, input: Tensor4D, targets: Tensor2D): Scalar =>
          tf.neg(tf.mean(tf.sum(tf.mul(targets, tf.logSoftmax(network.apply(w, input))), 1))) as Scalar;
        const rate = optimiser === "sgd" ? 0.1 : 3e-2;
        const trainer = new Trainer(network.parameters, loss, {
          seed: new Seed(1),
          steps: 40,
          rate,
          optimiser,
        });
        const step = () =>
          trainer.step(
            patterns(),
            tf.oneHot(tf.tensor1d([0, 1, 2, 0, 1, 2], "int32"), 3).cast("float32") as Tensor2D,
          );
        const first = step();
        let last = first;
        for (let i = 1; i < 40; i++) last = step();
        expect(last).toBeLessThan(first / 4);
        trainer.dispose();
      }
    },
  );

  it("a border is black, and carries no gradient", () => {
    const config = { kind: "convnet", depth: 1, filters: 3, ...tiny } as const;
    const framed = imageClassifier({ ...config, height: 6, width: 6, border: 1 });
    const plain = imageClassifier(config);
    const weights = plain.parameters.initialise(new Seed(3));
    const x = tf.tensor4d(new Seed("inner").normal(72), [1, 6, 6, 2]);
    const byHand = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], -1) as Tensor4D; // biome-ignore format: one row
    expect(gap(framed.apply(weights, x), plain.apply(weights, byHand))).toBeLessThan(1e-6);
    const gradient = (apply: (x: Tensor4D) => Tensor, at: Tensor4D) =>
      tf.grad((v: Tensor) => apply(v as Tensor4D).sum())(at);
    const inner = gradient((v) => plain.apply(weights, v), byHand).slice([0, 1, 1, 0], [1, 6, 6, 2]);
    expect(
      gap(
        gradient((v) => framed.apply(weights, v), x),
        inner,
      ),
    ).toBeLessThan(1e-6);
  });

  it("refuses what does not fit", () => {
    const { kind, ...rest } = small[4];
    expect(() => imageClassifier({ kind: "lenet", ...rest } as unknown as ImageClassifierConfig)).toThrow(
      /"lenet"/,
    );
    expect(kind).toBe("vit");
    expect(() => imageClassifier({ ...vitDefaults, ...tiny, patch: 3 })).toThrow(/patch 3.*8 x 8/);
    expect(() => imageClassifier({ ...vitDefaults, ...tiny, dim: 10 })).toThrow(/10 cannot be split into 4/);
    for (const [config, message] of [
      [{ ...small[0], depth: 1.5 }, /A ConvNet needs whole numbers above 0 as depth; found 1.5/],
      [{ ...small[0], border: -1 }, /as border; found -1/],
      [{ ...small[1], stages: [1, 0] }, /as stages; found 0/],
      [{ ...small[3], hidden: [12, Number.NaN] }, /as hidden; found NaN/],
    ] as const)
      expect(() => imageClassifier(config as ImageClassifierConfig)).toThrow(message);
  });
});
