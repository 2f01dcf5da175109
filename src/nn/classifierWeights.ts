// Classifiers that PyTorch code of the literature has trained: torchvision's ResNets, the ConvNets, ResNets and
// ResNetAPs of the evaluator that published results share, and those of RDED. What they are is read off their tensors.
import { type ConvNetConfig, convNet } from "./convNet";
import { type ImageClassifier, imageClassifier } from "./imageClassifier";
import type { Weights } from "./parameters";
import type { PublishedResNetConfig } from "./publishedResNet";
import {
  denseSource,
  readTorchWeights,
  splitPath,
  type TorchSource,
  type TorchTensors,
} from "./torchWeights";

/** A published classifier with its weights. */
export interface LoadedClassifier {
  /** As its tensors say. */
  readonly network: ImageClassifier;
  /** The caller's to dispose of. */
  readonly weights: Weights;
}

/**
 * Reads a trained ConvNet, ResNet or ResNetAP of any depth and width, with instance or batch norm.
 *
 * Its images are those it was trained on, standardised by whatever means and deviations that was done with: the
 * protocols of the literature standardise by ImageNet's.
 *
 * @param file state dict; where it lies in a part of a file, open that part, as `openWeights(file, { part: "model" })`
 * @param size height and width of its images, in pixels
 * @throws naming what is missing, unknown or of another shape; RangeError for a size that is no whole number of pixels
 * @example
 * const of = (...shape: number[]) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b)) });
 * await igds.nn.writeSafetensors("teacher.safetensors", new Map([
 *   ["layers.conv.0.weight", of(2, 3, 3, 3)], ["layers.norm.0.weight", of(2)], ["layers.norm.0.bias", of(2)],
 *   ["classifier.weight", of(5, 8)], ["classifier.bias", of(5)],
 * ]));
 * const { network } = await igds.nn.readClassifier(await igds.nn.openWeights("teacher.safetensors"), 4);
 * network.name; // "ConvNet-1 (2)"
 */
export async function readClassifier(file: TorchTensors, size: number): Promise<LoadedClassifier> {
  if (!Number.isInteger(size) || size < 1)
    throw new RangeError(`readClassifier: expected the size of the images in whole pixels, found ${size}.`);
  const own = withoutPrefix(withoutPrefix(file, "module."), "layer0.");
  const names = [...own.entries.keys()];
  return names.some((name) => name.startsWith("layers.conv."))
    ? readConvNet(own, size)
    : readResNet(own, size);
}

/** DataParallel puts "module." before all names, the shared evaluator "layer0." before those of the entrance. */
function withoutPrefix(file: TorchTensors, prefix: string): TorchTensors {
  if (![...file.entries.keys()].some((name) => name.startsWith(prefix))) return file;
  const original = new Map<string, string>();
  for (const name of file.entries.keys())
    original.set(name.startsWith(prefix) ? name.slice(prefix.length) : name, name);
  return {
    file: file.file,
    entries: new Map([...original].map(([name, from]) => [name, file.entries.get(from)!])),
    read: (name) => file.read(original.get(name) ?? name),
  };
}

/** A count of batches seen, which PyTorch keeps beside its running averages. */
const isCount = (name: string) => name.endsWith(".num_batches_tracked");

function shapeIn(file: TorchTensors, name: string, dimensions: number): readonly number[] {
  const shape = file.entries.get(name)?.shape;
  if (shape?.length !== dimensions)
    throw new Error(
      `${file.file} is not a ConvNet or ResNet that is known here: expected a tensor "${name}" with ${dimensions} ` +
        `axes, found ${shape ? shape.join(" x ") : `none among ${file.entries.size} tensors`}.`,
    );
  return shape;
}

async function readResNet(file: TorchTensors, size: number): Promise<LoadedClassifier> {
  const { entries } = file;
  const [filters, channels, kernel] = shapeIn(file, "conv1.weight", 4) as [number, number, number];
  const [classes] = shapeIn(file, "fc.weight", 2) as [number];
  const stages: number[] = [];
  while (entries.has(`layer${stages.length + 1}.0.conv1.weight`)) {
    let blocks = 1;
    while (entries.has(`layer${stages.length + 1}.${blocks}.conv1.weight`)) blocks++;
    stages.push(blocks);
  }
  // Between the convolution and the norm of a shortcut lies the pooling, so that the norm has number 2.
  const averages = entries.has("layer2.0.downsample.2.weight");
  const config: PublishedResNetConfig = {
    kind: "published-resnet",
    stages,
    block: entries.has("layer1.0.conv3.weight") ? "bottleneck" : "basic",
    filters,
    halve: averages ? "average" : "stride",
    norm: entries.has("bn1.running_mean") ? "batch" : "instance",
    ...(kernel === 7 ? { entrance: "large" as const } : {}),
    height: size,
    width: size,
    channels,
    classes,
  };
  const network = imageClassifier(config);
  const weights = await readTorchWeights(
    file,
    network.parameters,
    (path, shape) => resNetSource(path, shape, averages ? 2 : 1),
    isCount,
  );
  return { network, weights };
}

/** PyTorch's names of what a norm holds. */
const normParts: Readonly<Record<string, string>> = {
  scale: "weight",
  shift: "bias",
  mean: "running_mean",
  variance: "running_var",
};

function resNetSource(path: string, shape: readonly number[], shortcutNorm: number): TorchSource {
  const [layer, part] = splitPath(path);
  if (layer === "head") return denseSource(["fc"], part, shape);
  const block = /^stage\.(\d+)\.(\d+)(?:\.(.+))?$/.exec(layer);
  const at = block ? `layer${Number(block[1]) + 1}.${block[2]}.` : "";
  const inner = block ? (block[3] ?? "") : layer.slice("enter".length + 1);
  if (part in normParts) {
    const norm =
      inner === "shortcut.norm"
        ? `downsample.${shortcutNorm}`
        : inner === "norm"
          ? "bn1"
          : inner.replace("norm", "bn");
    return { names: [`${at}${norm}.${normParts[part]}`], shape };
  }
  const convolution = inner === "shortcut" ? "downsample.0" : part === "kernel" ? "conv1" : part;
  return convolutionSource(`${at}${convolution}.weight`, shape);
}

function convolutionSource(name: string, shape: readonly number[]): TorchSource {
  const [height, width, from, to] = shape as [number, number, number, number];
  return { names: [name], shape: [to, from, height, width], axes: "convolution" };
}

async function readConvNet(file: TorchTensors, size: number): Promise<LoadedClassifier> {
  const { entries } = file;
  const [filters, channels] = shapeIn(file, "layers.conv.0.weight", 4) as [number, number];
  const [classes] = shapeIn(file, "classifier.weight", 2) as [number];
  let depth = 1;
  while (entries.has(`layers.conv.${depth}.weight`)) depth++;
  const batch = entries.has("layers.norm.0.running_mean");
  const config: ConvNetConfig = {
    kind: "convnet",
    depth,
    filters,
    norm: batch ? "batch" : "instance",
    start: "torch",
    height: size,
    width: size,
    channels,
    classes,
  };
  const network = convNet(config);
  // Its convolutions have biases, and the norm behind each takes them out: instance norm as if they were not there,
  // batch norm by its running means, which are those of what we compute plus the bias.
  const isBias = (name: string) => /^layers\.conv\.\d+\.bias$/.test(name);
  const isMean = (name: string) => batch && /^layers\.norm\.\d+\.running_mean$/.test(name);
  const means = new Map<string, Float32Array>();
  if (batch)
    for (let i = 0; i < depth; i++) {
      shapeIn(file, `layers.norm.${i}.running_mean`, 1);
      const mean = await file.read(`layers.norm.${i}.running_mean`);
      const bias = entries.has(`layers.conv.${i}.bias`) ? await file.read(`layers.conv.${i}.bias`) : null;
      if (bias && bias.length !== mean.length)
        throw new Error(
          `${file.file}: expected as many numbers in "layers.conv.${i}.bias" as in "layers.norm.${i}.running_mean", ` +
            `${mean.length}, found ${bias.length}.`,
        );
      means.set(`block.${i}.norm.mean`, bias ? mean.map((value, c) => value - bias[c]!) : mean);
    }
  const side = Math.floor(size / 2 ** depth);
  const source = (path: string, shape: readonly number[]): TorchSource | Float32Array => {
    const [layer, part] = splitPath(path);
    if (path === "head.kernel")
      // Features are flattened channel by channel in PyTorch, pixel by pixel here.
      return {
        names: ["classifier.weight"],
        shape: [classes, filters, side, side],
        alsoShape: [classes, filters * side * side],
        axes: "convolution",
      };
    if (path === "head.bias") return { names: ["classifier.bias"], shape };
    const block = layer.split(".")[1]!;
    if (part === "kernel") return convolutionSource(`layers.conv.${block}.weight`, shape);
    return means.get(path) ?? { names: [`layers.norm.${block}.${normParts[part]}`], shape };
  };
  const weights = await readTorchWeights(
    file,
    network.parameters,
    source,
    (name) => isCount(name) || isBias(name) || isMean(name),
  );
  return { network, weights };
}
