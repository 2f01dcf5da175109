// What guidance knows of the real images of each class, to be taken where the images are not: into a page.
import type { ContextModel } from "../information/contextModel";
import type { PlainTensorData, SafetensorsContent } from "../nn/safetensorsBytes";
import { bytesFromValues, type ImageBatch, valuesFromBytes } from "../tensor/batch";
import type { ClassContext, ClassKnowledge, LevelTemperature } from "./classContext";

/** What is said in words of one class at one IPC; the clusters are tensors. */
interface StoredNumbers {
  readonly bandwidth: number;
  readonly temperatures: readonly LevelTemperature[];
}

const tensorNames = ["centroids", "weights", "variance"] as const;
const nameOf = (label: number, ipc: number) => `${label} ${ipc}`;

/** Real images, by the purpose that `realImages` is asked for: the most that it will be asked for. */
export type StoredImages = Readonly<Record<string, number>>;

const imagesOf = (label: number, purpose: string) => `${label} images, ${purpose}`;

/** The knowledge about some classes, by index, at some IPCs, as the content of a .safetensors file. */
export function storeContext(
  context: ClassContext,
  labels: readonly number[],
  ipcs: readonly number[],
  images: StoredImages = {},
): { tensors: Map<string, PlainTensorData>; metadata: Record<string, string> } {
  const tensors = new Map<string, PlainTensorData>();
  const numbers: Record<string, StoredNumbers> = {};
  for (const ipc of ipcs)
    for (const label of labels) {
      const model = context.model(label, ipc);
      const name = nameOf(label, ipc);
      for (const tensor of tensorNames)
        tensors.set(`${name} ${tensor}`, { shape: [model[tensor].length], data: model[tensor] });
      numbers[name] = {
        bandwidth: context.bandwidth(label, ipc),
        temperatures: context.temperatures([label], ipc),
      };
    }
  for (const [purpose, most] of Object.entries(images))
    for (const label of labels) {
      const { shape, data } = context.realImages(label, purpose, most);
      tensors.set(imagesOf(label, purpose), { shape, data: bytesFromValues(data) });
    }
  return { tensors, metadata: { numbers: JSON.stringify(numbers), images: JSON.stringify(images) } };
}

export class StoredContext implements ClassKnowledge {
  private readonly numbers: Readonly<Record<string, StoredNumbers>>;
  private readonly images: StoredImages;

  constructor(
    private readonly stored: SafetensorsContent,
    private readonly shape: readonly [height: number, width: number, channels: number],
  ) {
    this.numbers = JSON.parse(stored.metadata.numbers ?? "{}");
    this.images = JSON.parse(stored.metadata.images ?? "{}");
  }

  bandwidth(label: number, ipc: number): number {
    return this.at(label, ipc).bandwidth;
  }

  model(label: number, ipc: number): ContextModel {
    this.at(label, ipc);
    const [centroids, weights, variance] = tensorNames.map(
      (tensor) => this.stored.tensors.get(`${nameOf(label, ipc)} ${tensor}`)?.data as Float32Array,
    );
    return { dimension: centroids.length / ipc, k: ipc, centroids, weights, variance };
  }

  temperatures(labels: readonly number[], ipc: number): LevelTemperature[] {
    const each = labels.map((label) => this.at(label, ipc).temperatures);
    return each[0].map(({ t }, level) => ({
      t,
      temperature: Math.exp(
        each.reduce((sum, levels) => sum + Math.log(levels[level].temperature), 0) / each.length,
      ),
    }));
  }

  prototypes(labels: readonly number[], ipc: number): ImageBatch {
    const data = new Float32Array(labels.length * ipc * this.size);
    labels.forEach((label, k) => {
      data.set(this.model(label, ipc).centroids, k * ipc * this.size);
    });
    return { data, shape: [labels.length * ipc, ...this.shape] };
  }

  get fitted(): never {
    throw noImages();
  }

  realImages(label: number, purpose: string, most: number): ImageBatch {
    const found = this.stored.tensors.get(imagesOf(label, purpose));
    if (!found || most > this.images[purpose]) throw noImages();
    const bytes = (found.data as Uint8Array).subarray(0, most * this.size);
    const data = new Float32Array(bytes.length);
    valuesFromBytes(bytes, data);
    return { data, shape: [bytes.length / this.size, ...this.shape] };
  }

  realInformation(): never {
    throw noImages();
  }

  private get size(): number {
    const [height, width, channels] = this.shape;
    return height * width * channels;
  }

  private at(label: number, ipc: number): StoredNumbers {
    const found = this.numbers[nameOf(label, ipc)];
    if (found) return found;
    const known = Object.keys(this.numbers)
      .filter((name) => name.startsWith(`${label} `))
      .map((name) => name.slice(`${label} `.length));
    throw new RangeError(
      `Class ${label} at IPC ${ipc} is not among what was stored here; IPC ${known.join(", ") || "none"} is.`,
    );
  }
}

function noImages(): Error {
  return new Error(
    "This needs other real images than are stored here. Run it where the dataset is, in a notebook.",
  );
}
