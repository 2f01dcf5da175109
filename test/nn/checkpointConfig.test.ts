// What the header of a checkpoint says of its network is held against the file.
import { describe, expect, it } from "vitest";
import { denoiserNetwork } from "../../src/diffusion/denoiser";
import { checkpointFormat, checkpointFrom } from "../../src/nn/checkpoint";
import { convNetDefaults } from "../../src/nn/convNet";
import { ditDefaults } from "../../src/nn/dit";
import { type ImageClassifierConfig, imageClassifier } from "../../src/nn/imageClassifier";
import { publishedResNetOf } from "../../src/nn/publishedResNet";
import { resNetAp10 } from "../../src/nn/resNet";
import { timeClassifier, timeClassifierDefaults } from "../../src/nn/timeClassifier";
import { type PlainTensor, plainWeights } from "../../src/nn/trainer";
import { unet2dDefaults } from "../../src/nn/unet2d";
import { vitDefaults } from "../../src/nn/vit";

const recipe = {
  ...{ dataset: "none", seed: "0", steps: 1, batch: 1, rate: 1, average: 0, weightDecay: 0, seconds: 0 },
  ...{ engine: "none", losses: [], extra: {} },
};
const some: PlainTensor = { shape: [64], data: new Float32Array(64) };
const two = new Map(["a", "b"].map((name) => [name, some]));
const written = (config: object, weights: ReadonlyMap<string, PlainTensor> = two) =>
  checkpointFrom(
    {
      tensors: new Map([...weights].map(([name, tensor]) => [name, { dtype: "F32", ...tensor }])),
      metadata: {
        format: checkpointFormat,
        config: JSON.stringify(config),
        recipe: JSON.stringify(recipe),
      },
    },
    { file: "net.safetensors", sha256: "" },
  );

const space = { height: 16, width: 16, channels: 1, classes: 3 };
const small = {
  unet: { kind: "unet", widths: [8, 16], blocks: [1, 1], heads: 2, groups: 4, ...space },
  dit: { ...ditDefaults, dim: 16, depth: 1, mlp: 8, timeFeatures: 8, ...space },
  unet2d: { ...unet2dDefaults, widths: [8, 8, 8, 16], groups: 4, ...space },
  "time-classifier": { ...timeClassifierDefaults, widths: [8], ...space },
  convnet: { ...convNetDefaults, filters: 4, norm: "batch", start: "torch", border: 2, ...space },
  resnet: { ...resNetAp10, filters: 4, ...space },
  "published-resnet": { ...publishedResNetOf(10, "instance", { filters: 4, entrance: "small" }), ...space },
  mlp: { kind: "mlp", hidden: [], ...space },
  vit: { ...vitDefaults, dim: 8, depth: 1, heads: 2, ...space },
} as const;

describe("the config of a checkpoint", () => {
  it.each(Object.entries(small))("of a %s is what it was built from", (kind, config) => {
    const network =
      kind === "time-classifier"
        ? timeClassifier(config as (typeof small)["time-classifier"])
        : kind === "unet" || kind === "dit" || kind === "unet2d"
          ? denoiserNetwork(config)
          : imageClassifier(config as unknown as ImageClassifierConfig);
    const weights = plainWeights(network.parameters.initialise(0));
    expect(written(network.config, weights).config).toEqual(network.config);
  });

  it.each<[keyof typeof small, object, RegExp]>([
    ["vit", { depth: 300_000 }, /depth: expected at most 2, the weights in the file, found 300000/],
    ["resnet", { stages: [1e6] }, /stages\.0: expected at most 2, the weights in the file, found 1000000/],
    ["resnet", { stages: [1, 2] }, /stages: expected at most 2, the weights in the file, found \[1,2\]/],
    ["unet2d", { widths: [4, 4], attentionDown: [], attentionUp: [] }, /blocks: expected at most 2/],
    ["unet", { widths: [8, 8, 8] }, /widths: expected at most 2/],
    ["dit", { timeFeatures: 2 ** 31 }, /timeFeatures: expected at most 128, the numbers in the file/],
    ["mlp", { hidden: undefined }, /hidden: .*found nothing/],
    ["resnet", { stages: undefined }, /stages: .*found nothing/],
    ["convnet", { depth: 1, filters: undefined }, /filters: .*found nothing/],
    ["convnet", { depth: 2.5 }, /depth: .*found 2.5/],
    ["convnet", { depth: 1, norm: "Batch" }, /norm: .*"instance".*"batch".*found "Batch"/],
    ["published-resnet", { stages: [1], block: "Bottleneck" }, /block: .*"bottleneck".*"Bottleneck"/],
    ["published-resnet", { stages: [1], halve: "avg" }, /halve: .*"average".*found "avg"/],
    ["time-classifier", { widths: "8" }, /widths: .*found "8"/],
  ])("of a %s may not be what no such file can hold", (kind, change, message) => {
    const config = { ...small[kind], ...change };
    const begun = performance.now();
    expect(() => written(config)).toThrow(message);
    expect(() => written(config)).toThrow(/^net\.safetensors: the header's "config" is damaged/);
    expect(performance.now() - begun).toBeLessThan(1000);
  });

  it("of another kind is left to who knows it", () => {
    expect(written({ kind: "toString", depth: 1e9 }).config.kind).toBe("toString");
  });
});
